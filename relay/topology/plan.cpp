#include "relay/topology/plan.hpp"

#include "relay/base/check.hpp"
#include "relay/topology/api_words.hpp"
#include "relay/topology/timetable.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace relay::topology {
namespace {

using namespace std::chrono_literals;

// Proxmox answers a wrong token after 3 s; an operator who mends it should not wait for long.
constexpr breaker::bounds token_pause{10s, 5min};

// A node that takes so long for cluster/resources is asked half as often.
constexpr auto slow_resources = 500ms;
// A node that lost the others is not asked about them where another can be.
constexpr auto no_quorum_pause = 5min;
constexpr auto forbidden_pause = 1h;
constexpr auto absent_pause = 24h;
// smartctl may wake disks, whatever it then comes to.
constexpr auto smart_pause = 14h;
constexpr auto failure_pause_max = 1h;
// What names, quorum and states come from is there in every Proxmox: whatever answered otherwise,
// nobody should wait for longer than this once it is over.
constexpr auto pair_pause_max = 5min;
constexpr auto incomplete_rights_period = 5min;
// Another address may answer what this one did not.
constexpr auto next_address_pause = 1s;

// The first look goes back two weekly backups; every later one two days, because a task counts by
// its beginning, and a backup may run for a day.
constexpr std::int64_t first_backups_s = 15 * 86'400;
constexpr std::int64_t later_backups_s = 2 * 86'400;

constexpr int once_tries = 3;

// Ten lines about failing calls at once, then one in ten minutes: each says a remedy, all together
// must not fill a log.
constexpr double lines_per_second = 1.0 / 600;

bool is_of_pair(ask what) noexcept {
    return what == ask::cluster_status || what == ask::cluster_resources;
}

}  // namespace

plan::plan(plan_options options, std::uint64_t seed, log& log, steady_time now)
    : options_(std::move(options)),
      log_(log),
      chance_(seed),
      pace_(options_.requests_per_second, now),
      words_(lines_per_second, now),
      token_(token_pause),
      is_learning_pins_(options_.learns_pins) {
    for (const auto& url : options_.addresses)
        addresses_.push_back({.url = url, .health = breaker(address_pause)});
    for (std::size_t i = 0; i < ask_count; ++i) {
        const auto what = static_cast<ask>(i);
        if (scope_of(what) == scope::cluster) add({.what = what}, now + first_wait(what));
    }
    // After the first cluster_status.
    jobs_.at(key_of({.what = ask::cluster_resources})).due = steady_time::max();
}

plan::job_key plan::key_of(const api_call& call) {
    // A guest keeps its job when it moves.
    const bool of_guest = scope_of(call.what) == scope::guest;
    return {call.what, of_guest ? std::string() : call.node, call.guest, call.upid};
}

plan::job& plan::add(const api_call& call, steady_time due) {
    auto& one = jobs_[key_of(call)];
    one.call = call;
    one.due = due;
    return one;
}

void plan::ensure(const api_call& call, steady_time now) {
    if (!jobs_.contains(key_of(call))) add(call, now + first_wait(call.what));
}

void plan::want(const api_call& once, steady_time now) {
    ensure(once, now);
}

void plan::meet(std::size_t which, std::string node) {
    addresses_.at(which).node = std::move(node);
}

bool plan::all_met() const {
    return std::ranges::none_of(addresses_, [](const auto& one) { return one.node.empty(); });
}

// ---- who is asked

const std::string& plan::busy_name(const address& one) const {
    return one.node.empty() ? one.url : one.node;
}

/// Whether every configured address was silent the last time.
bool plan::none_answers() const {
    return std::ranges::all_of(
        addresses_, [](const auto& one) { return one.is_spare || one.health.is_tripped(); });
}

bool plan::is_free(const address& one, steady_time now) const {
    if (one.is_gone || (one.is_spare && (is_learning_pins_ || !none_answers()))) return false;
    return !one.health.is_open(now) && !busy_.contains(busy_name(one));
}

