// Where the words go: standard error, one line per message. Under systemd each line begins with
// its priority (sd-daemon(3), "<4>") and journald adds the time; elsewhere the time is ours.
// Any thread: a line is one write, so that two never mix.
#pragma once

#include "relay/base/clock.hpp"
#include "relay/base/log.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace relay::ops {

enum class log_form : std::uint8_t { journald, terminal };

/// What $JOURNAL_STREAM (systemd.exec(5)) says about who reads standard error.
[[nodiscard]] log_form present_log_form() noexcept;

/// The line with its newline; line breaks within become spaces.
[[nodiscard]] std::string log_line(log_form form, severity level, std::string_view message,
                                   wall_time now);

class stderr_log final : public log {
public:
    stderr_log(log_form form, const time_source& time) noexcept : form_(form), time_(time) {}
    void write(severity level, std::string_view message) noexcept override;

private:
    const log_form form_;
    const time_source& time_;
};

}  // namespace relay::ops
