// The journal's disk as `doctor` finds it, and a UDP port. Leaves nothing behind: what it writes
// has no name.
#include "relay/base/cidr.hpp"
#include "relay/base/unique_fd.hpp"
#include "relay/cli/doctor_probe.hpp"
#include "relay/journal/journal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <linux/magic.h>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <system_error>
#include <unistd.h>

namespace relay::cli {
namespace {

// A second at worst for a disk that is at its limit.
constexpr int syncs_tried = 3;
constexpr std::size_t bytes_tried = 64 << 10;

std::string last_error() {
    return std::generic_category().message(errno);
}

std::string_view unfit_file_system(const std::string& directory) {
    struct statfs about {};
    if (::statfs(directory.c_str(), &about) != 0) return {};
    switch (about.f_type) {
        case TMPFS_MAGIC:
            return "tmpfs, which a power cut empties";
        case NFS_SUPER_MAGIC:
            return "NFS, whose locks and syncs cannot be relied on";
        default:
            return {};
    }
}

std::string try_syncs(int file, std::chrono::microseconds& longest) {
    const std::string block(bytes_tried, 'x');
    for (int i = 0; i < syncs_tried; ++i) {
        if (::write(file, block.data(), block.size()) != static_cast<ssize_t>(block.size()))
            return "cannot be written to: " + last_error();
        const auto begin = std::chrono::steady_clock::now();
        if (::fdatasync(file) != 0) return "cannot be synced: " + last_error();
        const auto took = std::chrono::steady_clock::now() - begin;
        longest = std::max(longest, std::chrono::duration_cast<std::chrono::microseconds>(took));
    }
    return {};
}

}  // namespace

disk_reading read_disk(const journal::journal_options& of) {
    disk_reading out;
    const auto directory = of.directory.string();
    const unique_fd file(::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
    if (!file) {
        const int error = errno;
        out.error =
            error == ENOENT
                ? fmt::format("does not exist: `install -d -m 700 -o pverelay {}`", directory)
                : fmt::format(
                      "cannot be written to: {}; run this as root or as the "
                      "relay's user",
                      std::generic_category().message(error));
        return out;
    }
    out.error = try_syncs(file.get(), out.longest_sync);
    out.file_system = unfit_file_system(directory);
    struct statvfs room {};
    if (::fstatvfs(file.get(), &room) == 0)
        out.free_bytes = static_cast<std::uint64_t>(room.f_bavail) * room.f_frsize;
    return out;
}

// The kernel answers a datagram to a closed port of its own at once; the socket is told with the
// next one. An empty datagram holds no line, and Backup Server sends some itself.
bool is_udp_closed(const ip_address& at, std::uint16_t port) {
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_port = htons(port);
    std::memcpy(&address.sin6_addr, at.bytes.data(), at.bytes.size());
    const unique_fd socket(::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!socket) return false;
    const auto* const to = reinterpret_cast<const sockaddr*>(&address);
    if (::connect(socket.get(), to, sizeof address) != 0) return false;
    for (int i = 0; i < 2; ++i) {
        if (::send(socket.get(), "", 0, MSG_DONTWAIT) < 0 && errno == ECONNREFUSED) return true;
    }
    return false;
}

}  // namespace relay::cli
