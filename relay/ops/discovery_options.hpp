// [sd]: which guests Prometheus is told of. Values.
#pragma once

#include "relay/base/cidr.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace relay::ops {

/// Labels that a target may carry itself, beside the `__meta_pve_*` that end with relabelling.
/// Each of them makes a new target of a guest whenever it changes.
enum class sd_label : std::uint8_t {
    vm_id,
    vm_name,
    node,
    vcpus,
    memory_gb,
    disk_type,
    tags,
    pool,
    cluster,
};

struct sd_options {
    /// An address outside of these is never a target: a guest says itself which it has, and must
    /// not send the scraper anywhere else. Empty: there is no discovery. The first network that
    /// holds an address of a guest decides which one is taken.
    std::vector<std::string> networks{};
    std::uint16_t port = 9100;  // node_exporter's; `?port=` says otherwise
    std::vector<sd_label> labels{};
    bool operator==(const sd_options&) const = default;
};

}  // namespace relay::ops
