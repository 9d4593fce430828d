#include "relay/ingest/line_shape.hpp"

#include "protocol/delimiters.hpp"
#include "protocol/equal_texts.hpp"

#include <algorithm>

namespace relay::ingest {
namespace {

using protocol::field_kind;

// Proxmox has shapes of 40 fields. One that is far beyond that is a matter for the parser.
constexpr std::size_t values_max = 128;

/// What stands between a series key and a field key in InfluxDB: see line_reading.cpp.
constexpr std::size_t key_separator_bytes = 4;

bool begins_at(std::string_view text, const char* at) noexcept {
    return text.data() == at;
}

/// Whether line, series key and field set are one text with a space between and behind them, with
/// nothing in it that can be spelt in several ways.
bool is_plain(std::string_view text, std::string_view series_key, std::string_view fields) {
    return begins_at(series_key, text.data()) && !fields.empty() &&
           begins_at(fields, series_key.data() + series_key.size() + 1) &&
           fields.size() + series_key.size() + 2 < text.size() &&
           fields.data()[fields.size()] == ' ' &&
           series_key.find_first_of("\\\"") == std::string_view::npos;
}

bool has_value_of_a_part(const protocol::field& one) noexcept {
    return one.value.kind == field_kind::string ||
           (one.value.kind == field_kind::number &&
            protocol::plain_decimal_bytes(one.value.text) == one.value.text.size());
}

}  // namespace

void line_shape::end_part(value behind, std::size_t key_bytes) {
    const auto begin = parts_.empty() ? 0 : parts_.back().begin + parts_.back().size;
    parts_.push_back({.begin = begin,
                      .size = static_cast<std::uint32_t>(texts_.size()) - begin,
                      .key_bytes = static_cast<std::uint32_t>(key_bytes),
                      .behind = behind});
}

std::optional<line_shape> line_shape::of(std::string_view text, protocol::line_parser& parser,
                                         const protocol::parse_limits& limits) {
    const auto& point = parser.point();
    const auto& fields = point.fields;
    if (!is_plain(text, parser.series_key(), parser.canonical_fields()) || point.tags.empty() ||
        point.tags.size() + fields.size() > values_max ||
        !std::ranges::all_of(fields, has_value_of_a_part)) {
        return std::nullopt;
    }
    line_shape made(limits);
    made.measurement_bytes_ = point.measurement.size();
    made.texts_.append(point.measurement);
    for (const auto& [key, name] : point.tags) {
        made.texts_.append(",").append(key).append("=");
        made.end_part(value::tag, key.size());
        ++made.tags_;
    }
    const char* separator = " ";
    for (const auto& [key, said] : fields) {
        const bool is_string = said.kind == field_kind::string;
        made.texts_.append(separator).append(key).append(is_string ? "=\"" : "=");
        made.end_part(is_string ? value::string : value::number, key.size());
        made.field_key_bytes_max_ = std::max(made.field_key_bytes_max_, key.size());
        separator = is_string ? "\"," : ",";
    }
    made.texts_.append(fields.back().value.kind == field_kind::string ? "\" " : " ");
    made.end_part(value::time, 0);
    made.texts_.append(protocol::equal_texts_step, '\0');
    return made;
}

const char* line_shape::read(const char* at, const char* end,
                             std::span<std::string_view> values) const noexcept {
    const char* const begin = at;
    auto* to = values.data();
    for (const auto& one : parts_) {
        if (static_cast<std::size_t>(end - at) < protocol::equal_texts_window(one.size)) {
            return nullptr;
        }
        if (!protocol::are_equal_texts(at, texts_.data() + one.begin, one.size)) return nullptr;
        at += one.size;
        const std::string_view rest(at, static_cast<std::size_t>(end - at));
        std::size_t size = 0;
        switch (one.behind) {
            case value::number:
                size = protocol::plain_decimal_bytes(rest);
                if (size == 0) return nullptr;
                break;
            case value::tag:
                size = protocol::plain_name_bytes(rest);
                if (size == 0) return nullptr;
                break;
            case value::string:
                size = protocol::plain_string_bytes(rest);
                if (size > limits_.string_bytes) return nullptr;
                break;
            case value::time: {
                const auto& last_tag = values[tags_ - 1];
                const auto key_bytes =
                    static_cast<std::size_t>(last_tag.data() + last_tag.size() - begin);
                const bool fits =
                    key_bytes + key_separator_bytes + field_key_bytes_max_ <= limits_.name_bytes;
                return fits ? at : nullptr;
            }
        }
        *to++ = rest.substr(0, size);
        at += size;
    }
    return nullptr;
}

}  // namespace relay::ingest
