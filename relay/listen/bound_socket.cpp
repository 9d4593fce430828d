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

/// 0 where there is no such option.
int get_option(int fd, int level, int name) noexcept {
    int value = 0;
    socklen_t size = sizeof value;
    return ::getsockopt(fd, level, name, &value, &size) == 0 ? value : 0;
}

std::uint64_t receive_buffer(int fd) noexcept {
    return static_cast<std::uint64_t>(get_option(fd, SOL_SOCKET, SO_RCVBUF));
}

std::optional<endpoint> local_endpoint(int fd) noexcept {
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    if (::getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &size) != 0) return std::nullopt;
    endpoint where;
    auto& bytes = where.address.bytes;
    if (storage.ss_family == AF_INET) {
        const auto& in = reinterpret_cast<const sockaddr_in&>(storage);
        bytes[10] = bytes[11] = 0xff;
        std::memcpy(bytes.data() + 12, &in.sin_addr, 4);
        where.port = ntohs(in.sin_port);
        return where;
    }
    if (storage.ss_family != AF_INET6) return std::nullopt;
    const auto& in = reinterpret_cast<const sockaddr_in6&>(storage);
    std::memcpy(bytes.data(), &in.sin6_addr, 16);
    where.port = ntohs(in.sin6_port);
    return where;
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

std::optional<bound_address> bound_address_of(int fd) noexcept {
    const auto where = local_endpoint(fd);
    if (!where) return std::nullopt;
    const int type = get_option(fd, SOL_SOCKET, SO_TYPE);
    const bool listening = get_option(fd, SOL_SOCKET, SO_ACCEPTCONN) == 1;
    if (type != SOCK_DGRAM && !(type == SOCK_STREAM && listening)) return std::nullopt;
    const bool only_v6 = !where->address.is_v4() && get_option(fd, IPPROTO_IPV6, IPV6_V6ONLY) == 1;
    return bound_address{.where = *where,
                         .kind = type == SOCK_STREAM ? listen_kind::http : listen_kind::udp,
                         .only_v6 = only_v6};
}

std::string to_string(const bound_address& address) {
    return fmt::format("{} {}", address.kind == listen_kind::http ? "http" : "udp",
                       to_string(address.where));
}

std::uint16_t bound_port(int fd) noexcept {
    const auto where = local_endpoint(fd);
    return where ? where->port : std::uint16_t{0};
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
