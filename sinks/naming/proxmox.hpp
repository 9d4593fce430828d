// The naming that says what Proxmox means: proxmox_ve_guest_cpu_usage_ratio{vmid="100"}, in base
// units, by the schema's table (proxmox_names.hpp, docs/naming.md).
//
//   number   its metric, in its base unit
//   state    a state set, as measurement_field makes it
//   text     labels of one info series of the line: proxmox_ve_guest_info{…,tags="db"} 1
//   a field that the table does not know
//            proxmox_ve_<object>_<measurement>_<field>
//   a line of somebody else
//            as measurement_field names it, or nothing
//
// Labels are cluster, node, vmid, type, name, storage, device and datastore where they mean
// something, and whatever tags the operator added. A shared storage has no node: one node speaks of
// it. The network interface of a node that is a container's (veth200i0) is given to it, directions
// swapped, for nothing else measures its cards one by one; other virtual ones are left out.
#pragma once

#include "sinks/naming/measurement_field.hpp"
#include "sinks/naming/naming.hpp"
#include "sinks/naming/proxmox_line.hpp"
#include "sinks/naming/series_labels.hpp"
#include "sinks/naming/text_arena.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace relay::sinks {

struct proxmox_naming_options {
    bool unused_fields = false;  // those that say nothing
    bool virtual_nics = false;   // a node's bridges, taps and the like
    bool foreign_lines = true;   // false where another naming of the sink names them as well
    bool operator==(const proxmox_naming_options&) const = default;
};

class proxmox_naming final : public naming {
public:
    proxmox_naming(const external_labels& constant, proxmox_naming_options options);

    [[nodiscard]] const named_line& name(const protocol::point& point,
                                         const journal::lane& lane) override;

private:
    /// One info series of the line, its labels beside those of the line.
    struct info {
        std::string_view metric;
        std::uint32_t field;  // the first one that stands in it
        std::vector<protocol::tag> labels;
    };

    void begin(const protocol::point& point);
    void add_labels(const protocol::point& point, const proxmox_line& line);
    void add_tag(std::string_view label, std::string_view value);
    void add_storage(const protocol::point& point, const proxmox_line& line);
    void add_field(std::uint32_t index, const protocol::field& field, const proxmox_line& line);
    void add_number(std::uint32_t index, std::string_view metric, const schema::field_row& row);
    void add_states(std::uint32_t index, std::string_view metric, const schema::field_row& row,
                    std::string_view state);
    void add_word(std::uint32_t index, std::string_view metric, const schema::field_row& row,
                  std::string_view value);
    void add_unknown(std::uint32_t index, const protocol::field& field, const proxmox_line& line);
    void add_infos(const journal::lane& lane, const proxmox_line& line);
    void add_card(const protocol::point& point, const guest_card& card);
    [[nodiscard]] std::string_view metric_of(const schema::line_rows& lines,
                                             const schema::field_row& row);
    [[nodiscard]] std::string_view joined(std::string_view start, std::string_view end);
    [[nodiscard]] bool is_left_out(const protocol::point& point, const proxmox_line& line) const;

    const proxmox_naming_options options_;
    measurement_field foreign_;
    const named_line nothing_;
    series_labels series_labels_;
    text_arena arena_;
    named_line line_;
    std::vector<protocol::tag> tags_;  // what the labels are made of
    std::vector<info> infos_;
};

}  // namespace relay::sinks
