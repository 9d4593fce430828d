// Bodies in, points and refusals out, as plain values that a test can compare.
#pragma once

#include "protocol/line_parser.hpp"
#include "protocol/line_writer.hpp"
#include "protocol/number.hpp"
#include "relay/base/check.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace relay::protocol::testing {

struct owned_field {
    std::string key;
    field_kind kind;
    std::string text;
    bool operator==(const owned_field&) const = default;
};

struct owned_point {
    std::string measurement;
    std::vector<std::pair<std::string, std::string>> tags;
    std::vector<owned_field> fields;
    std::optional<std::int64_t> time_ns;
    bool operator==(const owned_point&) const = default;
};

struct refusal {
    parse_errc code;
    std::size_t offset;
    std::string line;
    bool operator==(const refusal&) const = default;
};

/// What a parser made of a body.
struct reading {
    std::vector<owned_point> points;
    std::vector<refusal> refusals;
    bool operator==(const reading&) const = default;
};

inline owned_point own(const point& read) {
    owned_point made{std::string(read.measurement), {}, {}, read.time_ns};
    for (const auto& [key, value] : read.tags)
        made.tags.emplace_back(key, value);
    for (const auto& [key, value] : read.fields) {
        made.fields.push_back({std::string(key), value.kind, std::string(value.text)});
    }
    return made;
}

/// Where the parser gives the field set whole, it is what the writer makes of the fields.
inline void check_canonical_fields(line_parser& parser) {
    if (parser.canonical_fields().empty()) return;
    std::string written;
    for (const auto& [key, value] : parser.point().fields) {
        append_field(written, key, value, field_position::later);
    }
    RELAY_CHECK(std::string_view(written).substr(1) == parser.canonical_fields());
}

/// Reads what can be read of `text` and takes it away.
inline line_parser::outcome read_some(line_parser& parser, std::string_view& text, input_end end,
                                      reading& made) {
    for (;;) {
        const auto outcome = parser.next(text, end);
        if (outcome == line_parser::outcome::point) {
            check_canonical_fields(parser);
            made.points.push_back(own(parser.point()));
        } else if (outcome == line_parser::outcome::failure) {
            const auto& error = parser.error();
            made.refusals.push_back({error.code, error.offset, std::string(error.line)});
        } else {
            return outcome;
        }
    }
}

/// Reads a whole body, in a heap block of exactly its size so that a read beyond it is seen.
inline reading read_body(std::string_view body, line_parser& parser) {
    const auto block = std::make_unique<char[]>(body.size());
    body.copy(block.get(), body.size());
    std::string_view rest(block.get(), body.size());
    reading made;
    read_some(parser, rest, input_end::yes, made);
    return made;
}

inline reading read_body(std::string_view body, dialect which = dialect::common,
                         precision unit = precision::ns, parse_limits limits = {}) {
    line_parser parser(limits);
    parser.set_dialect(which);
    parser.set_precision(unit);
    return read_body(body, parser);
}

/// Reads a body that arrives `chunk_bytes` at a time, keeping what the parser could not read yet.
inline reading read_in_chunks(std::string_view body, std::size_t chunk_bytes, line_parser& parser) {
    reading made;
    std::string kept;
    while (!body.empty()) {
        const auto chunk = body.substr(0, chunk_bytes);
        body.remove_prefix(chunk.size());
        kept += chunk;
        const auto block = std::make_unique<char[]>(kept.size());
        kept.copy(block.get(), kept.size());
        std::string_view rest(block.get(), kept.size());
        read_some(parser, rest, input_end::no, made);
        kept = std::string(rest);
    }
    std::string_view rest = kept;
    read_some(parser, rest, input_end::yes, made);
    return made;
}

/// Runs `use` on a borrowed view of the point.
template <class Use>
auto with_view(const owned_point& made, Use use) {
    std::vector<tag> tags;
    std::vector<field> fields;
    for (const auto& [key, value] : made.tags)
        tags.push_back({key, value});
    for (const auto& [key, kind, text] : made.fields)
        fields.push_back({key, {kind, text}});
    return use(point{made.measurement, tags, fields, made.time_ns});
}

inline bool is_writable(const owned_point& made) {
    return with_view(made, [](const point& view) { return protocol::is_writable(view); });
}

/// The point as the writer spells it.
inline std::string write(const owned_point& made) {
    std::string out;
    with_view(made, [&](const point& view) { append_line(out, view); });
    return out;
}

/// The point that a written one is read as: numbers in their common spelling, each newline in a
/// string two characters.
inline owned_point as_written(owned_point made) {
    for (auto& field : made.fields) {
        std::string text;
        if (field.kind == field_kind::number) {
            append_number(text, field.text);
        } else if (field.kind == field_kind::integer ||
                   field.kind == field_kind::unsigned_integer) {
            append_integer(text, field.text);
        } else {
            for (const char c : field.text) {
                if (c == '\n') text += '\\';
                text += c == '\n' ? 'n' : c;
            }
        }
        field.text = text;
    }
    return made;
}

}  // namespace relay::protocol::testing