std::optional<std::size_t> plan::route(const api_call& call, steady_time now) const {
    // An address that has not said which node it is may be any: then one request at all is under
    // way.
    if (!busy_.empty() && !all_met()) return {};
    const bool has_target = scope_of(call.what) != scope::cluster;
    if (has_target) {
        const auto target = nodes_.find(call.node);
        if (target == nodes_.end() || target->second.is_offline ||
            target->second.health.is_open(now) || busy_.contains(call.node)) {
            return {};
        }
    }
    const bool is_pinned = call.what == ask::cluster_resources && quorum_asked_.has_value();
    const auto is_met = [](const address& one) { return !one.is_spare && !one.node.empty(); };
    const bool keeps_to_met = is_learning_pins_ && std::ranges::any_of(addresses_, is_met);
    std::optional<std::size_t> best;
    const auto worth = [&](std::size_t i) {
        const auto& one = addresses_[i];
        const bool direct = has_target && one.node == call.node;
        return std::tuple(one.is_spare, !direct, now < one.no_quorum_until, one.used, i);
    };
    for (std::size_t i = 0; i < addresses_.size(); ++i) {
        if (is_pinned && quorum_asked_ != i) continue;
        if (keeps_to_met && addresses_[i].node.empty()) continue;
        if (is_free(addresses_[i], now) && (!best || worth(i) < worth(*best))) best = i;
    }
    return best;
}

// ---- what is asked

bool plan::may_go(const job& one, steady_time now) const {
    // Which nodes there are, then their pins.
    const bool teaches =
        rank_of(one.call.what) <= rank_of(ask::cluster_resources) || one.call.what == ask::nodes;
    if (is_learning_pins_ && !teaches) return false;
    return !one.is_asked && one.due <= now;
}

std::optional<errand> plan::next(moment now) {
    if (token_.is_open(now.steady) || pace_.ready(now.steady) > now.steady) return {};
    job* chosen = nullptr;
    std::size_t way = 0;
    const auto before = [](const job& a, const job& b) {
        return std::pair(rank_of(a.call.what), a.due) < std::pair(rank_of(b.call.what), b.due);
    };
    for (auto& [key, one] : jobs_) {
        if (!may_go(one, now.steady)) continue;
        if (chosen != nullptr && !before(one, *chosen)) continue;
        if (const auto found = route(one.call, now.steady)) {
            chosen = &one;
            way = *found;
        }
    }
    if (chosen == nullptr) return {};
    return send(*chosen, way, now);
}

errand plan::send(job& one, std::size_t at, moment now) {
    auto& through = addresses_[at];
    through.used = now.steady;
    one.is_asked = true;
    pace_.take(now.steady);
    busy_.insert(busy_name(through));
    const bool has_target = scope_of(one.call.what) != scope::cluster;
    const bool is_forwarded = has_target && through.node != one.call.node;
    if (has_target) busy_.insert(one.call.node);
    errand made{.call = one.call, .address = at, .url = through.url, .is_forwarded = is_forwarded};
    made.timeout =
        is_forwarded || is_slow(one.call.what) ? options_.long_timeout : options_.timeout;
    if (one.call.what == ask::backup_tasks) {
        const auto seconds = unix_nanoseconds(now.wall) / 1'000'000'000;
        made.call.since_s = seconds - (one.look == 0 ? first_backups_s : later_backups_s);
    }
    return made;
}

steady_time plan::due(steady_time now) const {
    auto earliest = steady_time::max();
    for (const auto& [key, one] : jobs_) {
        if (one.is_asked) continue;
        if (one.due > now) {
            earliest = std::min(earliest, one.due);
        } else if (may_go(one, now) && route(one.call, now)) {
            earliest = now;
        }
    }
    const auto consider = [&](const breaker& one) {
        if (one.is_open(now)) earliest = std::min(earliest, one.until());
    };
    for (const auto& one : addresses_)
        consider(one.health);
    for (const auto& [name, one] : nodes_)
        consider(one.health);
    if (earliest == steady_time::max()) return earliest;
    return std::max({earliest, pace_.ready(now), token_.until()});
}

// ---- what came of it

plan::verdict plan::judge(const outcome& came) {
    if (came.status == 0 || came.status >= 595) return verdict::unreachable;
    if (came.status == 401) return verdict::token;
    if (came.status == 403) return verdict::forbidden;
    if (came.status == 501) return verdict::absent;
    if (came.status < 200 || came.status > 299) return verdict::failed;
    return came.doubt.empty() ? verdict::fine : verdict::doubtful;
}

