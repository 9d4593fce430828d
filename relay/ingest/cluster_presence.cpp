// What was seen: sightings become the state of nodes, guests and storages.
#include "relay/ingest/cluster_presence.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace relay::ingest {
namespace {

using namespace std::chrono_literals;
using schema::object;

// Datagrams overtake one another by moments; what is older and comes later than that is a clock
// that was set back.
constexpr auto overtaking_max = 2s;

// How late a transaction may come: pvestatd takes its timestamp first and waits for guests then.
constexpr std::int64_t lateness_max_ns = 60'000'000'000;

constexpr std::chrono::nanoseconds interval_least = 1s;
constexpr std::chrono::nanoseconds interval_most = 10min;

// Two metric servers of one cluster may name two buckets: the first is as good as the second, but
// lines that change their bucket with every push are no series.
constexpr auto bucket_memory = 5min;

constexpr std::size_t stream_of(object what) noexcept {
    switch (what) {
        case object::qemu:
            return 1;
        case object::lxc:
            return 2;
        case object::storage:
            return 3;
        default:
            return 0;
    }
}

constexpr bool is_node(object what) noexcept {
    return what == object::node || what == object::backup_host;
}

}  // namespace

object_tags cluster_presence::tags_of(const node_map::key_type& node) {
    return {.object = object_name(std::get<object>(node)),
            .vmid = 0,
            .node = {},
            .host = std::get<std::string>(node),
            .type = {}};
}

object_tags cluster_presence::tags_of(const thing& which) {
    return {.object = object_name(which.what),
            .vmid = which.vmid,
            .node = which.node,
            .host = which.host,
            .type = which.type};
}

std::string cluster_presence::name_of(const thing& which) {
    if (which.what == object::storage) return fmt::format("Storage {}", which.host);
    const bool is_container = which.what == object::lxc;
    return fmt::format("{} {} ({})", is_container ? "Container" : "Virtual machine", which.vmid,
                       which.host);
}

void cluster_presence::take(const sightings& seen, std::string_view bucket, moment now) {
    if (!bucket.empty() && (bucket == bucket_ || now.steady - bucket_used_ > bucket_memory)) {
        if (bucket != bucket_) ++version_;
        bucket_ = bucket;
        bucket_used_ = now.steady;
    }
    const bool whole = seen.part() == transaction_part::whole;
    run at;
    for (std::size_t i = 0; i < seen.size(); ++i) {
        const auto one = seen[i];
        const bool goes_on = i != 0 && one.what == at.first.what &&
                             one.time_ns == at.first.time_ns && one.node == at.first.node;
        if (!goes_on) {
            if (whole) end_run(at, now);
            at = begin_run(one, now);
        }
        see(at, one, now);
    }
    if (whole) end_run(at, now);
}

cluster_presence::run cluster_presence::begin_run(const sighting& first, moment now) {
    run made{.first = first, .node = node_of(first), .of = nullptr};
    if (made.node == nullptr) return made;
    hear(*made.node, now);
    auto& transactions = made.node->second.streams[stream_of(first.what)];
    if (advance(made.node->second, transactions, first, now)) made.of = &transactions;
    return made;
}

void cluster_presence::end_run(const run& ended, moment now) {
    if (ended.of != nullptr) close(ended.first.node, *ended.of, ended.first.what, now);
}

/// @returns null where it is one object too many
cluster_presence::node_map::value_type* cluster_presence::node_of(const sighting& one) {
    const auto what = one.what == object::backup_host ? one.what : object::node;
    const auto found = nodes_.find({what, std::string(one.node)});
    if (found != nodes_.end()) return &*found;
    if (!admit()) return nullptr;
    return &*nodes_.try_emplace({what, std::string(one.node)}).first;
}

