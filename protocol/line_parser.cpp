#include "protocol/line_parser.hpp"

#include "protocol/delimiters.hpp"
#include "protocol/escape.hpp"
#include "protocol/number.hpp"
#include "protocol/refused_line.hpp"
#include "protocol/reserved_key.hpp"
#include "protocol/timestamp.hpp"
#include "protocol/utf8.hpp"

#include <algorithm>
#include <cstring>
#include <optional>

namespace relay::protocol {

namespace {

bool has_newline(std::string_view text) noexcept {
    return std::memchr(text.data(), '\n', text.size()) != nullptr;
}

std::string_view between(const char* begin, const char* end) noexcept {
    return {begin, static_cast<std::size_t>(end - begin)};
}

const char* skip_spaces(const char* at, const char* end) noexcept {
    while (at != end && *at == ' ')
        ++at;
    return at;
}

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

/// One line being read. Each read_… function goes on where the one before it stopped, and returns
/// whether the line may still become a point; if not, `fault_` says why, or there is none, and the
/// text ended before the line did.
class line_parser::reading {
public:
    /// @param text begins at the line and goes on behind it
    /// @param input whether the end of `text` is the end of the line, if no newline comes before
    reading(line_parser& parser, std::string_view text, input_end input) noexcept
        : parser_(parser),
          begin_(text.data()),
          end_(text.data() + text.size()),
          input_(input) {}

    bool run() {
        parser_.tags_.clear();
        parser_.fields_.clear();
        parser_.point_.time_ns.reset();
        cursor_.seat(begin_, end_);
        return read_measurement() && read_tags() && read_fields() && read_time() && finish();
    }

    /// The beginning of the next line. Only of a line that was read.
    [[nodiscard]] const char* next() const noexcept { return next_; }
    [[nodiscard]] std::optional<parse_errc> fault() const noexcept { return fault_; }
    [[nodiscard]] const char* fault_at() const noexcept { return fault_at_; }
    [[nodiscard]] line_section section() const noexcept { return section_; }

private:
    /// Stands for the newline, CR and newline, or the end of the input, whichever ends the line.
    static constexpr char line_end = '\n';

    enum class name_part : std::uint8_t { measurement, tag_key, tag_value, field_key };

    bool fail(parse_errc code, const char* at) noexcept {
        fault_ = code;
        fault_at_ = at;
        return false;
    }

    /// Takes the delimiter at `at` into stop_ and delimiter_.
    bool stop_at(const char* at) noexcept {
        stop_ = at;
        if (at == end_) return stop_at_end();
        delimiter_ = *at;
        switch (*at) {
            case ',':
            case '=':
            case ' ':
            case '\\':
                return true;
            case '\n':
                next_ = at + 1;
                return true;
            case '\r':
                delimiter_ = line_end;
                if (at + 1 == end_) return stop_at_end();
                next_ = at + 2;
                if (at[1] == '\n') return true;
                [[fallthrough]];
            default:
                return fail(parse_errc::invalid_character, at);
        }
    }

    bool stop_at_end() noexcept {
        delimiter_ = line_end;
        next_ = end_;
        return input_ == input_end::yes;
    }

    /// Deals with the backslash at stop_, so that the walk goes on behind what it escapes.
    bool pass_backslash() noexcept {
        const char* behind = stop_ + 1;
        if (behind == end_) {
            return input_ == input_end::yes && fail(parse_errc::trailing_backslash, stop_);
        }
        switch (*behind) {
            case '\\':
                return fail(parse_errc::doubled_backslash, stop_);
            case '\n':
            case '\r':
                return fail(parse_errc::trailing_backslash, stop_);
            case ',':
            case '=':
            case ' ':
                has_escapes_ = true;
                static_cast<void>(cursor_.next());
                return true;
            default:
                return true;
        }
    }

    /// Reads up to the delimiter that ends such a name, or to the end of the line.
    template <name_part Part>
    bool read_name(const char* from, std::string_view& name) noexcept {
        for (;;) {
            if (!stop_at(cursor_.next())) return false;
            if (delimiter_ == '\\') {
                if (!pass_backslash()) return false;
                continue;
            }
            if (Part == name_part::measurement && delimiter_ == '=') continue;
            if (Part == name_part::tag_value && delimiter_ == '=') {
                return fail(parse_errc::unescaped_separator, stop_);
            }
            name = between(from, stop_);
            return true;
        }
    }

