// A board with what the API says of a few guests, and intakes that look there.
#pragma once

#include "relay/topology/snapshot.hpp"
#include "tests/unit/ingest/intake_fixture.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace relay::ingest {

inline topology::guest guest_of(std::uint32_t vmid, std::string pool,
                                std::vector<std::string> tags = {}) {
    topology::guest made;
    made.id = {.kind = topology::guest_kind::qemu, .vmid = vmid};
    made.pool = std::move(pool);
    made.tags = std::move(tags);
    return made;
}

/// @param guests ascending by vmid
inline topology::snapshot_ptr snapshot_of(std::string cluster,
                                          std::vector<topology::guest> guests) {
    auto made = std::make_shared<topology::snapshot>();
    made->cluster = std::move(cluster);
    made->guests = std::move(guests);
    return made;
}

/// A line of a virtual machine.
inline std::string line_of(std::uint32_t vmid, std::string_view fields = "cpu=1") {
    const auto id = std::to_string(vmid);
    return "system,object=qemu,vmid=" + id + ",nodename=pve1,host=vm" + id + " " +
           std::string(fields) + " 1755785270000000000\n";
}

class guests_test : public intake_test {
protected:
    void look_at_board(const ingest_options& options) {
        intake_ = std::make_unique<intake>(options, journal_, counters_, log_, refusal_outlet{},
                                           shared_knowledge{.board = &board_, .homes = nullptr});
    }

    topology::snapshot_board board_;
};

}  // namespace relay::ingest
