// Sockets bound to an address of ours: IPv6 ones take IPv4 as well.
#pragma once

#include "relay/base/expected.hpp"
#include "relay/base/log.hpp"
#include "relay/base/unique_fd.hpp"
#include "relay/listen/listen_options.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace relay::listen {

/// A bound socket, listening where it is a stream, non-blocking, closed on exec. Where a machine
/// has no IPv6 at all, [::] means 0.0.0.0.
/// @returns the socket, or a sentence for the operator
[[nodiscard]] expected<unique_fd, std::string> bind_socket(const endpoint& where, listen_kind kind);

/// What a socket that someone else made is bound to.
struct bound_address {
    endpoint where;
    listen_kind kind = listen_kind::http;
    bool only_v6 = false;  // does not hear IPv4 on [::]
};

/// Nothing where it is no UDP socket and no listening TCP socket of IPv4 or IPv6.
[[nodiscard]] std::optional<bound_address> bound_address_of(int fd) noexcept;

/// "udp [::]:8189"
[[nodiscard]] std::string to_string(const bound_address& address);

/// The port a socket is bound to; 0 where it is none.
[[nodiscard]] std::uint16_t bound_port(int fd) noexcept;

/// Makes the receive buffer as large as `wanted`, as far as the system lets us, and never smaller
/// than it is. Says so in the log where it stays smaller: datagrams are lost beyond it.
/// @returns the bytes in force
std::uint64_t enlarge_receive_buffer(int fd, byte_size wanted, log& log);

}  // namespace relay::listen