    bool read_measurement() noexcept {
        auto& name = parser_.point_.measurement;
        if (!read_name<name_part::measurement>(begin_, name)) return false;
        if (name.empty()) return fail(parse_errc::missing_measurement, begin_);
        return true;
    }

    bool read_tags() {
        while (delimiter_ == ',') {
            tag read;
            if (parser_.tags_.size() == parser_.limits_.tags) {
                return fail(parse_errc::too_long, stop_);
            }
            if (!read_name<name_part::tag_key>(stop_ + 1, read.key)) return false;
            if (read.key.empty()) return fail(parse_errc::missing_tag_key, stop_);
            if (delimiter_ != '=') return fail(parse_errc::missing_tag_value, stop_);
            if (!read_name<name_part::tag_value>(stop_ + 1, read.value)) return false;
            if (read.value.empty()) return fail(parse_errc::missing_tag_value, stop_);
            parser_.tags_.push_back(read);
        }
        if (delimiter_ == line_end) return fail(parse_errc::missing_fields, stop_);
        const auto series_key_bytes = static_cast<std::size_t>(stop_ - begin_);
        if (series_key_bytes > parser_.limits_.name_bytes) {
            return fail(parse_errc::too_long, begin_ + parser_.limits_.name_bytes);
        }
        return true;
    }

    bool read_fields() {
        section_ = line_section::fields;
        const char* from = skip_spaces(stop_ + 1, end_);
        cursor_.skip_to(from);
        for (;;) {
            field read;
            if (!read_field_key(from, read.key)) return false;
            bool keep = true;
            if (!read_value(stop_ + 1, read.value, keep)) return false;
            if (parser_.fields_.size() == parser_.limits_.fields) {
                return fail(parse_errc::too_long, from);
            }
            if (keep) parser_.fields_.push_back(read);
            if (delimiter_ != ',') break;
            from = stop_ + 1;
        }
        if (parser_.fields_.empty()) return fail(parse_errc::missing_fields, stop_);
        return true;
    }

    bool read_field_key(const char* from, std::string_view& key) noexcept {
        if (!read_name<name_part::field_key>(from, key)) return false;
        if (key.empty()) {
            const bool none = parser_.fields_.empty() && delimiter_ == line_end;
            return fail(none ? parse_errc::missing_fields : parse_errc::missing_field_key, stop_);
        }
        if (delimiter_ != '=') return fail(parse_errc::missing_field_value, stop_);
        if (key.size() > parser_.limits_.name_bytes) return fail(parse_errc::too_long, from);
        if (is_reserved_field_key(key)) return fail(parse_errc::reserved_field_key, from);
        return true;
    }

    bool read_value(const char* from, field_value& value, bool& keep) noexcept {
        if (from != end_ && *from == '"') return read_string(from, value);
        if (!stop_at(cursor_.next())) return false;
        const auto token = between(from, stop_);
        if (parser_.dialect_ == dialect::proxmox && token == "null") {
            keep = false;
        } else if (const auto why = read_bare_value(token, parser_.dialect_, value)) {
            return fail(*why, from);
        }
        if (delimiter_ == '=' || delimiter_ == '\\') {
            return fail(parse_errc::unescaped_separator, stop_);
        }
        return true;
    }

    bool read_string(const char* quote, field_value& value) noexcept {
        const char* content = quote + 1;
        const char* closing = find_quote_or_backslash(content, end_);
        if (closing != end_ && *closing == '\\') {
            has_escapes_ = true;
            closing = find_closing_quote(closing, end_);
        }
        if (closing == end_) {
            return input_ == input_end::yes && fail(parse_errc::unterminated_string, quote);
        }
        value = {field_kind::string, between(content, closing)};
        if (value.text.size() > parser_.limits_.string_bytes) {
            return fail(parse_errc::too_long, closing + 1);
        }
        return stop_behind_string(closing + 1);
    }

