#include "sinks/field_coercion.hpp"

#include "protocol/number.hpp"

#include <fmt/format.h>

#include <cmath>
#include <string_view>

namespace relay::sinks {

namespace {

using protocol::field_kind;
using protocol::field_value;

bool is_true(std::string_view boolean) noexcept {
    return boolean.front() == 't' || boolean.front() == 'T';
}

/// What stands in a string, read as a line would have it bare.
std::optional<field_value> bare(std::string_view text) {
    field_value read;
    if (text.empty() || protocol::read_bare_value(text, protocol::dialect::common, read)) return {};
    return read;
}

std::optional<coerced_value> as_whole(const field_value& from, field_kind to) {
    const bool is_signed = to == field_kind::integer;
    const auto fits = [&](std::string_view digits) {
        return is_signed ? !protocol::integer_fault(digits) : !protocol::unsigned_fault(digits);
    };
    // Digits go over as they are: a double would round the long ones.
    if (from.text.find_first_of(".eE") == std::string_view::npos) {
        if (!fits(from.text)) return {};
        return coerced_value{to, std::string(from.text)};
    }
    constexpr double exact = 9007199254740992.0;  // beyond, a double is no longer every integer
    const auto value = protocol::to_double(from);
    if (value != std::trunc(value) || std::abs(value) > exact) return {};
    if (value < 0 && !is_signed) return {};
    return coerced_value{to, fmt::format("{:.0f}", value + 0.0)};
}

std::optional<coerced_value> as_boolean(const field_value& from) {
    const auto value = protocol::to_double(from);
    if (value != 0 && value != 1) return {};
    return coerced_value{field_kind::boolean, value == 1 ? "true" : "false"};
}

}  // namespace

std::optional<coerced_value> coerced(const field_value& from, field_kind to) {
    if (from.kind == to) return coerced_value{to, std::string(from.text)};
    if (to == field_kind::string) {
        if (from.kind != field_kind::boolean) return coerced_value{to, std::string(from.text)};
        return coerced_value{to, is_true(from.text) ? "true" : "false"};
    }
    if (from.kind == field_kind::string) {
        const auto read = bare(from.text);
        return read ? coerced(*read, to) : std::nullopt;
    }
    if (to == field_kind::boolean) return as_boolean(from);
    if (from.kind == field_kind::boolean) {
        return coerced_value{to, is_true(from.text) ? "1" : "0"};
    }
    if (to == field_kind::number) return coerced_value{to, std::string(from.text)};
    return as_whole(from, to);
}

}  // namespace relay::sinks