void cluster_presence::hear(node_map::value_type& node, moment now) {
    auto& [key, state] = node;
    if (state.is_silent) {
        const auto& name = std::get<std::string>(key);
        const auto seconds =
            std::chrono::duration_cast<std::chrono::seconds>(now.steady - state.heard.steady);
        auto text = fmt::format("Node {} sends again, after {} s.", name, seconds.count());
        tell(tags_of(key), {.kind = event_kind::back, .text = text, .from = {}, .to = {}}, now);
        words_.push_back(fmt::format("cluster {}: {}", cluster_, text));
        state.is_silent = false;
        append_up(changes_, tags_of(key), is_up(node, now.wall), unix_nanoseconds(now.wall));
    }
    if (!state.was_heard) ++version_;
    state.was_heard = true;
    state.heard = now;
}

/// The stream's next transaction, or the same one going on.
/// @returns false for what is left over from an older one
bool cluster_presence::advance(node_state& node, stream& of, const sighting& one, moment now) {
    const bool is_older = of.transactions != 0 && one.time_ns < of.time_ns;
    if (is_older && now.steady - of.heard < overtaking_max) return false;
    if (of.transactions == 0 || one.time_ns != of.time_ns) {
        if (of.is_open) close(one.node, of, one.what, now);
        of.time_ns = one.time_ns;
        of.is_open = true;
        ++of.transactions;
        if (is_node(one.what)) begin_cycle(node, now.steady);
        compare_clocks(node, one.time_ns, now.wall);
    }
    of.heard = now.steady;
    of.cycle = node.cycles;
    return true;
}

/// A node's own lines come first in each of its cycles.
void cluster_presence::begin_cycle(node_state& node, steady_time now) {
    if (++node.cycles > 1) {
        const std::chrono::nanoseconds gap = now - node.cycle_begun;
        // One pause is no new habit.
        node.interval = node.is_interval_known
                            ? node.interval + (std::min(gap, 2 * node.interval) - node.interval) / 4
                            : gap;
        node.interval = std::clamp(node.interval, interval_least, interval_most);
        node.is_interval_known = true;
    }
    node.cycle_begun = now;
}

// What comes late makes a clock look slow, never fast; one that seems slow by more than anything
// comes late was set back.
void cluster_presence::compare_clocks(node_state& node, std::int64_t time_ns, wall_time now) {
    const auto ahead = time_ns - unix_nanoseconds(now);
    const bool is_first = !std::exchange(node.is_clock_known, true);
    if (is_first || ahead > node.ahead_ns || ahead < node.ahead_ns - lateness_max_ns) {
        node.ahead_ns = ahead;
    } else {
        node.ahead_ns -= (node.ahead_ns - ahead) / 16;  // it may really drift
    }
}

void cluster_presence::see(const run& in, const sighting& one, moment now) {
    if (in.of == nullptr) return;
    if (schema::is_guest(one.what)) see_guest(in, one, now);
    if (one.what == object::storage) see_storage(one, now);
}

void cluster_presence::see_guest(const run& in, const sighting& one, moment now) {
    auto found = guests_.find(one.vmid);
    const auto ours_ns = one.time_ns - in.node->second.ahead_ns;
    if (found == guests_.end()) {
        if (!admit()) return;
        found = guests_.try_emplace(one.vmid).first;
        auto& fresh = found->second;
        fresh.what = one.what;
        fresh.vmid = one.vmid;
        fresh.node = one.node;
        fresh.host = one.host;
    }
    auto& guest = found->second;
    if (guest.node != one.node) {
        // Both sides of a migration report it for a moment; and a node that the others have lost
        // goes on reporting what they have started elsewhere.
        const bool is_newer = ours_ns > guest.newest_ns || is_offline(guest.node, now.wall);
        if (!is_newer || is_offline(one.node, now.wall)) return;
        move(guest, one.node, now);
    }
    if (guest.what != one.what) replace(guest, one, now);
    if (guest.host != one.host) rename(guest, one.host, now);
    guest.newest_ns = std::max(guest.newest_ns, ours_ns);
    if (one.state != run_state::unsaid) guest.is_running = one.state == run_state::running;
    mark_seen(guest, one, now);
}

