#include "sinks/type_guard.hpp"

#include "protocol/line_writer.hpp"
#include "sinks/answer.hpp"
#include "sinks/field_coercion.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace relay::sinks {

namespace {

using protocol::field_kind;

constexpr std::array<std::pair<std::string_view, stored_type>, 7> type_words{{
    {"float", stored_type::floating},
    {"integer", stored_type::integer},
    {"unsigned", stored_type::unsigned_integer},
    {"uinteger", stored_type::unsigned_integer},  // InfluxDB 3
    {"boolean", stored_type::boolean},
    {"string", stored_type::string},
    {"tag", stored_type::tag},
}};

/// The type whose word `text` begins with.
std::optional<stored_type> read_type(std::string_view text) noexcept {
    for (const auto& [word, type] : type_words) {
        if (text.starts_with(word)) return type;
    }
    return {};
}

constexpr std::optional<field_kind> kind_of(stored_type type) noexcept {
    switch (type) {
        case stored_type::floating:
            return field_kind::number;
        case stored_type::integer:
            return field_kind::integer;
        case stored_type::unsigned_integer:
            return field_kind::unsigned_integer;
        case stored_type::boolean:
            return field_kind::boolean;
        case stored_type::string:
            return field_kind::string;
        case stored_type::tag:
            return {};
    }
    return {};
}

constexpr std::string_view type_of(field_kind kind) noexcept {
    switch (kind) {
        case field_kind::number:
            return "float";
        case field_kind::integer:
            return "integer";
        case field_kind::unsigned_integer:
            return "unsigned";
        case field_kind::boolean:
            return "boolean";
        case field_kind::string:
            return "string";
    }
    return "";
}

/// What stands between two marks, and `text` behind it; nothing where a mark is missing.
std::optional<std::string_view> between(std::string_view& text, std::string_view before,
                                        std::string_view behind) noexcept {
    const auto begin = text.find(before);
    if (begin == std::string_view::npos) return {};
    const auto rest = text.substr(begin + before.size());
    const auto end = rest.find(behind);
    if (end == std::string_view::npos) return {};
    text = rest.substr(end + behind.size());
    return rest.substr(0, end);
}

/// input field "f" on measurement "m" is type float, already exists as type string
void read_conflicts(std::string_view words, std::vector<type_conflict>& out) {
    while (true) {
        const auto field = between(words, "input field \"", "\" on measurement \"");
        if (!field) return;
        const auto measurement = between(words, "", "\" is type ");
        if (!measurement || !between(words, "", "already exists as type ")) return;
        if (const auto type = read_type(words)) {
            out.push_back({std::string(*measurement), std::string(*field), *type});
        }
    }
}

/// The measurement of a line of which InfluxDB 3 shows the beginning, if that is all of its name.
std::string_view measurement_of(std::string_view beginning) noexcept {
    const auto end = beginning.find_first_of(", \\");
    if (end == std::string_view::npos || beginning[end] == '\\') return {};
    return beginning.substr(0, end);
}

/// {"original_line":"m,t=a f=1","line_number":2,"error_message":"invalid column type for column
/// 'f', expected iox::column_type::field::string, got iox::column_type::field::float"}, …
void read_refused_lines(std::string_view body, std::vector<type_conflict>& out) {
    for (auto at = body.find('{', 1); at != std::string_view::npos; at = body.find('{', at + 1)) {
        const auto line = json_string(body.substr(at), "original_line");
        const auto message = json_string(body.substr(at), "error_message");
        if (!line || !message) return;
        std::string_view words = *message;
        const auto field = between(words, "invalid column type for column '", "', expected ");
        if (!field) continue;
        for (const std::string_view path : {"iox::column_type::", "field::"}) {
            if (words.starts_with(path)) words.remove_prefix(path.size());
        }
        const auto type = read_type(words);
        const auto measurement = measurement_of(*line);
        if (type && !measurement.empty()) {
            out.push_back({std::string(measurement), std::string(*field), *type});
        }
    }
}

}  // namespace

std::string_view to_string(stored_type type) noexcept {
    for (const auto& [word, each] : type_words) {
        if (each == type) return word;
    }
    return "";
}

std::vector<type_conflict> type_conflicts(const http_response& answer) {
    std::vector<type_conflict> found;
    if (answer.status != 400 && answer.status != 422) return found;
    for (const auto* key : {"message", "error"}) {
        if (const auto words = json_string(answer.body, key)) read_conflicts(*words, found);
    }
    if (found.empty()) read_refused_lines(answer.body, found);
    return found;
}

