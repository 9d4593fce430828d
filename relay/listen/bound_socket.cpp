#include "relay/listen/bound_socket.hpp"

#include <climits>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <sys/socket.h>

namespace relay::listen {
namespace {

struct socket_address {
    sockaddr_storage storage{};
    socklen_t size = 0;
    [[nodiscard]] const sockaddr* get() const noexcept {
        return reinterpret_cast<const sockaddr*>(&storage);
    }
};

socket_address v4_address(const endpoint& where) {
    socket_address address;
    auto& in = reinterpret_cast<sockaddr_in&>(address.storage);
    in.sin_family = AF_INET;
    in.sin_port = htons(where.port);
    std::memcpy(&in.sin_addr, where.address.bytes.data() + 12, 4);
    address.size = sizeof in;
    return address;
}

socket_address v6_address(const endpoint& where) {
    socket_address address;
    auto& in = reinterpret_cast<sockaddr_in6&>(address.storage);
    in.sin6_family = AF_INET6;
    in.sin6_port = htons(where.port);
    std::memcpy(&in.sin6_addr, where.address.bytes.data(), 16);
    address.size = sizeof in;
    return address;
}

bool set_option(int fd, int level, int name, int value) noexcept {
    return ::setsockopt(fd, level, name, &value, sizeof value) == 0;
}

// Both steps at once: errno says which failed.
unique_fd bind_to(const socket_address& address, int type) {
    const auto family = address.storage.ss_family;
    unique_fd fd(::socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd) return {};
    if (family == AF_INET6) set_option(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, 0);
    // A restart must not wait for the last connections' TIME_WAIT. For UDP it would let a second
    // relay take the port from the first.
    if (type == SOCK_STREAM) set_option(fd.get(), SOL_SOCKET, SO_REUSEADDR, 1);
    if (::bind(fd.get(), address.get(), address.size) != 0) return {};
    if (type == SOCK_STREAM && ::listen(fd.get(), SOMAXCONN) != 0) return {};
    return fd;
}

std::uint64_t receive_buffer(int fd) noexcept {
    int bytes = 0;
    socklen_t size = sizeof bytes;
    if (::getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, &size) != 0) return 0;
    return static_cast<std::uint64_t>(bytes);
}

}  // namespace

expected<unique_fd, std::string> bind_socket(const endpoint& where, listen_kind kind) {
    const int type = kind == listen_kind::http ? SOCK_STREAM : SOCK_DGRAM;
    auto fd = bind_to(where.address.is_v4() ? v4_address(where) : v6_address(where), type);
    const bool no_v6 = !fd && errno == EAFNOSUPPORT;
    if (no_v6 && where.wildcard())
        fd = bind_to(v4_address({.address = {}, .port = where.port}), type);
    if (fd) return fd;
    return unexpected(fmt::format("cannot listen on {} port {} ({}): {}", to_string(where.address),
                                  where.port, kind == listen_kind::http ? "TCP" : "UDP",
                                  std::strerror(errno)));
}

std::uint16_t bound_port(int fd) noexcept {
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    if (::getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &size) != 0) return 0;
    if (storage.ss_family == AF_INET) {
        return ntohs(reinterpret_cast<const sockaddr_in&>(storage).sin_port);
    }
    if (storage.ss_family != AF_INET6) return 0;
    return ntohs(reinterpret_cast<const sockaddr_in6&>(storage).sin6_port);
}

std::uint64_t enlarge_receive_buffer(int fd, byte_size wanted, log& log) {
    // The kernel doubles what it is asked for and reports the double (socket(7)).
    const auto ask = static_cast<int>(std::min<std::uint64_t>(wanted.bytes, INT_MAX / 2));
    const auto doubled = 2 * static_cast<std::uint64_t>(ask);
    if (receive_buffer(fd) < doubled && !set_option(fd, SOL_SOCKET, SO_RCVBUFFORCE, ask)) {
        set_option(fd, SOL_SOCKET, SO_RCVBUF, ask);
    }
    const auto bytes = receive_buffer(fd);
    if (bytes < doubled) {
        log.notice(
            "UDP receive buffer: {} of {}; a large cluster's bursts need more: "
            "ReceiveBuffer= in pverelay.socket, or sysctl net.core.rmem_max",
            to_string(byte_size{bytes / 2}), to_string(wanted));
    }
    return bytes;
}

}  // namespace relay::listen
