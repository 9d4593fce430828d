// What every store's answer has in common: when to come back, and its own words for the operator.
#pragma once

#include "relay/base/http_message.hpp"
#include "sinks/sink.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace relay::sinks {

/// Retry-After (RFC 9110, section 10.2.3): seconds, or a date. A date is counted from the answer's
/// own Date header, so that neither clock has to be right. None where it is missing or makes no
/// sense; how long is too long is the caller's to say.
[[nodiscard]] std::optional<std::chrono::seconds> retry_after(const http_response& response);

/// An HTTP date in any of its three forms (RFC 9110, section 5.6.7), as seconds since 1970 UTC.
/// A year of two digits is of 1970 … 2069.
[[nodiscard]] std::optional<std::int64_t> parse_http_date(std::string_view text);

/// The text of the first member `key` of a JSON object, unescaped; none where there is none. Looks
/// no deeper than an error message needs: it does not check that the rest is JSON.
[[nodiscard]] std::optional<std::string> json_string(std::string_view json, std::string_view key);

/// Bytes of a store's words that are kept: enough for the reason, short enough for a log line.
inline constexpr std::size_t words_max = 300;

/// What the store says was wrong: `message` or `error` of its JSON, else the body as it is, else
/// why there was no answer. One line, cut, printable.
[[nodiscard]] std::string store_words(const http_response& response);

/// What a status means where the store has no rule of its own: the rows of docs/delivery.md in
/// which both columns say the same. A status of 0 is "no answer".
[[nodiscard]] std::pair<verdict_kind, std::string_view> status_meaning(int status) noexcept;

/// Whether `text` holds `part`, ASCII letters in either case.
[[nodiscard]] bool mentions(std::string_view text, std::string_view part) noexcept;

}  // namespace relay::sinks