type_guard::type_guard(type_guard_mode mode, std::size_t fields_max)
    : mode_(mode),
      fields_max_(fields_max) {}

void type_guard::expect_tag(std::string_view measurement, std::string_view field) {
    everywhere_[std::string(measurement)].push_back(
        {.name = std::string(field), .stored = stored_type::tag, .is_diverted = true});
}

bool type_guard::learn(const std::string& destination, std::string_view database,
                       std::span<const type_conflict> conflicts) {
    if (mode_ == type_guard_mode::off) return false;
    bool any = false;
    for (const auto& one : conflicts)
        any = learn(by_destination_[destination], database, one) || any;
    return any;
}

bool type_guard::learn(known_fields& here, std::string_view database,
                       const type_conflict& conflict) {
    const auto of = here.find(conflict.measurement);
    if (of != here.end()) {
        const auto known = std::ranges::find(of->second, conflict.field, &known_field::name);
        if (known != of->second.end()) {
            // Another shard has it as another type: no coercion suits both. Or nothing helps.
            if (known->is_diverted || known->stored == conflict.stored) return false;
            known->is_diverted = true;
            show(database, conflict, true);
            return true;
        }
    }
    if (fields_ == fields_max_) {
        shown_->beyond_bound.add();
        return false;
    }
    ++fields_;
    const bool diverts = mode_ == type_guard_mode::divert || conflict.stored == stored_type::tag;
    here[conflict.measurement].push_back({conflict.field, conflict.stored, diverts});
    show(database, conflict, diverts);
    return true;
}

void type_guard::show(std::string_view database, const type_conflict& conflict, bool is_diverted) {
    shown_->fields.with([&](std::vector<guarded_fields::one>& all) {
        const auto same = [&](const guarded_fields::one& each) {
            return each.database == database && each.what.measurement == conflict.measurement &&
                   each.what.field == conflict.field;
        };
        std::erase_if(all, same);
        all.push_back({std::string(database), conflict, is_diverted});
    });
}

type_guard::view type_guard::of(const std::string& destination) const {
    const auto here = by_destination_.find(destination);
    return {&everywhere_, here == by_destination_.end() ? nullptr : &here->second, shown_.get()};
}

bool type_guard::view::is_active() const noexcept {
    return here_ != nullptr || !everywhere_->empty();
}

const std::vector<type_guard::known_field>* type_guard::view::list(const known_fields* of,
                                                                   std::string_view measurement) {
    if (of == nullptr) return nullptr;
    const auto found = of->find(measurement);
    return found == of->end() ? nullptr : &found->second;
}

bool type_guard::view::append(const protocol::point& point, std::string& out) const {
    const std::array lists{list(here_, point.measurement), list(everywhere_, point.measurement)};
    const auto find = [&](std::string_view field) -> const known_field* {
        for (const auto* fields : lists) {
            if (fields == nullptr) continue;
            const auto known = std::ranges::find(*fields, field, &known_field::name);
            if (known != fields->end()) return &*known;
        }
        return nullptr;
    };
    const auto is_other = [&](const protocol::field& field) {
        const auto* const known = find(field.key);
        return known != nullptr &&
               (known->is_diverted || kind_of(known->stored) != field.value.kind);
    };
    if (lists[0] == nullptr && lists[1] == nullptr) return false;
    if (std::ranges::none_of(point.fields, is_other)) return false;
    protocol::append_measurement(out, point.measurement);
    for (const auto& [key, value] : point.tags)
        protocol::append_tag(out, key, value);
    for (const auto& field : point.fields)
        append_field(field, find(field.key), &field == point.fields.data(), out);
    if (point.time_ns) protocol::append_time(out, *point.time_ns);
    return true;
}

void type_guard::view::append_field(const protocol::field& field, const known_field* known,
                                    bool is_first, std::string& out) const {
    using protocol::field_position;
    const auto position = is_first ? field_position::first : field_position::later;
    const auto kind = known == nullptr ? field.value.kind : kind_of(known->stored);
    const bool is_diverted = known != nullptr && known->is_diverted;
    if (!is_diverted && kind == field.value.kind) {
        return protocol::append_field(out, field.key, field.value, position);
    }
    const auto same = is_diverted ? std::nullopt : coerced(field.value, *kind);
    if (same) {
        shown_->coerced.add();
        return protocol::append_field(out, field.key, same->value(), position);
    }
    shown_->diverted.add();
    std::string name(field.key);
    name += '_';
    name += type_of(field.value.kind);
    protocol::append_field(out, name, field.value, position);
}

}  // namespace relay::sinks