void plan::done(const errand& of, const outcome& came, steady_time now) {
    busy_.erase(of.call.node);
    busy_.erase(addresses_.at(of.address).node);
    busy_.erase(addresses_.at(of.address).url);
    const auto how = judge(came);
    note_health(of, came, how, now);
    if (how == verdict::token) token_refused(came, now);
    if (how != verdict::token && how != verdict::unreachable) token_taken();
    const bool is_answered = how != verdict::token && how != verdict::unreachable;
    if (of.call.what == ask::nodes && is_answered) is_learning_pins_ = false;
    if (of.call.what == ask::cluster_status) follow_status(of, how, now);
    const auto at = jobs_.find(key_of(of.call));
    if (at == jobs_.end()) return;  // its node or guest is gone meanwhile
    auto& one = at->second;
    one.is_asked = false;
    note_job(one, of, came, how, now);
    if (std::exchange(one.is_stale, false) && !one.is_aside) one.due = now;
    const bool is_once = of.call.what == ask::task_log;
    if (is_once && (how == verdict::fine || one.failures >= once_tries)) jobs_.erase(at);
}

void plan::note_health(const errand& of, const outcome& came, verdict how, steady_time now) {
    auto& through = addresses_.at(of.address);
    const bool has_target = scope_of(of.call.what) != scope::cluster;
    if (how != verdict::unreachable) {
        address_answered(through);
        const auto target = has_target ? nodes_.find(of.call.node) : nodes_.end();
        if (target != nodes_.end() && target->second.health.is_tripped()) {
            target->second.health.succeeded();
            log_.notice("cluster {}: node {} answers again", options_.cluster, of.call.node);
        }
        return;
    }
    // Who was asked has answered that another does not, or both took too long over hard work.
    const bool is_late = came.status == 0 && came.elapsed >= of.timeout;
    if (has_target && ((of.is_forwarded && came.status != 0) || is_late)) {
        if (came.status != 0) address_answered(through);
        return node_failed(of.call.node, came, now);
    }
    address_failed(through, came, now);
}

void plan::address_answered(address& one) {
    if (one.is_spare && !std::exchange(one.is_told, true)) {
        log_.notice(
            "cluster {}: as none of `nodes` answers, {} is asked at {}, as the cluster tells",
            options_.cluster, printable(one.node, 64), one.url);
    } else if (!one.is_spare && one.health.is_tripped()) {
        log_.notice("cluster {}: the API at {} answers again", options_.cluster, one.url);
        for (auto& other : addresses_)
            other.is_told = false;
    }
    one.health.succeeded();
}

void plan::address_failed(address& one, const outcome& came, steady_time now) {
    // Nobody promised that a spare one can be reached.
    const bool is_news =
        one.is_spare ? std::exchange(one.is_told, false) : !one.health.is_tripped();
    if (is_news) {
        log_.warning(
            "cluster {}: the API at {} gives no answer: {}; what is known of the cluster "
            "stays in use{}",
            options_.cluster, one.url, words_of(came), remedy_of(came.reason));
    }
    one.health.failed(now, chance_);
}

void plan::node_failed(const std::string& name, const outcome& came, steady_time now) {
    const auto at = nodes_.find(name);
    if (at == nodes_.end()) return;
    if (!at->second.health.is_tripped()) {
        log_.notice("cluster {}: node {} does not answer: {}", options_.cluster, name,
                    words_of(came));
    }
    at->second.health.failed(now, chance_);
}

void plan::token_refused(const outcome& came, steady_time now) {
    if (!token_.is_tripped()) {
        log_.error("cluster {}: the API refuses the token {} ({}): {}", options_.cluster,
                   options_.token_id, words_of(came), token_remedy(options_.token_id));
    }
    token_.failed(now, chance_);
}

void plan::token_taken() {
    if (token_.is_tripped()) {
        log_.notice("cluster {}: the API takes the token again", options_.cluster);
    }
    token_.succeeded();
}

