// What the lines of one cluster's guests get, guest by guest: written out when a guest's first line
// comes, and again when its first line after a newer snapshot comes. So a snapshot of thousands of
// guests never keeps a push waiting, and a line costs a look-up.
//
// Owned by an intake, used by its thread. Bounded by the cluster's guests and `unknown_max`.
#pragma once

#include "relay/ingest/constant_tags.hpp"
#include "relay/ingest/guest_rules.hpp"
#include "relay/topology/snapshot.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace relay::ingest {

struct guest_entry {
    constant_tags tags;
    const tenant_rule* tenant = nullptr;
    std::uint64_t written_for = 0;  // the snapshot that it was written for
};

class guest_book {
public:
    /// What is shared by the books of an intake; outlives them.
    struct rules {
        rules(std::vector<std::pair<std::string, std::string>> constant,
              std::vector<guest_property> enrich, std::vector<tenant_rule> tenants);

        std::vector<std::pair<std::string, std::string>> constant;  // [tags]
        std::vector<guest_property> enrich;
        std::vector<tenant_rule> tenants;
        tag_keys keys;  // of all those tags and `cluster`
    };

    /// @param board outlives the book; null where no API is asked
    guest_book(const rules& by, std::string cluster, const topology::snapshot_board* board);

    [[nodiscard]] bool has_tenants() const noexcept { return !by_.tenants.empty(); }

    /// Takes up a newer snapshot, where there is one.
    void refresh();

    /// One that is not known gets no tags beyond the lane's, and a tenant by its number alone.
    /// Holds until the next call.
    [[nodiscard]] const guest_entry& find(std::uint32_t vmid);

private:
    void write(guest_entry& entry, std::uint32_t vmid) const;
    [[nodiscard]] std::string text_of(std::string_view key, const topology::guest* guest) const;

    // Guests too new for the snapshot; and forged numbers, which must not fill the memory.
    static constexpr std::size_t unknown_max = 4096;

    const rules& by_;
    const std::string cluster_;
    const topology::snapshot_board* const board_;
    topology::snapshot_ptr snapshot_;  // null: nothing is known yet
    std::uint64_t seen_ = 0;           // the board's version at the last look
    std::uint64_t taken_ = 1;          // grows with each snapshot that is another one
    boost::unordered_flat_map<std::uint32_t, guest_entry> entries_;
};

}  // namespace relay::ingest
