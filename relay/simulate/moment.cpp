#include "relay/simulate/moment.hpp"

#include "relay/simulate/backup_runs.hpp"

#include <algorithm>
#include <functional>
#include <iterator>

namespace relay::simulate {
namespace {

/// Where a guest is: its node and its place there.
struct place {
    std::size_t node = 0, index = 0;
};

std::optional<place> find_guest(const cluster& in, std::uint32_t vmid) {
    for (std::size_t n = 0; n < in.nodes.size(); ++n) {
        const auto& guests = in.nodes[n].guests;
        const auto at = std::ranges::find(guests, vmid, &guest::vmid);
        if (at != guests.end())
            return place{n, static_cast<std::size_t>(std::distance(guests.begin(), at))};
    }
    return {};
}

bool has_firewall(const node& it) {
    return std::ranges::any_of(it.nics, [](const auto& nic) { return nic.starts_with("fw"); });
}

/// Applies events one after the other.
class unfolding {
public:
    unfolding(const simulated_cluster& of, moment& into)
        : of_(of),
          into_(into),
          firewall_(std::ranges::any_of(of.base.nodes, has_firewall)) {}

    void apply(const event& it);

private:
    void apply_to_node(const event& it);
    void apply_to_storage(const event& it);
    void apply_to_guest(const event& it, place at);
    void migrate(const event& it, place at);
    void create(const event& it);
    void boot(std::size_t index, std::int64_t second);
    void set_rights(std::string_view text);
    void start(node& host, guest& it, std::int64_t second) const;
    void stop(node& host, guest& it) const;
    void add_nics(node& host, const guest& it) const;
    void remove_nics(node& host, const guest& it) const;