/// cluster_resources is asked of the node that has just told whether it has quorum.
void plan::follow_status(const errand& of, verdict how, steady_time now) {
    auto& resources = jobs_.at(key_of({.what = ask::cluster_resources}));
    quorum_asked_ = how == verdict::fine ? std::optional(of.address) : std::nullopt;
    // Where nothing is known of its quorum it is believed: better than to know nothing.
    const bool is_answered = how != verdict::token && how != verdict::unreachable;
    // One that failed waits out its pause, unless it waits for nothing but this.
    const bool is_free_to_go = resources.failures == 0 || resources.due == steady_time::max();
    if (is_answered && is_free_to_go) resources.due = std::min(resources.due, now);
}

void plan::note_job(job& one, const errand& of, const outcome& came, verdict how, steady_time now) {
    switch (how) {
        case verdict::fine:
            return job_fine(one, of, came, now);
        case verdict::token:
            return;  // again, once the pause is over
        case verdict::absent:
            if (is_of_pair(of.call.what)) return job_failed(one, came, how, now);
            [[fallthrough]];
        case verdict::forbidden:
            return job_aside(one, came, how, now);
        case verdict::unreachable: {
            // The breaker of who is to blame keeps the pace; hard work is not asked for at once.
            const bool is_late = came.status == 0 && came.elapsed >= of.timeout;
            const bool may_have_run = is_late || came.status > 595;  // 595: could not connect
            if (may_have_run && is_slow(of.call.what)) return job_failed(one, came, how, now);
            one.due = now + next_address_pause;
            return ask_pair_again(one, of, now);
        }
        case verdict::doubtful:
            // Most likely it has no quorum; of other calls this would be too much to say.
            if (of.call.what == ask::cluster_resources) {
                addresses_[of.address].no_quorum_until = now + no_quorum_pause;
            }
            [[fallthrough]];
        case verdict::failed:
            job_failed(one, came, how, now);
            return ask_pair_again(one, of, now);
    }
}

/// cluster_resources that came to nothing: another node is asked for its quorum, then for them.
void plan::ask_pair_again(job& resources, const errand& of, steady_time now) {
    auto& status = jobs_.at(key_of({.what = ask::cluster_status}));
    if (of.call.what != ask::cluster_resources || status.is_aside || status.is_asked) return;
    status.due = std::min(status.due, std::max(resources.due, now));
    resources.due = steady_time::max();
}

void plan::job_fine(job& one, const errand& of, const outcome& came, steady_time now) {
    const auto what = of.call.what;
    one.failures = 0;
    one.is_aside = false;
    if (scope_of(what) != scope::guest) {
        for (const auto* trouble : {"403", "501", "doubt", "failed"})
            told_.erase(fmt::format("{} {}", trouble, about(of.call)));
        if (told_.empty()) has_said_more_ = false;
    }
    std::chrono::milliseconds period = period_of(what);
    if (what == ask::cluster_resources) is_resources_slow_ = came.elapsed > slow_resources;
    if (is_of_pair(what) && is_resources_slow_) period *= 2;
    const bool is_incomplete = rights_ && (rights_->none_at_all || !rights_->missing.empty());
    if (what == ask::permissions && is_incomplete) period = incomplete_rights_period;
    if (what == ask::backup_tasks) one.look = 1;
    one.due = now + jittered(period);
    const auto& status = jobs_.at(key_of({.what = ask::cluster_status}));
    const bool follows = !status.is_aside && status.failures == 0;
    if (what == ask::cluster_resources && follows) one.due = steady_time::max();
}

void plan::job_aside(job& one, const outcome& came, verdict how, steady_time now) {
    one.is_aside = true;
    std::chrono::milliseconds pause = how == verdict::forbidden ? forbidden_pause : absent_pause;
    if (is_of_pair(one.call.what)) pause = pair_pause_max;
    one.due = now + jittered(pause);
    const auto name = to_string(one.call.what);
    if (how == verdict::absent) {
        return tell_once(fmt::format("501 {}", about(one.call)), severity::info,
                         fmt::format("{} is not there in this version of Proxmox", name), now);
    }
    tell_once(fmt::format("403 {}", about(one.call)), severity::warning,
              fmt::format("the token may not read {} ({}): {}", name, words_of(came),
                          forbidden_remedy(came.reason, options_.token_id)),
              now);
    // One guest's agent stands for all: the right is one.
    if (one.call.what != ask::guest_addresses) return;
    for (auto& [key, other] : jobs_) {
        if (other.call.what != ask::guest_addresses) continue;
        if (other.call.guest.kind != one.call.guest.kind) continue;
        other.is_aside = true;
        other.due = std::max(other.due, one.due);
    }
}

