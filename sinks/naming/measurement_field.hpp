// The naming that vmagent, VictoriaMetrics and Telegraf share: metric `<measurement>_<field>`,
// labels = tags. What they disagree on is decided so:
//
//   number, integer     <measurement>_<field> with its value
//   boolean             the same, 1 or 0
//   string              never 0, which would be a lie:
//     a state of Proxmox  <measurement>_<field>{…,state="running"} 1, and 0 for every other state
//                         known of that field (state_fields.hpp); a state not known is one more
//     any other           <measurement>_<field>_info{…,<field>="<value>"} 1
//   ""                  nothing
//   a relay_event       nothing: it is a note for people, and each would be a series
//
// The field `value` is no exception. Where the line already has a label of the name that a string
// needs (`state`, `<field>`), it is called `field_<name>`. `content` of a storage is a list in
// random order: its items are sorted, or each order would be a series of its own.
#pragma once

#include "sinks/naming/naming.hpp"
#include "sinks/naming/series_labels.hpp"
#include "sinks/naming/text_arena.hpp"

#include <cstddef>
#include <string_view>
#include <vector>

namespace relay::sinks {

class measurement_field final : public naming {
public:
    explicit measurement_field(external_labels constant);

    [[nodiscard]] const named_line& name(const protocol::point& point,
                                         const journal::lane& lane) override;

private:
    void begin(const protocol::point& point);
    void add_text(std::uint32_t index, std::string_view measurement, const protocol::field& field);
    void add_states(std::uint32_t index, std::string_view metric, std::string_view state,
                    std::span<const std::string_view> known);
    [[nodiscard]] std::string_view metric_of(std::string_view field, std::string_view end);
    [[nodiscard]] std::string_view sorted_list(std::string_view items);

    series_labels series_labels_;
    text_arena arena_;
    named_line line_;
    std::string_view prefix_;  // the measurement, sanitised, and an underscore; in arena_
    std::vector<std::string_view> items_;
};

}  // namespace relay::sinks
