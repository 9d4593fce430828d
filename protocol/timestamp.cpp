#include "protocol/timestamp.hpp"

namespace relay::protocol {

expected<std::int64_t, parse_errc> read_timestamp(std::string_view text,
                                                  std::int64_t unit_ns) noexcept {
    const bool negative = text.starts_with('-');
    if (negative) text.remove_prefix(1);
    if (text.empty()) return unexpected(parse_errc::invalid_timestamp);

    bool fits = true;
    std::int64_t count = 0;
    for (const char c : text) {
        const int digit = c - '0';
        if (digit < 0 || digit > 9) return unexpected(parse_errc::invalid_timestamp);
        fits = fits && !__builtin_mul_overflow(count, 10, &count) &&
               !__builtin_add_overflow(count, digit, &count);
    }
    fits = fits && !__builtin_mul_overflow(count, unit_ns, &count);
    if (!fits || count > time_ns_max) return unexpected(parse_errc::timestamp_out_of_range);
    static_assert(time_ns_min == -time_ns_max);
    return negative ? -count : count;
}

}  // namespace relay::protocol
