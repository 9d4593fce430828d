#include "protocol/number.hpp"

#include "protocol/plain_decimal.hpp"

#include <array>
#include <bit>
#include <charconv>
#include <cstdint>
#include <cstring>

namespace relay::protocol {

namespace {

constexpr bool is_digit(char c) noexcept {
    return static_cast<unsigned char>(c - '0') <= 9;
}

const char* skip_digits(const char* at, const char* end) noexcept {
    while (at != end && is_digit(*at))
        ++at;
    return at;
}

std::string_view without_sign(std::string_view text, std::string_view signs) noexcept {
    if (!text.empty() && signs.find(text.front()) != std::string_view::npos) text.remove_prefix(1);
    return text;
}

std::string_view without_leading_zeros(std::string_view digits) noexcept {
    while (digits.size() > 1 && digits.front() == '0')
        digits.remove_prefix(1);
    return digits;
}

bool all_digits(std::string_view text) noexcept {
    const char* end = text.data() + text.size();
    return !text.empty() && skip_digits(text.data(), end) == end;
}

/// Whether decimal `digits` are at most `most`, which has no leading zero.
bool is_at_most(std::string_view digits, std::string_view most) noexcept {
    digits = without_leading_zeros(digits);
    return digits.size() < most.size() || (digits.size() == most.size() && digits <= most);
}

/// The parts of a number that matches -?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?
struct number_parts {
    std::string_view whole;
    std::string_view fraction;
    std::string_view exponent;  // with its sign
};

std::optional<number_parts> split_number(std::string_view text) noexcept {
    text = without_sign(text, "-");
    const char* end = text.data() + text.size();
    number_parts parts;
    const char* at = skip_digits(text.data(), end);
    parts.whole = {text.data(), static_cast<std::size_t>(at - text.data())};
    if (at != end && *at == '.') {
        const char* fraction = ++at;
        at = skip_digits(at, end);
        parts.fraction = {fraction, static_cast<std::size_t>(at - fraction)};
    }
    if (parts.whole.empty() && parts.fraction.empty()) return std::nullopt;
    if (at == end) return parts;
    if (*at != 'e' && *at != 'E') return std::nullopt;
    parts.exponent = {at + 1, static_cast<std::size_t>(end - at - 1)};
    if (!all_digits(without_sign(parts.exponent, "+-"))) return std::nullopt;
    return parts;
}

/// The exponent's value, kept within ±1,000,000: a line is not long enough to matter beyond.
int exponent_of(std::string_view exponent) noexcept {
    const bool negative = exponent.starts_with('-');
    int value = 0;
    for (const char c : without_sign(exponent, "+-")) {
        value = value * 10 + (c - '0');
        if (value > 1'000'000) value = 1'000'000;
    }
    return negative ? -value : value;
}

/// d in 0.xyz * 10^d, x being the first digit that is not zero; nothing where all are zero.
std::optional<std::int64_t> magnitude(const number_parts& parts) noexcept {
    const auto exponent = exponent_of(parts.exponent);
    const auto whole = parts.whole.find_first_not_of('0');
    if (whole != std::string_view::npos) {
        return static_cast<std::int64_t>(parts.whole.size() - whole) + exponent;
    }
    const auto fraction = parts.fraction.find_first_not_of('0');
    if (fraction == std::string_view::npos) return std::nullopt;
    return exponent - static_cast<std::int64_t>(fraction);
}

/// Whether rounding to double gives infinity. The greatest double is 1.797…e308: only numbers of
/// 309 places before the point need to be looked at closely.
bool overflows(const number_parts& parts, std::string_view text) noexcept {
    const auto places = magnitude(parts);
    if (!places || *places < 309) return false;
    if (*places > 309) return true;
    double value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    return read.ec == std::errc::result_out_of_range;
}

/// A number of at most 19 digits as digits * 10^-places. Nothing where there is more to it.
struct short_decimal {
    std::uint64_t digits = 0;
    std::size_t places = 0;
};

std::optional<short_decimal> read_short_decimal(std::string_view text) noexcept {
    if (text.size() > 19) return std::nullopt;
    short_decimal read;
    const char* at = text.data();
    const char* end = at + text.size();
    for (; at != end && is_digit(*at); ++at) {
        read.digits = read.digits * 10 + static_cast<std::uint64_t>(*at - '0');
    }
    if (at != end && *at == '.') {
        const char* fraction = ++at;
        for (; at != end && is_digit(*at); ++at) {
            read.digits = read.digits * 10 + static_cast<std::uint64_t>(*at - '0');
        }
        read.places = static_cast<std::size_t>(at - fraction);
    }
    if (at != end) return std::nullopt;
    return read;
}

/// An integer of 8 to 15 digits, as byte and time counters are; nothing where it is anything else.
/// Its first and its last eight bytes overlap; of the first, those that are in both are shifted
/// out.
std::optional<std::uint64_t> read_long_integer(std::string_view text) noexcept {
    if (std::endian::native != std::endian::little || text.size() < 8 || text.size() > 15) {
        return std::nullopt;
    }
    constexpr std::uint64_t zeros = 0x30303030'30303030;
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    std::memcpy(&first, text.data(), sizeof first);
    std::memcpy(&last, text.data() + text.size() - sizeof last, sizeof last);
    first -= zeros;
    last -= zeros;
    if ((above_9(first) | above_9(last)) != 0) return std::nullopt;
    const auto both = 8 * (16 - text.size());
    first = both == 64 ? 0 : first << both;
    return join_digits(first) * 100'000'000 + join_digits(last);
}

double nearest_double(std::string_view text) noexcept {
    if (text.size() == 1) return text.front() - '0';
    // Below 10^15 and thereby below 2^53: exact.
    if (const auto integer = read_long_integer(text)) return static_cast<double>(*integer);
    const bool negative = text.starts_with('-');
    const auto digits = without_sign(text, "+-");
    double value = 0;
    const auto decimal = read_short_decimal(digits);
    if (decimal && decimal->digits <= exact_digits_max) {
        value = static_cast<double>(decimal->digits);
        if (decimal->places > 0) value /= powers_of_ten[decimal->places];
    } else {
        // What is out of range here is too small, never too large: the parser saw to that. The
        // nearest double is then the zero that from_chars leaves in place.
        std::from_chars(digits.data(), digits.data() + digits.size(), value);
    }
    return negative ? -value : value;
}

}  // namespace

std::optional<parse_errc> number_fault(std::string_view text) noexcept {
    const auto parts = split_number(text);
    if (!parts) return parse_errc::invalid_number;
    if (overflows(*parts, text)) return parse_errc::number_out_of_range;
    return std::nullopt;
}

std::optional<parse_errc> integer_fault(std::string_view digits) noexcept {
    const bool negative = digits.starts_with('-');
    if (negative) digits.remove_prefix(1);
    if (!all_digits(digits)) return parse_errc::invalid_number;
    if (!is_at_most(digits, negative ? "9223372036854775808" : "9223372036854775807")) {
        return parse_errc::number_out_of_range;
    }
    return std::nullopt;
}

std::optional<parse_errc> unsigned_fault(std::string_view digits) noexcept {
    if (!all_digits(digits)) return parse_errc::invalid_number;
    if (!is_at_most(digits, "18446744073709551615")) return parse_errc::number_out_of_range;
    return std::nullopt;
}

bool is_boolean(std::string_view text) noexcept {
    if (text.empty()) return false;
    switch (text.front()) {
        case 't':
            return text == "t" || text == "true";
        case 'T':
            return text == "T" || text == "True" || text == "TRUE";
        case 'f':
            return text == "f" || text == "false";
        case 'F':
            return text == "F" || text == "False" || text == "FALSE";
        default:
            return false;
    }
}

std::optional<parse_errc> read_bare_value(std::string_view token, dialect which,
                                          field_value& value) noexcept {
    if (token.empty()) return parse_errc::missing_field_value;
    std::optional<parse_errc> fault;
    auto kind = field_kind::number;
    auto text = token;
    switch (token.front()) {
        case 't':
        case 'T':
        case 'f':
        case 'F':
            if (!is_boolean(token)) return parse_errc::invalid_boolean;
            value = {field_kind::boolean, token};
            return std::nullopt;
        default:
            break;
    }
    if (token.back() == 'i' || token.back() == 'u') {
        kind = token.back() == 'i' ? field_kind::integer : field_kind::unsigned_integer;
        text.remove_suffix(1);
        fault = kind == field_kind::integer ? integer_fault(text) : unsigned_fault(text);
    } else if (which == dialect::proxmox && token.front() == '+') {
        // Only one sign: what follows the plus must begin as an unsigned number does.
        const auto number = token.substr(1);
        fault = number.starts_with('-') ? parse_errc::invalid_number : number_fault(number);
    } else {
        fault = number_fault(token);
    }
    if (!fault) value = {kind, text};
    return fault;
}

double to_double(const field_value& value) noexcept {
    if (value.kind == field_kind::boolean) {
        return value.text.front() == 't' || value.text.front() == 'T' ? 1.0 : 0.0;
    }
    return nearest_double(value.text);
}

void append_number(std::string& out, std::string_view text) {
    if (text.starts_with('+')) text.remove_prefix(1);
    const auto point = text.find('.');
    if (point == std::string_view::npos) {
        out += text;
        return;
    }
    const auto behind = point + 1;
    out += text.substr(0, point);
    if (point == 0 || !is_digit(text[point - 1])) out += '0';
    out += '.';
    if (behind == text.size() || !is_digit(text[behind])) out += '0';
    out += text.substr(behind);
}

bool is_canonical_number(std::string_view text) noexcept {
    if (text.starts_with('+')) return false;
    const auto point = text.find('.');
    if (point == std::string_view::npos) return true;
    return point > 0 && is_digit(text[point - 1]) && point + 1 < text.size() &&
           is_digit(text[point + 1]);
}

void append_integer(std::string& out, std::string_view digits) {
    if (digits.starts_with('-')) {
        out += '-';
        digits.remove_prefix(1);
    }
    out += without_leading_zeros(digits);
}

bool is_canonical_integer(std::string_view digits) noexcept {
    if (digits.starts_with('-')) digits.remove_prefix(1);
    return digits.size() == 1 || digits.front() != '0';
}

}  // namespace relay::protocol
