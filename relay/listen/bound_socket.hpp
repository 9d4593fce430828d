// Sockets bound to an address of ours: IPv6 ones take IPv4 as well.
#pragma once

#include "relay/base/expected.hpp"
#include "relay/base/log.hpp"
#include "relay/base/unique_fd.hpp"
#include "relay/listen/listen_options.hpp"

#include <cstdint>
#include <string>

namespace relay::listen {

/// A bound socket, listening where it is a stream, non-blocking, closed on exec. Where a machine
/// has no IPv6 at all, [::] means 0.0.0.0.
/// @returns the socket, or a sentence for the operator
[[nodiscard]] expected<unique_fd, std::string> bind_socket(const endpoint& where, listen_kind kind);

/// The port a socket is bound to; 0 where it is none.
[[nodiscard]] std::uint16_t bound_port(int fd) noexcept;

/// Makes the receive buffer as large as `wanted`, as far as the system lets us, and never smaller
/// than it is. Says so in the log where it stays smaller: datagrams are lost beyond it.
/// @returns the bytes in force
std::uint64_t enlarge_receive_buffer(int fd, byte_size wanted, log& log);

}  // namespace relay::listen