    bool stop_behind_string(const char* at) noexcept {
        if (at != end_ && *at != ',' && *at != ' ' && *at != '\n' && *at != '\r') {
            return fail(parse_errc::text_after_string, at);
        }
        if (!stop_at(at)) return false;
        if (delimiter_ != line_end) cursor_.skip_to(at + 1);
        return true;
    }

    bool read_time() noexcept {
        if (delimiter_ == line_end) return true;
        const char* from = skip_spaces(stop_ + 1, end_);
        const char* to = from;
        while (to != end_ && !is_delimiter(*to))
            ++to;
        if (!stop_at(to)) return false;
        if (from != to) {
            const auto time = read_timestamp(between(from, to), parser_.unit_);
            if (!time) return fail(time.error(), from);
            parser_.point_.time_ns = *time;
        }
        if (delimiter_ == line_end) return true;
        const char* behind = skip_spaces(to, end_);
        if (behind != end_ && *behind != '\n' && *behind != '\r') {
            return fail(parse_errc::text_after_timestamp, behind);
        }
        return stop_at(behind);
    }

    bool finish() {
        if (!has_proper_tags()) return false;
        if (!is_utf8(between(begin_, stop_))) return fail(parse_errc::invalid_utf8, begin_);
        if (has_escapes_) unescape();
        parser_.point_.tags = parser_.tags_;
        parser_.point_.fields = parser_.fields_;
        return true;
    }

    /// Keys are compared as they stand in the line: a name has one spelling only.
    bool has_proper_tags() {
        const auto& tags = parser_.tags_;
        for (const auto& [key, value] : tags) {
            if (is_reserved_tag_key(key)) return fail(parse_errc::reserved_tag_key, key.data());
        }
        constexpr std::size_t few = 8;
        if (tags.size() <= few) {
            for (std::size_t i = 1; i < tags.size(); ++i) {
                for (std::size_t j = 0; j < i; ++j) {
                    if (tags[i].key != tags[j].key) continue;
                    return fail(parse_errc::duplicate_tag, tags[i].key.data());
                }
            }
            return true;
        }
        auto& keys = parser_.sorted_keys_;
        keys.clear();
        for (const auto& [key, value] : tags)
            keys.push_back(key);
        std::ranges::sort(keys, [](auto a, auto b) {
            const int order = a.compare(b);
            return order != 0 ? order < 0 : a.data() < b.data();
        });
        const auto twice = std::ranges::adjacent_find(keys);
        if (twice == keys.end()) return true;
        return fail(parse_errc::duplicate_tag, std::next(twice)->data());
    }

    void unescape() {
        auto& owned = parser_.unescaped_;
        owned.clear();
        owned.reserve(static_cast<std::size_t>(stop_ - begin_));
        const auto replace = [&owned](std::string_view& raw, auto append_unescaped) {
            if (raw.find('\\') == std::string_view::npos) return;
            const auto begin = owned.size();
            append_unescaped(owned, raw);
            raw = std::string_view(owned).substr(begin);
        };
        replace(parser_.point_.measurement, append_unescaped_name);
        for (auto& [key, value] : parser_.tags_) {
            replace(key, append_unescaped_name);
            replace(value, append_unescaped_name);
        }
        for (auto& [key, value] : parser_.fields_) {
            replace(key, append_unescaped_name);
            if (value.kind == field_kind::string) replace(value.text, append_unescaped_string);
        }
    }

    line_parser& parser_;
    const char* begin_;
    const char* end_;
    input_end input_;

    delimiter_cursor cursor_;
    const char* stop_ = nullptr;  // where the last part ended
    char delimiter_ = line_end;   // what stands there
    const char* next_ = nullptr;
    line_section section_ = line_section::tags;
    bool has_escapes_ = false;

    std::optional<parse_errc> fault_;
    const char* fault_at_ = nullptr;
};

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
    if (input == input_end::no && !has_newline(window)) return outcome::need_more;

    reading line(*this, window, input);
    const bool read = line.run();
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
    if (!read) {
        error_ = {.code = *line.fault(),
                  .offset = static_cast<std::uint32_t>(line.fault_at() - window.data()),
                  .line = between(window.data(), next)};
    }
    text.remove_prefix(static_cast<std::size_t>(next - text.data()));
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
