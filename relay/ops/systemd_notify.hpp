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
    /// The configuration is being read again; ready() says that it was.
    void reloading(std::chrono::steady_clock::time_point now) const;
    void stopping() const { send("STOPPING=1"); }
    void alive() const { send("WATCHDOG=1"); }
    /// One line, for `systemctl status`.
    void status(std::string_view text) const;

    /// Lets systemd hold a socket while nobody runs: the next start is given it under that name
    /// (FileDescriptorStoreMax= of the unit). The same one twice is once.
    void keep(std::string_view name, int fd) const;
    /// Systemd closes what it holds under that name.
    void forget(std::string_view name) const;

private:
    void send(std::string_view state, int fd = -1) const;

    std::string socket_;
};

/// How often systemd wants to hear alive(), from WATCHDOG_USEC and WATCHDOG_PID
/// (sd_watchdog_enabled(3)): half of the time after which it would end us.
[[nodiscard]] std::optional<std::chrono::microseconds> watchdog_interval();

}  // namespace relay::ops
