// The naming of prometheus-pve-exporter 3.10: its names, labels and ids, so that its dashboards and
// rules go on unchanged (pve_exporter_names.hpp, docs/naming.md).
//
// An object is its id: node/pve1, qemu/100, lxc/200, storage/pve1/local, cluster/lab. What has
// other labels beside it has a label set of its own: infos, and whether a guest is started at boot.
//
// pve_up, pve_guest_info and pve_node_info come from the relay's own lines while those come, and
// from what Proxmox pushes otherwise: a claim decides, so that there is never one of each.
// Lines of a Backup Server and of others make nothing.
#pragma once

#include "sinks/naming/naming.hpp"
#include "sinks/naming/proxmox_line.hpp"
#include "sinks/naming/series_labels.hpp"
#include "sinks/naming/text_arena.hpp"

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

namespace relay::sinks {

class pve_exporter final : public naming {
public:
    explicit pve_exporter(external_labels constant);

    [[nodiscard]] const named_line& name(const protocol::point& point,
                                         const journal::lane& lane) override;

private:
    /// The line at hand.
    struct reading {
        const protocol::point& point;
        const journal::lane& lane;
        proxmox_line line;
        std::string_view id;
    };

    void begin(const protocol::point& point, const journal::lane& lane);
    [[nodiscard]] std::string_view id_of(const reading& of);
    void add_numbers(const reading& of);
    void add_guest(const reading& of);
    void add_storage(const reading& of);
    void add_node(const reading& of);
    void add_up(const reading& of);
    void add_guest_info(const reading& of);
    void add_node_info(const reading& of);
    void add_cluster_info(const reading& of);
    void add_subscription(const reading& of);
    void add_replication(const reading& of);

    /// A sample of value 1 with labels of its own.
    named_sample& add_info(const reading& of, std::uint32_t field, std::string_view metric,
                           std::initializer_list<protocol::tag> labels);
    void add_states(std::uint32_t field, std::string_view metric, std::string_view label,
                    std::span<const std::string_view> states, std::string_view state);
    /// Makes the sample one that only the line which is heard sends.
    void claim_for(named_sample& sample, std::string_view what, const reading& of);
    /// The text of that field, where the line has it; a number becomes one of the line's words.
    [[nodiscard]] std::string_view word_of(const reading& of, std::string_view field);
    [[nodiscard]] std::string_view joined(std::initializer_list<std::string_view> parts);

    series_labels series_labels_;
    text_arena arena_;
    named_line line_;
    std::vector<protocol::tag> tags_;
};

}  // namespace relay::sinks
