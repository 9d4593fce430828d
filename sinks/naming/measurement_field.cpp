#include "sinks/naming/measurement_field.hpp"

#include "relay/schema/table.hpp"
#include "sinks/naming/free_label.hpp"
#include "sinks/naming/sanitise.hpp"
#include "sinks/naming/state_fields.hpp"

#include <algorithm>
#include <utility>

namespace relay::sinks {

namespace {

constexpr std::string_view info_end = "_info";
constexpr std::string_view state_label = "state";

}  // namespace

measurement_field::measurement_field(external_labels constant)
    : series_labels_(std::move(constant)) {}

const named_line& measurement_field::name(const protocol::point& point, const journal::lane& lane) {
    begin(point);
    if (point.measurement == schema::event_measurement) return line_;
    line_.duplicate_labels = series_labels_.assemble(point.tags, lane, arena_, line_.labels);
    for (std::uint32_t i = 0; i < point.fields.size(); ++i) {
        const auto& field = point.fields[i];
        if (field.value.kind == protocol::field_kind::string) {
            add_text(i, point.measurement, field);
        } else {
            line_.samples.push_back({i, metric_of(field.key, {}), {}});
        }
    }
    return line_;
}

void measurement_field::begin(const protocol::point& point) {
    const auto prefix_bytes = point.measurement.size() + 2;
    std::size_t bytes = series_labels::arena_bytes(point.tags) + prefix_bytes;
    const auto label_bytes = free_label_bytes(series_labels_.count_max(point.tags));
    for (const auto& field : point.fields) {
        bytes += prefix_bytes + field.key.size() + info_end.size();
        if (field.value.kind != protocol::field_kind::string) continue;
        bytes += std::max(field.key.size(), state_label.size()) + field.value.text.size();
        bytes += label_bytes;
    }
    arena_.begin(bytes);
    line_.labels.clear();
    line_.samples.clear();
    line_.duplicate_labels = 0;
    prefix_ = sanitised_metric(point.measurement, arena_);
    arena_.append("_");
    prefix_ = {prefix_.data(), prefix_.size() + 1};
}

std::string_view measurement_field::metric_of(std::string_view field, std::string_view end) {
    const auto begin = arena_.size();
    arena_.append(prefix_);
    sanitise_metric_part(field, arena_);
    arena_.append(end);
    return arena_.since(begin);
}

void measurement_field::add_text(std::uint32_t index, std::string_view measurement,
                                 const protocol::field& field) {
    if (field.value.text.empty()) return;
    const auto known = known_states(measurement, field.key);
    if (!known.empty()) {
        add_states(index, metric_of(field.key, {}), field.value.text, known);
        return;
    }
    const bool is_list = measurement == "system" && field.key == "content";
    const auto value = is_list ? sorted_list(field.value.text) : field.value.text;
    line_.samples.push_back({index,
                             metric_of(field.key, info_end),
                             {free_label(field.key, line_.labels, arena_), value},
                             1});
}

void measurement_field::add_states(std::uint32_t index, std::string_view metric,
                                   std::string_view state,
                                   std::span<const std::string_view> known) {
    const auto name = free_label(state_label, line_.labels, arena_);
    for (const auto& other : known) {
        line_.samples.push_back({index, metric, {name, other}, other == state ? 1.0 : 0.0});
    }
    if (std::ranges::find(known, state) == known.end()) {
        line_.samples.push_back({index, metric, {name, state}, 1});
    }
}

std::string_view measurement_field::sorted_list(std::string_view items) {
    items_.clear();
    for (std::size_t begin = 0; begin <= items.size();) {
        const auto end = std::min(items.find(',', begin), items.size());
        items_.push_back(items.substr(begin, end - begin));
        begin = end + 1;
    }
    std::ranges::sort(items_);
    const auto begin = arena_.size();
    for (const auto& item : items_) {
        if (&item != &items_.front()) arena_.append(",");
        arena_.append(item);
    }
    return arena_.since(begin);
}

}  // namespace relay::sinks
