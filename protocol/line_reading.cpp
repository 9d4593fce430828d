#include "protocol/line_reading.hpp"

#include "protocol/escape.hpp"
#include "protocol/number.hpp"
#include "protocol/reserved_key.hpp"
#include "protocol/timestamp.hpp"
#include "protocol/utf8.hpp"

#include <algorithm>

namespace relay::protocol {

namespace {

std::string_view between(const char* begin, const char* end) noexcept {
    return {begin, static_cast<std::size_t>(end - begin)};
}

/// Whether the writer would spell the value as it was read. A string still has its escapes.
bool is_canonical(const field_value& value) noexcept {
    switch (value.kind) {
        case field_kind::number:
            return is_canonical_number(value.text);
        case field_kind::integer:
        case field_kind::unsigned_integer:
            return is_canonical_integer(value.text);
        case field_kind::boolean:
            return true;
        case field_kind::string:
            return std::ranges::none_of(value.text, [](char c) { return c == '\\' || c == '\n'; });
    }
    return false;
}

const char* skip_spaces(const char* at, const char* end) noexcept {
    while (at != end && *at == ' ')
        ++at;
    return at;
}

}  // namespace

bool line_parser::reading::run() {
    parser_.tags_.clear();
    parser_.fields_.clear();
    parser_.point_.time_ns.reset();
    cursor_.seat(begin_, end_);
    return read_measurement() && read_tags() && read_fields() && read_time() && finish();
}

inline bool line_parser::reading::stop_at(const char* at) noexcept {
    stop_ = at;
    if (at == end_) return stop_at_end();
    delimiter_ = *at;
    switch (*at) {
        case ',':
        case '=':
        case ' ':
        case '"':
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

inline bool line_parser::reading::stop_at_end() noexcept {
    delimiter_ = line_end;
    next_ = end_;
    return input_ == input_end::yes;
}

inline bool line_parser::reading::pass_backslash() noexcept {
    has_backslash_ = true;
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

inline bool line_parser::reading::read_name(const char* from, equals_sign meaning,
                                            std::string_view& name) noexcept {
    for (;;) {
        if (!stop_at(cursor_.next())) return false;
        if (delimiter_ == '\\') {
            if (!pass_backslash()) return false;
            continue;
        }
        if (delimiter_ == '"') continue;
        if (delimiter_ == '=' && meaning == equals_sign::data) continue;
        if (delimiter_ == '=' && meaning == equals_sign::mistake) {
            return fail(parse_errc::unescaped_separator, stop_);
        }
        name = between(from, stop_);
        return true;
    }
}

bool line_parser::reading::read_measurement() noexcept {
    auto& name = parser_.point_.measurement;
    if (!read_name(begin_, equals_sign::data, name)) return false;
    if (name.empty()) return fail(parse_errc::missing_measurement, begin_);
    return true;
}

bool line_parser::reading::read_tags() {
    if (delimiter_ == ',') read_plain_tags();
    while (delimiter_ == ',') {
        tag read;
        if (parser_.tags_.size() == parser_.limits_.tags) {
            return fail(parse_errc::too_long, stop_);
        }
        if (!read_name(stop_ + 1, equals_sign::end_of_name, read.key)) return false;
        if (read.key.empty()) return fail(parse_errc::missing_tag_key, stop_);
        if (delimiter_ != '=') return fail(parse_errc::missing_tag_value, stop_);
        if (!read_name(stop_ + 1, equals_sign::mistake, read.value)) return false;
        if (read.value.empty()) return fail(parse_errc::missing_tag_value, stop_);
        parser_.tags_.push_back(read);
    }
    if (delimiter_ == line_end) return fail(parse_errc::missing_fields, stop_);
    parser_.series_key_ = between(begin_, stop_);
    // InfluxDB joins the series key and a field key with four bytes (tsm1.SeriesFieldKeyBytes).
    const auto taken = static_cast<std::size_t>(stop_ - begin_) + 4;
    key_bytes_max_ = parser_.limits_.name_bytes - std::min(taken, parser_.limits_.name_bytes);
    return true;
}

/// The fast path: tags without backslash and quote. Stops behind the last of them (delimiter_ is
/// then a space), or at the comma before the first tag that is more than that.
void line_parser::reading::read_plain_tags() {
    auto& tags = parser_.tags_;
    auto cursor = cursor_;
    for (auto left = parser_.limits_.tags; left > 0; --left) {
        const char* const from = stop_ + 1;
        const char* const equals = cursor.next();
        const char* const stop = cursor.next();
        if (stop == end_ || *equals != '=' || (*stop != ',' && *stop != ' ')) return;
        if (equals == from || stop == equals + 1) return;
        tags.push_back({between(from, equals), between(equals + 1, stop)});
        cursor_ = cursor;
        stop_ = stop;
        delimiter_ = *stop;
        if (delimiter_ == ' ') return;
    }
}

bool line_parser::reading::read_fields() {
    section_ = line_section::fields;
    has_backslash_ = false;
    const char* from = skip_spaces(stop_ + 1, end_);
    const char* const first = from;
    cursor_.skip_to(from);
    do {
        from = read_plain_fields(from);
        if (delimiter_ != ',') break;
        if (!read_field(from)) return false;
        from = stop_ + 1;
    } while (delimiter_ == ',');
    if (parser_.fields_.empty()) return fail(parse_errc::missing_fields, stop_);
    const bool canonical = has_canonical_fields_ && !has_backslash_;
    parser_.canonical_fields_ = canonical ? between(first, stop_) : std::string_view{};
    return true;
}

/// The fast path: fields with keys without backslash whose values are plain decimals. Stops behind
/// the last of them (delimiter_ is then a space), or before the first field that is more than that,
/// with the walk and delimiter_ as if a comma stood before it. @returns where that field begins.
const char* line_parser::reading::read_plain_fields(const char* from) {
    auto& fields = parser_.fields_;
    // Locals stay in registers, members do not: each field that is stored may be one, for all the
    // compiler knows.
    auto cursor = cursor_;
    const char* const end = end_;
    const auto key_bytes_max = key_bytes_max_;
    delimiter_ = ',';
    for (auto left = parser_.limits_.fields - fields.size();; --left) {
        const auto before = cursor;
        const char* const equals = cursor.next();
        const char* const stop = cursor.next();
        if (stop != end && *equals == '=' && (*stop == ',' || *stop == ' ') && left > 0) {
            const auto key = between(from, equals);
            const auto number = between(equals + 1, stop);
            if (!key.empty() && key.size() <= key_bytes_max && !is_reserved_field_key(key) &&
                is_plain_decimal(number, end)) {
                fields.push_back({key, {field_kind::number, number}});
                from = stop + 1;
                if (*stop == ',') continue;
                cursor_ = cursor;
                stop_ = stop;
                delimiter_ = ' ';
                return from;
            }
        }
        cursor_ = before;
        return from;
    }
}

bool line_parser::reading::read_field(const char* from) {
    field read;
    bool keep = true;
    if (!read_field_key(from, read.key)) return false;
    if (!read_value(stop_ + 1, read.value, keep)) return false;
    if (parser_.fields_.size() == parser_.limits_.fields) return fail(parse_errc::too_long, from);
    if (keep) parser_.fields_.push_back(read);
    has_canonical_fields_ = has_canonical_fields_ && keep && is_canonical(read.value);
    return true;
}

bool line_parser::reading::read_field_key(const char* from, std::string_view& key) noexcept {
    if (!read_name(from, equals_sign::end_of_name, key)) return false;
    if (key.empty()) {
        const bool none = parser_.fields_.empty() && delimiter_ == line_end;
        return fail(none ? parse_errc::missing_fields : parse_errc::missing_field_key, stop_);
    }
    if (delimiter_ != '=') return fail(parse_errc::missing_field_value, stop_);
    if (key.size() > key_bytes_max_) return fail(parse_errc::too_long, from);
    if (is_reserved_field_key(key)) return fail(parse_errc::reserved_field_key, from);
    if (parser_.dialect_ == dialect::proxmox && key.find('"') != std::string_view::npos) {
        return fail(parse_errc::invalid_character, from);
    }
    return true;
}

bool line_parser::reading::read_value(const char* from, field_value& value, bool& keep) noexcept {
    if (from != end_ && *from == '"') return read_string(from, value);
    if (!stop_at(cursor_.next())) return false;
    const auto token = between(from, stop_);
    if (parser_.dialect_ == dialect::proxmox && token == "null") {
        keep = false;
    } else if (const auto why = read_bare_value(token, parser_.dialect_, value)) {
        return fail(*why, from);
    }
    if (delimiter_ == '=') return fail(parse_errc::unescaped_separator, stop_);
    if (delimiter_ == '\\' || delimiter_ == '"') return fail(parse_errc::invalid_character, stop_);
    return true;
}

bool line_parser::reading::read_string(const char* quote, field_value& value) noexcept {
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

bool line_parser::reading::stop_behind_string(const char* at) noexcept {
    if (at != end_ && *at != ',' && *at != ' ' && *at != '\n' && *at != '\r') {
        return fail(parse_errc::text_after_string, at);
    }
    if (!stop_at(at)) return false;
    if (delimiter_ != line_end) cursor_.skip_to(at + 1);
    return true;
}

bool line_parser::reading::read_time() noexcept {
    if (delimiter_ == line_end) return true;
    const char* from = skip_spaces(stop_ + 1, end_);
    cursor_.skip_to(from);
    const char* to = cursor_.next();
    if (!stop_at(to)) return false;
    if (from != to) {
        if (!read_time_of(between(from, to))) return false;
    }
    if (delimiter_ == line_end) return true;
    const char* behind = skip_spaces(to, end_);
    if (behind != end_ && *behind != '\n' && *behind != '\r') {
        return fail(parse_errc::text_after_timestamp, behind);
    }
    return stop_at(behind);
}

bool line_parser::reading::read_time_of(std::string_view text) noexcept {
    auto& last = parser_.last_time_;
    if (text != std::string_view(last.text.data(), last.bytes)) {
        const auto time = read_timestamp(text, parser_.unit_);
        if (!time) return fail(time.error(), text.data());
        parser_.point_.time_ns = *time;
        if (text.size() > last.text.size()) return true;
        std::ranges::copy(text, last.text.begin());
        last.bytes = text.size();
        last.time_ns = *time;
    }
    parser_.point_.time_ns = last.time_ns;
    return true;
}

bool line_parser::reading::finish() {
    if (!has_proper_tags()) return false;
    if (!is_utf8(between(begin_, stop_))) return fail(parse_errc::invalid_utf8, begin_);
    if (has_escapes_) unescape();
    parser_.point_.tags = parser_.tags_;
    parser_.point_.fields = parser_.fields_;
    return true;
}

bool line_parser::reading::has_proper_tags() {
    const auto& tags = parser_.tags_;
    for (const auto& [key, value] : tags) {
        if (is_reserved_tag_key(key)) return fail(parse_errc::reserved_tag_key, key.data());
    }
    constexpr std::size_t few = 8;
    if (tags.size() <= few) {
        for (std::size_t i = 1; i < tags.size(); ++i) {
            for (std::size_t j = 0; j < i; ++j) {
                // Mostly told without a call of memcmp.
                if (tags[i].key.front() != tags[j].key.front()) continue;
                if (tags[i].key != tags[j].key) continue;
                return fail(parse_errc::duplicate_tag, tags[i].key.data());
            }
        }
        return true;
    }
    return has_distinct_keys_among_many();
}

bool line_parser::reading::has_distinct_keys_among_many() {
    const auto& tags = parser_.tags_;
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

void line_parser::reading::unescape() {
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

}  // namespace relay::protocol
