// The port through which every stage speaks to the operator. A stage is handed a `log&`; where
// the words go (journald, stderr, a test's vector) is decided in ops. Thread-safe by contract.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace relay {

/// The numbers are syslog's priorities (sd-daemon(3)).
enum class severity : std::uint8_t { error = 3, warning = 4, notice = 5, info = 6, debug = 7 };

class log {
public:
    virtual ~log() = default;

    /// Writes one message of one line. Must not throw and must not block for long.
    virtual void write(severity level, std::string_view message) noexcept = 0;

    template <class... Args>
    void error(fmt::format_string<Args...> format, Args&&... args) {
        write(severity::error, fmt::format(format, std::forward<Args>(args)...));
    }
    template <class... Args>
    void warning(fmt::format_string<Args...> format, Args&&... args) {
        write(severity::warning, fmt::format(format, std::forward<Args>(args)...));
    }
    template <class... Args>
    void notice(fmt::format_string<Args...> format, Args&&... args) {
        write(severity::notice, fmt::format(format, std::forward<Args>(args)...));
    }
    template <class... Args>
    void info(fmt::format_string<Args...> format, Args&&... args) {
        write(severity::info, fmt::format(format, std::forward<Args>(args)...));
    }
};

/// Says nothing: for tests and for programs whose output is something else.
class null_log final : public log {
public:
    void write(severity, std::string_view) noexcept override {}
};

/// `text` as it may stand in a log line or an error: control characters and bytes that are not
/// ASCII become \xNN, and what is longer than `bytes_max` ends in "…". What a sender wrote must
/// not be able to forge a second line or to steer a terminal.
[[nodiscard]] std::string printable(std::string_view text, std::size_t bytes_max = 120);

}  // namespace relay
