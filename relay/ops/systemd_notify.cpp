#include "relay/ops/systemd_notify.hpp"

#include "relay/base/unique_fd.hpp"

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

void systemd_notify::send(std::string_view state) const {
    sockaddr_un address{};
    if (socket_.empty() || socket_.size() >= sizeof address.sun_path) return;
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, socket_.data(), socket_.size());
    if (socket_.front() == '@') address.sun_path[0] = '\0';
    const auto length = offsetof(sockaddr_un, sun_path) + socket_.size();
    const unique_fd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!fd) return;
    // A manager that does not listen is no reason to stop relaying.
    static_cast<void>(::sendto(fd.get(), state.data(), state.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
                               reinterpret_cast<const sockaddr*>(&address),
                               static_cast<socklen_t>(length)));
}

std::optional<std::chrono::microseconds> watchdog_interval() {
    const auto limit = number_of(variable("WATCHDOG_USEC"));
    const auto process = variable("WATCHDOG_PID");
    const bool meant_for_us = process.empty() || number_of(process) == ::getpid();
    if (!limit || *limit <= 0 || !meant_for_us) return {};
    return std::chrono::microseconds(*limit / 2);
}

}  // namespace relay::ops
