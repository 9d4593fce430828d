#include "relay/ops/systemd_notify.hpp"

#include "relay/base/unique_fd.hpp"

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace relay::ops {
namespace {

std::string_view variable(const char* name) {
    const char* const text = std::getenv(name);
    return text == nullptr ? std::string_view() : std::string_view(text);
}

/// The file descriptor that travels with a datagram (unix(7), SCM_RIGHTS).
class control_of_one_file {
public:
    void attach(msghdr& message, int fd) {
        message.msg_control = bytes_.data();
        message.msg_controllen = bytes_.size();
        auto* const head = CMSG_FIRSTHDR(&message);
        head->cmsg_level = SOL_SOCKET;
        head->cmsg_type = SCM_RIGHTS;
        head->cmsg_len = CMSG_LEN(sizeof fd);
        std::memcpy(CMSG_DATA(head), &fd, sizeof fd);
    }

private:
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> bytes_{};
};

std::optional<std::int64_t> number_of(std::string_view text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return {};
    return number;
}

}  // namespace

systemd_notify systemd_notify::from_environment() {
    return systemd_notify(std::string(variable("NOTIFY_SOCKET")));
}

void systemd_notify::status(std::string_view text) const {
    std::string state("STATUS=");
    state += text.substr(0, text.find('\n'));
    send(state);
}

void systemd_notify::reloading(std::chrono::steady_clock::time_point now) const {
    // sd_notify(3): CLOCK_MONOTONIC, which is what a steady clock is here.
    const auto usec = std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch());
    send("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(usec.count()));
}

void systemd_notify::keep(std::string_view name, int fd) const {
    // Without FDPOLL=0 an error that waits on the socket would make systemd let go of it.
    std::string state("FDSTORE=1\nFDPOLL=0\nFDNAME=");
    send(state += name, fd);
}

void systemd_notify::forget(std::string_view name) const {
    std::string state("FDSTOREREMOVE=1\nFDNAME=");
    send(state += name);
}

void systemd_notify::send(std::string_view state, int fd_to_pass) const {
    sockaddr_un address{};
    if (socket_.empty() || socket_.size() >= sizeof address.sun_path) return;
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, socket_.data(), socket_.size());
    if (socket_.front() == '@') address.sun_path[0] = '\0';
    const auto length = offsetof(sockaddr_un, sun_path) + socket_.size();
    const unique_fd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!fd) return;
    iovec text{.iov_base = const_cast<char*>(state.data()), .iov_len = state.size()};
    msghdr message{};
    message.msg_name = &address;
    message.msg_namelen = static_cast<socklen_t>(length);
    message.msg_iov = &text;
    message.msg_iovlen = 1;
    control_of_one_file control;
    if (fd_to_pass >= 0) control.attach(message, fd_to_pass);
    // A manager that does not listen is no reason to stop relaying.
    static_cast<void>(::sendmsg(fd.get(), &message, MSG_NOSIGNAL | MSG_DONTWAIT));
}

std::optional<std::chrono::microseconds> watchdog_interval() {
    const auto limit = number_of(variable("WATCHDOG_USEC"));
    const auto process = variable("WATCHDOG_PID");
    const bool meant_for_us = process.empty() || number_of(process) == ::getpid();
    if (!limit || *limit <= 0 || !meant_for_us) return {};
    return std::chrono::microseconds(*limit / 2);
}

}  // namespace relay::ops
