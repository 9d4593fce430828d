#include "relay/topology/json_value.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

namespace relay::topology::json {
namespace {

/// 2^53: what is larger is not exact in what Proxmox counts with, nor in a sample.
constexpr double exact_max = 9'007'199'254'740'992.0;

bool is_control(char c) noexcept {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

/// At most `bytes_max` bytes of UTF-8, whole characters.
std::string_view cut(std::string_view whole, std::size_t bytes_max) noexcept {
    if (whole.size() <= bytes_max) return whole;
    while (bytes_max > 0 && (static_cast<unsigned char>(whole[bytes_max]) & 0xc0) == 0x80)
        --bytes_max;
    return whole.substr(0, bytes_max);
}

std::optional<double> parsed(std::string_view digits) noexcept {
    double value = 0;
    const auto* end = digits.data() + digits.size();
    const auto read = std::from_chars(digits.data(), end, value);
    if (read.ec != std::errc{} || read.ptr != end || !std::isfinite(value)) return {};
    return value;
}

std::optional<double> number_of(const element& value) noexcept {
    double real = 0;
    if (value.get_double().get(real) == simdjson::SUCCESS) return real;
    std::string_view digits;
    if (value.get_string().get(digits) == simdjson::SUCCESS) return parsed(digits);
    return {};
}

}  // namespace

expected<element, std::string> data_of(simdjson::dom::parser& parser, std::string_view body) {
    // A capacity of its own makes the parser take the depth as well.
    if (parser.allocate(std::max<std::size_t>(body.size(), 64), depth_max) != simdjson::SUCCESS)
        return unexpected(std::string("no memory to read it"));
    element root;
    if (const auto error = parser.parse(body.data(), body.size()).get(root))
        return unexpected(fmt::format("not JSON: {}", simdjson::error_message(error)));
    element data;
    if (root.at_key("data").get(data) != simdjson::SUCCESS)
        return unexpected(std::string("no `data` in it"));
    return data;
}

std::optional<element> member(const object& of, std::string_view key) noexcept {
    element found;
    if (of.at_key(key).get(found) != simdjson::SUCCESS || found.is_null()) return {};
    return found;
}

std::string text(const element& value, std::size_t bytes_max) {
    std::string_view raw;
    if (value.get_string().get(raw) == simdjson::SUCCESS) {
        std::string out(cut(raw, bytes_max));
        std::ranges::replace_if(out, is_control, ' ');
        return out;
    }
    std::int64_t whole = 0;
    if (value.get_int64().get(whole) == simdjson::SUCCESS) return fmt::format("{}", whole);
    double real = 0;
    if (value.get_double().get(real) == simdjson::SUCCESS) return fmt::format("{}", real);
    return {};
}

std::string text(const object& of, std::string_view key, std::size_t bytes_max) {
    const auto found = member(of, key);
    return found ? text(*found, bytes_max) : std::string();
}

std::optional<double> number(const object& of, std::string_view key) {
    const auto found = member(of, key);
    return found ? number_of(*found) : std::nullopt;
}

std::optional<std::uint64_t> count(const object& of, std::string_view key) {
    const auto found = number(of, key);
    if (!found || *found < 0 || *found > exact_max) return {};
    return static_cast<std::uint64_t>(*found);
}

std::optional<std::uint32_t> small_count(const object& of, std::string_view key) {
    const auto found = count(of, key);
    if (!found || *found > std::numeric_limits<std::uint32_t>::max()) return {};
    return static_cast<std::uint32_t>(*found);
}

std::optional<std::int64_t> instant(const object& of, std::string_view key) {
    const auto found = count(of, key);
    if (!found || *found == 0) return {};
    return static_cast<std::int64_t>(*found);
}

std::optional<bool> flag(const object& of, std::string_view key) {
    const auto found = member(of, key);
    if (!found) return {};
    bool is_true = false;
    if (found->get_bool().get(is_true) == simdjson::SUCCESS) return is_true;
    if (const auto value = number_of(*found)) return *value != 0;
    std::string_view word;
    if (found->get_string().get(word) != simdjson::SUCCESS) return {};
    if (word.empty()) return false;  // Perl's false
    if (word == "true" || word == "yes" || word == "on") return true;
    if (word == "false" || word == "no" || word == "off") return false;
    return {};
}

}  // namespace relay::topology::json
