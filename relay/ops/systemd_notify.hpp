// Telling systemd how we are (sd_notify(3)): one datagram to $NOTIFY_SOCKET. Written here because
// libsystemd brings five libraries and a megabyte of resident memory for these twenty lines.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace relay::ops {

class systemd_notify {
public:
    /// @param socket $NOTIFY_SOCKET: a path, or a name of the abstract namespace with @; empty:
    /// nobody listens, and nothing is sent
    explicit systemd_notify(std::string socket) : socket_(std::move(socket)) {}

    /// What the environment of this process says.
    [[nodiscard]] static systemd_notify from_environment();

    void ready() const { send("READY=1"); }
    void stopping() const { send("STOPPING=1"); }
    void alive() const { send("WATCHDOG=1"); }
    /// One line, for `systemctl status`.
    void status(std::string_view text) const;

private:
    void send(std::string_view state) const;

    std::string socket_;
};

/// How often systemd wants to hear alive(), from WATCHDOG_USEC and WATCHDOG_PID
/// (sd_watchdog_enabled(3)): half of the time after which it would end us.
[[nodiscard]] std::optional<std::chrono::microseconds> watchdog_interval();

}  // namespace relay::ops
