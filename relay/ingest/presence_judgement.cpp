// What time and the API say: silence, transactions that were empty, what is confirmed, what is
// forgotten.
#include "relay/ingest/cluster_presence.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace relay::ingest {
namespace {

using namespace std::chrono_literals;
using schema::object;

// Behind the last datagram of a transaction; the next one begins after ten seconds.
constexpr auto pause_after_transaction = 5s;

// Who looks once a second and has not looked for so long was stopped, with the whole machine
// maybe: what was sent meanwhile may never have reached us.
constexpr auto inattention_max = 10s;

// A node's state of so long ago says nothing against lines that arrive now: four turns of the poll.
constexpr auto api_memory = 120s;

constexpr std::array guest_and_storage{object::qemu, object::lxc, object::storage};

}  // namespace

void cluster_presence::look(moment now, const topology::snapshot_ptr& known) {
    if (now.steady - looked_ > inattention_max) watching_since_ = now.steady;
    looked_ = now.steady;
    const bool is_new = known != known_;
    known_ = known;
    count_silence(now);
    if (is_new && known_ != nullptr) confirm(now);
}

void cluster_presence::count_silence(moment now) {
    for (auto& node : nodes_) {
        auto& [key, state] = node;
        for (std::size_t i = 0; i < guest_and_storage.size(); ++i) {
            auto& of = state.streams[i + 1];
            const bool paused = now.steady - of.heard > pause_after_transaction;
            if (of.is_open && paused) {
                close(std::get<std::string>(key), of, guest_and_storage[i], now);
            }
        }
        if (state.is_silent) continue;
        const auto since = std::max(state.heard.steady, watching_since_);
        if (now.steady - since >= patience_with(state)) {
            fall_silent(node, now);
        } else {
            count_empty_transactions(node, now);
        }
    }
}

std::chrono::nanoseconds cluster_presence::patience_with(const node_state& node) const {
    return std::max<std::chrono::nanoseconds>(options_->node_silent_min, 3 * node.interval);
}

/// With all that it has: that is up no more, and its series end with it.
void cluster_presence::fall_silent(node_map::value_type& node, moment now) {
    auto& [key, state] = node;
    state.is_silent = true;
    ++version_;
    const auto& name = std::get<std::string>(key);
    const auto seconds =
        std::chrono::duration_cast<std::chrono::seconds>(now.steady - state.heard.steady);
    auto text = fmt::format("Node {} has sent nothing for {} s.", name, seconds.count());
    if (is_offline(name, now.wall)) text += " The cluster calls it offline.";
    tell(tags_of(key), {.kind = event_kind::silent, .text = text, .from = {}, .to = {}}, now);
    words_.push_back(fmt::format("cluster {}: {}", cluster_, text));
    append_up(changes_, tags_of(key), false, unix_nanoseconds(now.wall));
    if (std::get<object>(key) != object::node) return;
    for_each_thing([&](const thing& one) {
        if (one.node == name) tell_up(one, now);
    });
}

/// A node that has no guest any more sends no transaction of guests at all: its own lines alone
/// tell that one has passed, and that one has passed for certain when the one after it has begun.
void cluster_presence::count_empty_transactions(node_map::value_type& node, moment now) {
    auto& [key, state] = node;
    const auto& name = std::get<std::string>(key);
    // A Backup Server may run on the node and have its name.
    if (std::get<object>(key) != object::node || state.cycles <= cycles_unjudged + 1) return;
    const bool held = holds_judgement(name, now.wall);
    for (std::size_t i = 0; i < guest_and_storage.size(); ++i) {
        auto& of = state.streams[i + 1];
        if (state.cycles - of.cycle <= misses_max) continue;
        of.cycle = state.cycles;
        if (held) continue;
        for_each_thing([&](thing& one) {
            const bool is_its = one.what == guest_and_storage[i] && one.node == name;
            if (is_its && !one.is_gone) lose(one, now);
        });
    }
}

// ---- what the API says

/// What it has said since the last one. What was seen after it was asked, it cannot deny.
void cluster_presence::confirm(moment now) {
    if (known_->taken_s == 0 || known_->is_quorate == false) return;
    for (auto& [vmid, guest] : guests_) {
        if (const auto* as = known_->find_guest(vmid)) follow_guest(guest, *as, now);
    }
    for (auto& [name, storage] : storages_)
        storage.is_known_to_api = storage.is_known_to_api || api_has(storage);
    erase_things([&](const thing& one) {
        if (!is_deleted(one)) return false;
        tell_end(tags_of(one), name_of(one), "was deleted", now);
        return true;
    });
    for (auto& [key, node] : nodes_) {
        const bool is_there = known_->find_node(std::get<std::string>(key)) != nullptr;
        node.is_known_to_api = node.is_known_to_api || is_there;
    }
    const auto erased = std::erase_if(nodes_, [&](const auto& node) {
        if (!is_deleted(node)) return false;
        const auto name = fmt::format("Node {}", std::get<std::string>(node.first));
        tell_end(tags_of(node.first), name, "has left the cluster", now);
        return true;
    });
    dismiss(erased);
}

