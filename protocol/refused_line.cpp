#include "protocol/refused_line.hpp"

#include "protocol/delimiters.hpp"

#include <cstring>

namespace relay::protocol {

namespace {

const char* find_newline(const char* at, const char* end) noexcept {
    if (at == end) return end;
    const auto* found = std::memchr(at, '\n', static_cast<std::size_t>(end - at));
    return found != nullptr ? static_cast<const char*>(found) : end;
}

/// The space that ends the tags, or the newline before it, or end.
const char* find_tags_end(const char* at, const char* end) noexcept {
    for (; at != end && *at != ' ' && *at != '\n'; ++at) {
        if (*at == '\\' && end - at > 1 && at[1] != '\n') ++at;
    }
    return at;
}

}  // namespace

const char* find_refused_end(const char* at, const char* end, line_section section,
                             input_end input) noexcept {
    if (section == line_section::tags) at = find_tags_end(at, end);
    for (; at != end && *at != '\n'; ++at) {
        if (*at != '=' || end - at < 2 || at[1] != '"') continue;
        const char* closing = find_closing_quote(at + 2, end);
        // No later =" of this stretch can begin a string either: its quote would have closed this
        // one. So however many lines follow, none of them searches this stretch again.
        if (closing == end) return input == input_end::no ? end : find_newline(at, end);
        at = closing;
    }
    return at;
}

}  // namespace relay::protocol
