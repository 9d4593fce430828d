#include "protocol/line_parser.hpp"

#include "protocol/line_reading.hpp"
#include "protocol/refused_line.hpp"

#include <algorithm>

namespace relay::protocol {

namespace {

/// Whether the first byte of `text` may stand before a line. A carriage return is blank only
/// before a newline or at the end of the body.
bool begins_blank(std::string_view text, input_end end) noexcept {
    switch (text.front()) {
        case ' ':
        case '\t':
        case '\n':
            return true;
        case '\r':
            return text.size() > 1 ? text[1] == '\n' : end == input_end::yes;
        default:
            return false;
    }
}

}  // namespace

line_parser::line_parser(parse_limits limits) : limits_(limits) {}

line_parser::outcome line_parser::next(std::string_view& text, input_end end) {
    if (!skip_to_line(text, end)) {
        if (end == input_end::no) return outcome::need_more;
        skipping_ = false;
        return outcome::end;
    }
    // Nothing behind this is looked at, so that it does not matter whether it is there yet.
    const bool is_cut = text.size() > limits_.line_bytes;
    const auto window = is_cut ? text.substr(0, limits_.line_bytes + 1) : text;
    const auto input = is_cut ? input_end::yes : end;

    reading line(*this, window, input);
    bool read = line.run();
    if (!read && !line.fault()) return outcome::need_more;
    const char* const window_end = window.data() + window.size();
    const char* next = line.next();
    bool has_end = next != window_end || window.back() == '\n';
    if (!read) {
        next = find_refused_end(line.fault_at(), window_end, line.section(), input);
        has_end = next != window_end;
        if (has_end) ++next;
    }
    if (!has_end && input == input_end::no) return outcome::need_more;
    if (!has_end && is_cut) return refuse_too_long(text, end);
    const auto behind = text.substr(static_cast<std::size_t>(next - text.data()));
    if (read && may_be_torn()) {
        if (behind.empty() && end == input_end::no) return outcome::need_more;
        if (behind.starts_with(',')) read = line.fail(parse_errc::torn_line, next);
    }
    if (!read) {
        error_ = {.code = *line.fault(),
                  .offset = static_cast<std::uint32_t>(line.fault_at() - window.data()),
                  .line = {window.data(), next}};
    }
    text = behind;
    return read ? outcome::point : outcome::failure;
}

line_parser::outcome line_parser::refuse_too_long(std::string_view& text, input_end end) {
    error_ = {.code = parse_errc::too_long,
              .offset = static_cast<std::uint32_t>(limits_.line_bytes),
              .line = text.substr(0, limits_.line_bytes)};
    const auto newline = text.find('\n', limits_.line_bytes);
    skipping_ = newline == std::string_view::npos && end == input_end::no;
    text.remove_prefix(std::min(newline, text.size() - 1) + 1);
    return outcome::failure;
}

bool line_parser::skip_to_line(std::string_view& text, input_end end) {
    for (;;) {
        if (!skipping_) {
            while (!text.empty() && begins_blank(text, end))
                text.remove_prefix(1);
            if (text.empty()) return false;
            if (text.front() != '#') return text.front() != '\r' || text.size() > 1;
        }
        const auto newline = text.find('\n');
        if (newline == std::string_view::npos) {
            // A comment is waited for like any line, but only as long.
            const bool may_wait =
                !skipping_ && end == input_end::no && text.size() <= limits_.line_bytes;
            if (may_wait) return false;
            skipping_ = true;
            text.remove_prefix(text.size());
            return false;
        }
        skipping_ = false;
        text.remove_prefix(newline + 1);
    }
}

}  // namespace relay::protocol