void cluster_presence::see_storage(const sighting& one, moment now) {
    auto found = storages_.find({std::string(one.node), std::string(one.host)});
    if (found == storages_.end()) {
        if (!admit()) return;
        found = storages_.try_emplace({std::string(one.node), std::string(one.host)}).first;
        auto& fresh = found->second;
        fresh.what = one.what;
        fresh.node = one.node;
        fresh.host = one.host;
    }
    auto& storage = found->second;
    storage.type = one.type;
    storage.is_running = true;
    mark_seen(storage, one, now);
}

void cluster_presence::mark_seen(thing& which, const sighting& one, moment now) {
    which.time_ns = one.time_ns;
    which.missed = 0;
    which.heard = now;
    if (which.was_heard && !which.is_gone) return;
    ++version_;
    which.was_heard = true;
    if (!which.is_gone) return;
    which.is_gone = false;
    const auto text = fmt::format("{} is reported again, by node {}.", name_of(which), which.node);
    tell(tags_of(which), {.kind = event_kind::back, .text = text, .from = {}, .to = {}}, now);
    tell_up(which, now);
}

/// One more object.
bool cluster_presence::admit() {
    if (counters_->objects.value() >= static_cast<std::int64_t>(options_->objects_max)) {
        counters_->untracked.add();
        return false;
    }
    counters_->objects.add(1);
    ++version_;
    return true;
}

/// The transaction is over: who was not in it has missed it.
void cluster_presence::close(std::string_view node, stream& of, object what, moment now) {
    of.is_open = false;
    if (of.counted_ns == of.time_ns) return;  // it came in several bodies, or twice
    of.counted_ns = of.time_ns;
    if (is_node(what) || of.transactions <= cycles_unjudged) return;
    if (holds_judgement(node, now.wall)) return;
    for_each_thing([&](thing& one) {
        const bool should_be_there = one.what == what && !one.is_gone && one.node == node;
        if (should_be_there && one.time_ns != of.time_ns) miss(one, now);
    });
}

void cluster_presence::miss(thing& which, moment now) {
    if (++which.missed >= misses_max) lose(which, now);
}

void cluster_presence::lose(thing& which, moment now) {
    which.is_gone = true;
    ++version_;
    const auto text =
        fmt::format("{} is no longer reported by node {}.", name_of(which), which.node);
    tell(tags_of(which), {.kind = event_kind::gone, .text = text, .from = {}, .to = {}}, now);
    tell_up(which, now);
}

void cluster_presence::move(thing& which, std::string_view to, moment now) {
    const auto text = fmt::format("{} moved from node {} to {}.", name_of(which), which.node, to);
    tell(tags_of(which), {.kind = event_kind::migrated, .text = text, .from = which.node, .to = to},
         now);
    which.node = to;
    which.missed = 0;
    ++version_;
}

void cluster_presence::rename(thing& which, std::string_view to, moment now) {
    const auto text = fmt::format("{} is called {} now.", name_of(which), to);
    tell(tags_of(which), {.kind = event_kind::renamed, .text = text, .from = which.host, .to = to},
         now);
    which.host = to;
    ++version_;
}

/// A number that a virtual machine had and a container has, or the other way round.
void cluster_presence::replace(thing& which, const sighting& by, moment now) {
    const auto text = fmt::format("{} was deleted, its number is another guest's.", name_of(which));
    tell(tags_of(which), {.kind = event_kind::deleted, .text = text, .from = {}, .to = {}}, now);
    which.what = by.what;
    which.host = by.host;
    which.is_gone = false;
    ++version_;
}

void cluster_presence::tell(const object_tags& of, const event& what, moment now) {
    // Two of one object at one time would be one point.
    last_event_ns_ = std::max(last_event_ns_ + 1, unix_nanoseconds(now.wall));
    append_event(text_, of, what, last_event_ns_);
    counters_->events[static_cast<std::size_t>(what.kind)].add();
}

void cluster_presence::tell_up(const thing& which, moment now) {
    append_up(changes_, tags_of(which), is_up(which), unix_nanoseconds(now.wall));
}

}  // namespace relay::ingest
