// What an answer of the Proxmox API says, as values: the body of a 2xx to a pure value, or the
// reason why there is none. A garbled item of a list costs itself and is counted; a garbled body
// costs nothing else. Nothing is remembered and nothing is decided here: what is believed and how
// answers fit together is knowledge's business.
//
// What an answer does not say is absent (empty text, empty optional), never zero. Lists are
// bounded: what is beyond the bound is counted as lost.
#pragma once

#include "relay/base/expected.hpp"
#include "relay/topology/snapshot.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace relay::topology {

/// A cluster of 32 nodes with 2,000 guests and 30 storages has 3,000 resources.
inline constexpr std::size_t reply_items_max = 50'000;

template <class T>
using reply = expected<T, std::string>;

/// A list, and how many of its items could not be used.
template <class T>
struct reply_list {
    std::vector<T> items{};
    std::size_t items_lost = 0;
};

/// /cluster/resources. Of each only what that call says: see snapshot.hpp for the members.
struct resources {
    std::vector<guest> guests{};
    std::vector<node> nodes{};
    std::vector<storage> storages{};
    std::vector<pool> pools{};
    std::size_t items_lost = 0;
};
[[nodiscard]] reply<resources> read_resources(std::string_view body);

/// /cluster/status.
struct cluster_status {
    std::string name{};                // empty: a node that stands alone
    std::optional<bool> is_quorate{};  // a node that stands alone always is
    std::vector<node> nodes{};         // name, number, address, status, level
    std::size_t items_lost = 0;
};
[[nodiscard]] reply<cluster_status> read_cluster_status(std::string_view body);

/// /nodes: name, status, level, fingerprint.
[[nodiscard]] reply<reply_list<node>> read_nodes(std::string_view body);

/// /version: "9.2.11".
[[nodiscard]] reply<std::string> read_version(std::string_view body);

/// /access/permissions.
struct permissions {
    bool none_at_all = false;
    bool some_guests = false;               // VM.Audit somewhere
    std::vector<std::string> everywhere{};  // what is granted on "/" itself, sorted
};
[[nodiscard]] reply<permissions> read_permissions(std::string_view body);

}  // namespace relay::topology
