#include "relay/http/fingerprint.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>

namespace relay::http {

std::optional<fingerprint> parse_fingerprint(std::string_view text) {
    fingerprint parsed{};
    const bool has_colons = text.size() == 3 * parsed.size() - 1;
    const std::size_t step = has_colons ? 3 : 2;
    if (!has_colons && text.size() != 2 * parsed.size()) return {};
    for (std::size_t i = 0; i < parsed.size(); ++i) {
        const auto* const digits = text.data() + i * step;
        const auto [end, error] = std::from_chars(digits, digits + 2, parsed[i], 16);
        if (error != std::errc{} || end != digits + 2) return {};
        if (has_colons && i > 0 && digits[-1] != ':') return {};
    }
    return parsed;
}

std::string to_string(const fingerprint& of) {
    return fmt::format("{:02X}", fmt::join(of, ":"));
}

}  // namespace relay::http
