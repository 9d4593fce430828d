#include "protocol/timestamp.hpp"

#include <algorithm>

namespace relay::protocol {

expected<std::int64_t, parse_errc> read_timestamp(std::string_view text,
                                                  std::int64_t unit_ns) noexcept {
    const bool negative = text.starts_with('-');
    if (negative) text.remove_prefix(1);
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    if (text.empty() || !std::ranges::all_of(text, is_digit)) {
        return unexpected(parse_errc::invalid_timestamp);
    }
    // 19 digits fit a uint64, whatever they are.
    constexpr std::size_t digits_max = 19;
    text.remove_prefix(std::min(text.find_first_not_of('0'), text.size()));
    if (text.size() > digits_max) return unexpected(parse_errc::timestamp_out_of_range);
    std::uint64_t count = 0;
    for (const char c : text) {
        count = count * 10 + static_cast<std::uint64_t>(c - '0');
    }
    std::int64_t time = 0;
    if (__builtin_mul_overflow(count, unit_ns, &time) || time > time_ns_max) {
        return unexpected(parse_errc::timestamp_out_of_range);
    }
    static_assert(time_ns_min == -time_ns_max);
    return negative ? -time : time;
}

}  // namespace relay::protocol