/// To where the API saw it, if that is the newer word.
void cluster_presence::follow_guest(thing& which, const topology::guest& as, moment now) {
    which.is_known_to_api = true;
    if (!is_older_than_api(which.heard)) return;
    if (!as.node.empty() && as.node != which.node) {
        move(which, as.node, now);
        which.newest_ns = known_->taken_s * 1'000'000'000;
    }
    // A name comes to the API with the same lines that come to us, and may be older: only of what
    // sends nothing it knows more.
    if (is_absent(which) && !as.name.empty() && as.name != which.host) rename(which, as.name, now);
}

/// An object that the API never knew is hidden from our token, and proves nothing while it is sent.
bool cluster_presence::is_deleted(const thing& which) const {
    if (api_has(which) || !is_older_than_api(which.heard)) return false;
    const bool is_storage = which.what == object::storage;
    if (api_lacks_right(is_storage ? "Datastore.Audit" : "VM.Audit")) return false;
    return which.is_known_to_api || is_absent(which);
}

bool cluster_presence::is_deleted(const node_map::value_type& node) const {
    const auto& [key, state] = node;
    if (std::get<object>(key) != object::node || known_->nodes.empty()) return false;
    if (known_->find_node(std::get<std::string>(key)) != nullptr) return false;
    return is_older_than_api(state.heard) && (state.is_known_to_api || state.is_silent);
}

bool cluster_presence::api_has(const thing& which) const {
    if (known_ == nullptr) return false;
    if (schema::is_guest(which.what)) return known_->find_guest(which.vmid) != nullptr;
    return std::ranges::any_of(known_->storages, [&](const auto& one) {
        return one.node == which.node && one.name == which.host;
    });
}

bool cluster_presence::is_older_than_api(const moment& heard) const {
    return unix_nanoseconds(heard.wall) < known_->taken_s * 1'000'000'000;
}

bool cluster_presence::api_lacks_right(std::string_view right) const {
    const auto& rights = known_->rights;
    return rights && (rights->none_at_all || std::ranges::count(rights->missing, right) > 0);
}

bool cluster_presence::is_api_recent(wall_time now) const {
    if (known_ == nullptr || known_->taken_s == 0) return false;
    const std::chrono::nanoseconds age(unix_nanoseconds(now) - known_->taken_s * 1'000'000'000);
    return age < api_memory;
}

/// Whether absence from what this node sends means nothing: without quorum a node knows neither
/// what was moved away from it nor what was deleted.
bool cluster_presence::holds_judgement(std::string_view node, wall_time now) const {
    if (!is_api_recent(now)) return false;
    return known_->is_quorate == false || is_offline(node, now);
}

/// As those see it that have a quorum.
bool cluster_presence::is_offline(std::string_view node, wall_time now) const {
    if (!is_api_recent(now) || known_->is_quorate == false) return false;
    const auto* const found = known_->find_node(node);
    return found != nullptr && found->status == "offline";
}

// ---- what nobody knows any more

void cluster_presence::forget(moment now) {
    const auto hours = options_->forget_after.count();
    const auto why = fmt::format("was not heard of for {} h: held to be deleted", hours);
    const bool asks_api =
        known_ != nullptr && unix_nanoseconds(now.wall) - known_->taken_s * 1'000'000'000 <
                                 std::chrono::nanoseconds(options_->forget_after).count();
    erase_things([&](const thing& one) {
        if (!is_absent(one) || !is_past(one.heard, now.steady)) return false;
        if (asks_api && api_has(one)) return false;
        tell_end(tags_of(one), name_of(one), why, now);
        return true;
    });
    const auto erased = std::erase_if(nodes_, [&](const auto& node) {
        const auto& name = std::get<std::string>(node.first);
        if (!node.second.is_silent || !is_past(node.second.heard, now.steady)) return false;
        if (asks_api && known_->find_node(name) != nullptr) return false;
        tell_end(tags_of(node.first), fmt::format("Node {}", name), why, now);
        return true;
    });
    dismiss(erased);
}

bool cluster_presence::is_past(const moment& heard, steady_time now) const {
    return now - heard.steady >= options_->forget_after;
}

void cluster_presence::tell_end(const object_tags& of, std::string_view name, std::string_view why,
                                moment now) {
    const auto text = fmt::format("{} {}.", name, why);
    tell(of, {.kind = event_kind::deleted, .text = text, .from = {}, .to = {}}, now);
}

void cluster_presence::dismiss(std::size_t objects) {
    if (objects == 0) return;
    counters_->objects.add(-static_cast<std::int64_t>(objects));
    ++version_;
}

}  // namespace relay::ingest
