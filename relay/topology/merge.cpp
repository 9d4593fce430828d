#include "relay/topology/merge.hpp"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

namespace relay::topology {
namespace {

/// Sorts by `key`, and keeps one of each.
template <class T, class Key>
void sort_unique(std::vector<T>& items, Key key) {
    std::ranges::stable_sort(items, {}, key);
    const auto same = [key](const T& one, const T& other) { return key(one) == key(other); };
    items.erase(std::unique(items.begin(), items.end(), same), items.end());
}

/// Calls `inherit(new, old)` for each of `said` that `known` has too, then lets `said` be what is
/// known, beside the others where it is not all. Both are in the order of `key`.
template <class T, class Key, class Inherit>
void replace(std::vector<T>& known, std::vector<T> said, completeness is, Key key,
             Inherit inherit) {
    sort_unique(said, key);
    std::vector<T> others;
    auto next = said.begin();
    for (auto& old : known) {
        while (next != said.end() && key(*next) < key(old))
            ++next;
        if (next != said.end() && key(*next) == key(old)) {
            inherit(*next, old);
        } else if (is == completeness::some_lost) {
            others.push_back(std::move(old));
        }
    }
    std::ranges::move(others, std::back_inserter(said));
    std::ranges::sort(said, {}, key);
    known = std::move(said);
}

void inherit_guest(guest& now, guest& old) {
    if (now.id != old.id) return;  // its number went to another kind of guest
    // A node that is down says nothing about its guests' properties: they are as they were.
    if (now.name.empty()) {
        now.name = std::move(old.name);
        now.is_template = old.is_template;
    }
    if (!now.cpus) now.cpus = old.cpus;
    if (!now.memory_bytes) now.memory_bytes = old.memory_bytes;
    if (!now.disk_bytes) now.disk_bytes = old.disk_bytes;
    now.is_in_backup_job = old.is_in_backup_job;
    now.config = std::move(old.config);
    if (now.status != "stopped") now.addresses = std::move(old.addresses);
    now.backup = std::move(old.backup);
}

void inherit_node(node& now, node& old) {
    now.level = now.level.empty() ? std::move(old.level) : std::move(now.level);
    old.name = std::move(now.name);
    old.status = std::move(now.status);
    old.ha_state = std::move(now.ha_state);
    old.level = std::move(now.level);
    now = std::move(old);
}

}  // namespace

void merge_guests(std::vector<guest>& known, std::vector<guest> said, completeness is) {
    replace(
        known, std::move(said), is, [](const guest& one) { return one.id.vmid; }, inherit_guest);
}

void merge_nodes(std::vector<node>& known, std::vector<node> said, completeness is) {
    replace(
        known, std::move(said), is, [](const node& one) -> const auto& { return one.name; },
        inherit_node);
}

void merge_storages(std::vector<storage>& known, std::vector<storage> said, completeness is) {
    replace(
        known, std::move(said), is, [](const storage& one) { return std::tie(one.node, one.name); },
        [](storage& now, const storage& old) {
            // Asked because it fell silent: the answer is old once it is available again.
            if (now.status != "available") now.is_active = old.is_active;
        });
}

void merge_pools(std::vector<pool>& known, std::vector<pool> said, completeness is) {
    replace(
        known, std::move(said), is, [](const pool& one) -> const auto& { return one.name; },
        [](pool& now, pool& old) {
            if (now.comment.empty()) now.comment = std::move(old.comment);
        });
}

}  // namespace relay::topology
