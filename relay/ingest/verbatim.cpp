#include "relay/ingest/verbatim.hpp"

#include <algorithm>

namespace relay::ingest {
namespace {

using protocol::field;
using protocol::field_kind;

constexpr bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

bool is_escaped_in_string(std::string_view text) noexcept {
    return std::any_of(text.begin(), text.end(),
                       [](char c) { return c == '"' || c == '\\' || c == '\n'; });
}

bool has_leading_zero(std::string_view digits) noexcept {
    if (digits.starts_with('-')) digits.remove_prefix(1);
    return digits.size() > 1 && digits.front() == '0';
}

/// Bytes between the "=" and the value's text, and between the text and the next comma; negative
/// where the spelling is not the writer's.
struct frame {
    int before = 0;
    int after = 0;
};
constexpr frame not_canonical{-1, -1};

frame frame_of(const protocol::field_value& value) noexcept {
    switch (value.kind) {
        case field_kind::number:
            return value.text.front() == '+' ? not_canonical : frame{0, 0};
        case field_kind::integer:
        case field_kind::unsigned_integer:
            return has_leading_zero(value.text) ? not_canonical : frame{0, 1};
        case field_kind::boolean:
            return {0, 0};
        case field_kind::string:
            return is_escaped_in_string(value.text) ? not_canonical : frame{1, 1};
    }
    return not_canonical;
}

/// The bytes from the first key to the last value if the views lie in the input one after the
/// other, as they were sent: then nothing was unescaped and nothing changed.
//
//     rd_bytes=344348,name="web01"
//     key      text   key   text
std::string_view contiguous(std::span<const field> fields) noexcept {
    const char* const begin = fields.front().key.data();
    const char* at = begin;
    for (const auto& [key, value] : fields) {
        const auto [before, after] = frame_of(value);
        if (before < 0 || key.data() != at) return {};
        if (value.text.data() != at + key.size() + 1 + before) return {};
        at = value.text.data() + value.text.size() + after + 1;
    }
    return {begin, static_cast<std::size_t>(at - 1 - begin)};
}

/// Whether every point stands between digits. The writer spells .5 as 0.5 and 5. as 5.0; a point in
/// a name is rare enough to go the slow way with them.
bool points_are_canonical(std::string_view text) noexcept {
    for (auto at = text.find('.'); at != std::string_view::npos; at = text.find('.', at + 1)) {
        if (at == 0 || at + 1 == text.size()) return false;
        if (!is_digit(text[at - 1]) || !is_digit(text[at + 1])) return false;
    }
    return true;
}

}  // namespace

std::string_view verbatim_fields(std::span<const field> fields) noexcept {
    const auto text = contiguous(fields);
    return points_are_canonical(text) ? text : std::string_view{};
}

}  // namespace relay::ingest
