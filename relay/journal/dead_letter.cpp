#include "relay/journal/dead_letter.hpp"

#include "relay/base/rfc3339.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>

namespace relay::journal {
namespace {

unsigned char byte_at(std::string_view bytes, std::size_t at) noexcept {
    return static_cast<unsigned char>(bytes[at]);
}

/// Bytes of the UTF-8 sequence at the front; 0 where there is none (RFC 3629, section 4: no
/// surrogates, nothing beyond U+10FFFF, nothing longer than it needs to be).
std::size_t utf8_sequence(std::string_view bytes) noexcept {
    const auto lead = byte_at(bytes, 0);
    if (lead < 0x80) return 1;
    const std::size_t length = lead < 0xc2   ? 0
                               : lead < 0xe0 ? 2
                               : lead < 0xf0 ? 3
                               : lead < 0xf5 ? 4
                                             : 0;
    if (length == 0 || bytes.size() < length) return 0;
    const auto second = byte_at(bytes, 1);
    const unsigned least = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    const unsigned most = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    if (second < least || second > most) return 0;
    for (std::size_t i = 2; i < length; ++i) {
        if ((byte_at(bytes, i) & 0xc0) != 0x80) return 0;
    }
    return length;
}

bool is_utf8(std::string_view bytes) noexcept {
    while (!bytes.empty()) {
        const auto length = utf8_sequence(bytes);
        if (length == 0) return false;
        bytes.remove_prefix(length);
    }
    return true;
}

void append_json_text(std::string& out, std::string_view utf8) {
    out += '"';
    for (const char c : utf8) {
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
            fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned char>(c));
        } else {
            out += c;
        }
    }
    out += '"';
}

void append_text(std::string& out, std::string_view key, std::string_view value) {
    const bool text = is_utf8(value);
    fmt::format_to(std::back_inserter(out), "\"{}{}\":", key, text ? "" : "_escaped");
    append_json_text(out, text ? value : escape_bytes(value));
    out += ',';
}

void append_if_any(std::string& out, std::string_view key, std::string_view value) {
    if (!value.empty()) append_text(out, key, value);
}

void append_number_if_any(std::string& out, std::string_view key, std::uint64_t value) {
    if (value != 0) fmt::format_to(std::back_inserter(out), "\"{}\":{},", key, value);
}

std::optional<unsigned> hex_digit(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return {};
}

}  // namespace

std::string escape_bytes(std::string_view bytes) {
    std::string out;
    while (!bytes.empty()) {
        const auto length = utf8_sequence(bytes);
        if (length == 0) {
            fmt::format_to(std::back_inserter(out), "\\x{:02x}", byte_at(bytes, 0));
        } else if (bytes.front() == '\\') {
            out += "\\\\";
        } else {
            out += bytes.substr(0, length);
        }
        bytes.remove_prefix(std::max<std::size_t>(1, length));
    }
    return out;
}

std::string unescape_bytes(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const auto high =
            text.starts_with("\\x") && text.size() >= 4 ? hex_digit(text[2]) : std::nullopt;
        const auto low = high ? hex_digit(text[3]) : std::nullopt;
        if (low) {
            out += static_cast<char>(*high * 16 + *low);
            text.remove_prefix(4);
            continue;
        }
        out += text.front();
        text.remove_prefix(text.starts_with("\\\\") ? 2 : 1);
    }
    return out;
}

std::string to_json_line(const dead_letter& one) {
    std::string out = "{";
    append_text(out, "time", rfc3339(one.time_ns));
    append_if_any(out, "listener", one.listener);
    append_if_any(out, "from", one.from);
    append_if_any(out, "cluster", one.lane.cluster);
    append_if_any(out, "bucket", one.lane.bucket);
    append_if_any(out, "tenant", one.lane.tenant);
    append_if_any(out, "sink", one.sink);
    append_text(out, "reason", one.reason);
    append_number_if_any(out, "record", one.record);
    append_number_if_any(out, "number", one.number);
    append_number_if_any(out, "offset", one.offset);
    append_text(out, "line", one.line);
    out.back() = '}';
    out += '\n';
    return out;
}

}  // namespace relay::journal