void plan::job_failed(job& one, const outcome& came, verdict how, steady_time now) {
    const auto what = one.call.what;
    ++one.failures;
    const std::chrono::milliseconds period = period_of(what);
    const auto first = std::clamp<std::chrono::milliseconds>(period / 10, 5s, 60s);
    const auto doublings = std::min(one.failures - 1, 16);
    const std::chrono::milliseconds most = is_of_pair(what) ? pair_pause_max : failure_pause_max;
    auto pause = std::min<std::chrono::milliseconds>(most, first * (std::int64_t{1} << doublings));
    // No agent, no Ceph: that does not change by asking again.
    const bool is_settled =
        what == ask::guest_addresses || (what == ask::ceph_status && !has_ceph_);
    if (is_settled) pause = failure_pause_max;
    if (what == ask::disks_with_smart) pause = smart_pause;
    one.due = now + jittered(pause);
    if (how == verdict::doubtful) {
        return tell_once(
            fmt::format("doubt {}", about(one.call)), severity::warning,
            fmt::format("the answer to {} is not believed: {}", about(one.call), came.doubt), now);
    }
    // A guest that has moved is found by the next cluster_resources.
    if (is_settled || scope_of(what) == scope::guest || what == ask::task_log) return;
    tell_once(fmt::format("failed {}", about(one.call)), severity::warning,
              fmt::format("{} failed: {}", about(one.call), words_of(came)), now);
}

// ---- words and chance

/// Without what there may be thousands of.
std::string plan::about(const api_call& call) const {
    const auto name = to_string(call.what);
    if (scope_of(call.what) != scope::node) return std::string(name);
    return fmt::format("{} of {}", name, printable(call.node, 64));
}

void plan::tell_once(std::string key, severity level, const std::string& text, steady_time now) {
    if (told_.contains(key)) return;
    if (words_.ready(now) > now) {
        if (std::exchange(has_said_more_, true)) return;
        return log_.notice(
            "cluster {}: more calls fail; a line of that every ten minutes is enough, "
            "pverelay_topology_requests_total counts them all",
            options_.cluster);
    }
    words_.take(now);
    told_.insert(std::move(key));
    log_.write(level, fmt::format("cluster {}: {}", options_.cluster, text));
}

std::chrono::milliseconds plan::between(std::chrono::milliseconds least,
                                        std::chrono::milliseconds most) {
    std::uniform_int_distribution<std::int64_t> any(least.count(), most.count());
    return std::chrono::milliseconds(any(chance_));
}

std::chrono::milliseconds plan::jittered(std::chrono::milliseconds span) {
    return between(span - span / 10, span + span / 10);
}

/// Spread, so that neither a start nor a second hand makes a crowd.
std::chrono::milliseconds plan::first_wait(ask what) {
    const std::chrono::milliseconds period = period_of(what);
    if (what == ask::not_backed_up) return between(1min, 5min);  // reads every guest's file
    if (what == ask::disks_with_smart) return between(1h, 3h);   // may wake disks
    if (what == ask::node_status) return between(0ms, 30s);
    if (scope_of(what) != scope::node || what == ask::node_storages || what == ask::task_log) {
        return 0ms;
    }
    return between(0ms, std::min<std::chrono::milliseconds>(period / 2, 10min));
}

std::map<std::string, bool> plan::silent() const {
    std::map<std::string, bool> all;
    for (const auto& one : addresses_) {
        if (!one.is_spare || one.is_told) all[one.url] = one.health.is_tripped();
    }
    for (const auto& [name, one] : nodes_)
        all[name] = one.health.is_tripped();
    return all;
}

}  // namespace relay::topology