    const simulated_cluster& of_;
    moment& into_;
    bool firewall_;
};

void unfolding::apply(const event& it) {
    switch (it.kind) {
        case event_kind::offline:
        case event_kind::online:
        case event_kind::isolate:
        case event_kind::rejoin:
        case event_kind::zfs:
            return apply_to_node(it);
        case event_kind::storage_dead:
        case event_kind::storage_back:
            return apply_to_storage(it);
        case event_kind::ceph:
            into_.ceph_health = it.text;
            return;
        case event_kind::rights:
            return set_rights(it.text);
        case event_kind::create:
            return create(it);
        case event_kind::task:
        case event_kind::backup:
            return;  // they change nothing that lasts
        default:
            if (const auto at = find_guest(into_.shown, it.vmid)) apply_to_guest(it, *at);
    }
}

void unfolding::apply_to_node(const event& it) {
    const auto second = of_.begin + it.second;
    for (std::size_t i = 0; i < into_.nodes.size(); ++i) {
        auto& state = into_.nodes[i];
        const auto& name = into_.shown.nodes[i].name;
        if (!it.node.empty() && it.node != name) continue;
        if (it.kind == event_kind::offline && state.is_online()) state.offline_since = second;
        if (it.kind == event_kind::online && !state.is_online()) boot(i, second);
        if (it.kind == event_kind::isolate && !state.isolated_since) state.isolated_since = second;
        if (it.kind == event_kind::rejoin) state.isolated_since.reset();
        if (it.kind == event_kind::zfs) into_.zfs_health[name] = it.text;
    }
}

void unfolding::apply_to_storage(const event& it) {
    for (const auto& node : into_.shown.nodes) {
        if (!it.node.empty() && it.node != node.name) continue;
        const auto which = std::pair(node.name, it.text);
        if (it.kind == event_kind::storage_dead) {
            into_.dead_since.emplace(which, of_.begin + it.second);
        } else {
            into_.dead_since.erase(which);
        }
    }
}

// Its guests start with it.
void unfolding::boot(std::size_t index, std::int64_t second) {
    auto& it = into_.shown.nodes[index];
    into_.nodes[index].offline_since.reset();
    it.booted_at = second;
    for (auto& guest : it.guests) {
        if (guest.state == guest_state::running) guest.started_at = second;
    }
}

void unfolding::apply_to_guest(const event& it, place at) {
    auto& host = into_.shown.nodes[at.node];
    auto& guest = host.guests[at.index];
    switch (it.kind) {
        case event_kind::migrate:
            return migrate(it, at);
        case event_kind::rename:
            guest.name = it.text;
            return;
        case event_kind::tag:
            guest.tags = it.text;
            return;
        case event_kind::pool:
            guest.pool = it.text;
            return;
        case event_kind::lock:
            guest.lock = it.text;
            return;
        case event_kind::start:
            return start(host, guest, of_.begin + it.second);
        case event_kind::stop:
            return stop(host, guest);
        case event_kind::remove:
            remove_nics(host, guest);
            host.guests.erase(host.guests.begin() + static_cast<std::ptrdiff_t>(at.index));
            return;
        default:
            return;
    }
}

// It goes on in a process of its own on the other node: what is counted begins anew.
void unfolding::migrate(const event& it, place at) {
    const auto target = into_.find_node(it.node);
    if (!target || *target == at.node) return;
    auto& from = into_.shown.nodes[at.node];
    auto moved = std::move(from.guests[at.index]);
    remove_nics(from, moved);
    from.guests.erase(from.guests.begin() + static_cast<std::ptrdiff_t>(at.index));
    if (moved.state == guest_state::running) moved.started_at = of_.begin + it.second;
    auto& to = into_.shown.nodes[*target];
    add_nics(to, moved);
    to.guests.push_back(std::move(moved));
}

void unfolding::create(const event& it) {
    const auto index = into_.find_node(it.node);
    if (!index || find_guest(into_.shown, it.vmid)) return;
    auto& host = into_.shown.nodes[*index];
    auto made = make_guest(it.guest, it.vmid, mix(mix(host.own, 8), it.vmid));
    made.name = it.text;
    made.state = guest_state::stopped;
    start(host, made, of_.begin + it.second);
    host.guests.push_back(std::move(made));
}

void unfolding::start(node& host, guest& it, std::int64_t second) const {
    if (it.state != guest_state::stopped) return;
    it.state = guest_state::running;
    it.started_at = second;
    add_nics(host, it);
}

void unfolding::stop(node& host, guest& it) const {
    if (it.state != guest_state::running) return;
    remove_nics(host, it);
    it.state = guest_state::stopped;
}

// The counters of the other interfaces must not notice: keys no longer follow from positions.
void pin_keys(node& host) {
    if (!host.nic_keys.empty()) return;
    for (std::size_t i = 0; i < host.nics.size(); ++i)
        host.nic_keys.push_back(nic_key(host, i));
}

void unfolding::add_nics(node& host, const guest& it) const {
    std::vector<key> keys;
    pin_keys(host);
    for (auto& nic : nics_of(it, firewall_)) {
        const auto at = std::ranges::lower_bound(host.nics, nic);
        const auto position = std::distance(host.nics.begin(), at);
        host.nic_keys.insert(host.nic_keys.begin() + position,
                             mix(mix(host.own, it.own), std::hash<std::string>{}(nic)));
        host.nics.insert(at, std::move(nic));
    }
}

void unfolding::remove_nics(node& host, const guest& it) const {
    pin_keys(host);
    for (const auto& nic : nics_of(it, firewall_)) {
        const auto at = std::ranges::find(host.nics, nic);
        if (at == host.nics.end()) continue;
        host.nic_keys.erase(host.nic_keys.begin() + std::distance(host.nics.begin(), at));
        host.nics.erase(at);
    }
}

// "none", or a path and what is granted there.
void unfolding::set_rights(std::string_view text) {
    if (text == "none") return into_.rights.clear();
    const auto end = std::min(text.find(' '), text.size());
    const auto role = text.substr(std::min(end + 1, text.size()));
    into_.rights[std::string(text.substr(0, end))] = privileges_of(role, of_.course.pve);
}

moment beginning_of(const simulated_cluster& of, std::int64_t second) {
    moment made{.second = second, .shown = of.base};
    if (!of.course.name.empty()) made.shown.name = of.course.name;
    made.nodes.resize(of.base.nodes.size());
    made.rights["/"] = privileges_of("PVEAuditor", of.course.pve);
    return made;
}

}  // namespace

std::int64_t moment::last_heard(std::size_t from, std::size_t of) const noexcept {
    if (from == of) return second;
    auto until = second;
    for (const auto& lost :
         {nodes[of].offline_since, nodes[of].isolated_since, nodes[from].isolated_since}) {
        if (lost) until = std::min(until, *lost - 1);
    }
    return until;
}

bool moment::is_quorate(std::size_t from) const noexcept {
    std::size_t seen = 0;
    for (std::size_t i = 0; i < nodes.size(); ++i)
        seen += sees(from, i) ? 1 : 0;
    return 2 * seen > nodes.size();
}

std::optional<std::size_t> moment::find_node(std::string_view name) const noexcept {
    const auto at = std::ranges::find(shown.nodes, name, &node::name);
    if (at == shown.nodes.end()) return {};
    return static_cast<std::size_t>(std::distance(shown.nodes.begin(), at));
}

moment moment_without_locks(const simulated_cluster& of, std::int64_t second) {
    auto made = beginning_of(of, second);
    unfolding unfold(of, made);
    for (const auto& it : of.course.events) {
        if (it.second > second - of.begin) break;
        unfold.apply(it);
    }
    return made;
}

moment moment_of(const simulated_cluster& of, std::int64_t second) {
    auto made = moment_without_locks(of, second);
    for (const auto vmid : guests_in_backup(of, second)) {
        const auto at = find_guest(made.shown, vmid);
        if (at) made.shown.nodes[at->node].guests[at->index].lock = "backup";
    }
    return made;
}

std::optional<whereabouts> whereabouts_of(const simulated_cluster& of, std::uint32_t vmid,
                                          std::int64_t second) {
    const auto index_of = [&](const std::string& name) -> std::optional<std::size_t> {
        const auto at = std::ranges::find(of.base.nodes, name, &node::name);
        if (at == of.base.nodes.end()) return {};
        return static_cast<std::size_t>(std::distance(of.base.nodes.begin(), at));
    };
    std::optional<whereabouts> now;
    if (const auto at = find_guest(of.base, vmid))
        now = whereabouts{at->node, of.base.nodes[at->node].guests[at->index].kind};
    for (const auto& it : of.course.events) {
        if (it.second > second - of.begin) break;
        if (it.vmid != vmid) continue;
        if (it.kind == event_kind::remove) now.reset();
        const auto index = index_of(it.node);
        if (!index) continue;
        if (it.kind == event_kind::migrate && now) now->node = *index;
        if (it.kind == event_kind::create && !now) now = whereabouts{*index, it.guest};
    }
    return now;
}

std::optional<node> pushing_node_at(const simulated_cluster& of, std::size_t index,
                                    std::int64_t second) {
    auto now = moment_of(of, second);
    if (!now.nodes[index].is_online()) return {};
    auto& it = now.shown.nodes[index];
    std::erase_if(it.storages, [&](const storage& one) {
        return now.dead_since.contains({it.name, one.name});
    });
    return std::move(it);
}

}  // namespace relay::simulate
