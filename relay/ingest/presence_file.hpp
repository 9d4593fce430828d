// What presence keeps from one process to the next, as lines of line protocol: they have a parser,
// tests and a fuzz target already, and `cat` shows what was kept. Pure.
//
//     # pverelay presence 1
//     cluster,name=lab bucket="proxmox"
//     object,object=nodes,host=pve1 absent=0,api=1,interval_ms=10000 1755785270000000000
//     object,object=qemu,vmid=100,nodename=pve1,host=web01 absent=0,running=1,api=1
//     1755785270000000000 # end 3
//
// An object belongs to the cluster before it; nodes stand before what is on them. The time is when
// it was last heard of.
#pragma once

#include "relay/base/expected.hpp"
#include "relay/ingest/cluster_presence.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace relay::ingest {

class presence_writer {
public:
    presence_writer();
    void begin_cluster(std::string_view name, std::string_view bucket);
    void add(const remembered_object& one);
    [[nodiscard]] std::string finish() &&;

private:
    std::string text_;
    std::size_t lines_ = 0;
};

/// @returns why the text is not believed; nothing was called then. A line that says nothing to us
/// is passed over.
[[nodiscard]] expected<void, std::string> read_presence(
    std::string_view text,
    const std::function<void(const std::string& cluster, std::string_view bucket)>& begin_cluster,
    const std::function<void(const remembered_object&)>& add);

}  // namespace relay::ingest
