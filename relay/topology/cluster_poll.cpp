#include "relay/topology/cluster_poll.hpp"

#include "relay/topology/api_request.hpp"
#include "relay/topology/api_words.hpp"
#include "relay/topology/inventory.hpp"
#include "relay/topology/local_node.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace relay::topology {
namespace {

using namespace std::chrono_literals;

// What a crash may cost: five minutes of what changes slowly, and is asked again anyway.
constexpr auto save_interval = 5min;
// While the API is silent its last words are repeated for so long, as presence believes them.
constexpr auto told_age_max = 24h;

plan_options plan_of(const api_options& from, bool knows_pins) {
    return {.cluster = from.cluster,
            .token_id = from.token_id,
            .addresses = from.nodes,
            .requests_per_second = static_cast<double>(from.requests_per_second),
            .asks_others = from.other_nodes,
            .asks_addresses = from.guest_addresses,
            .asks_smart = from.smart,
            .learns_pins = !from.tls.fingerprints.empty() && !knows_pins,
            .timeout = from.timeout,
            .long_timeout = from.timeout + 25s};
}

std::vector<http::fingerprint> pins_of(const snapshot& known) {
    std::vector<http::fingerprint> pins;
    for (const auto& one : known.nodes) {
        if (const auto pin = http::parse_fingerprint(one.fingerprint)) pins.push_back(*pin);
    }
    return pins;
}

}  // namespace

cluster_poll::cluster_poll(api_options options, std::shared_ptr<api_counters> counters,
                           const poll_outlets& to, log& log, std::uint64_t seed, moment now)
    : options_(std::move(options)),
      counters_(std::move(counters)),
      to_(to),
      log_(log),
      known_(
          options_.cluster, to.load(options_.cluster),
          options_.guest_addresses ? guest_addresses_are::asked : guest_addresses_are::not_asked),
      plan_(plan_of(options_, !pins_of(*known_.snapshot()).empty()), seed, log, now.steady),
      kept_(known_.snapshot()),
      saved_(now.steady),
      first_taken_s_(kept_->taken_s) {
    if (first_taken_s_ == 0) return;
    // An earlier run's names are there before the first answer. What was said of them then is not
    // said again as if it were seen now.
    published_ = kept_;
    told_ = kept_;
    learnt_pins_ = pins_of(*kept_);
    plan_.learn(*kept_, now);
    to_.board.publish(kept_);
}

void cluster_poll::ask(http::http_client& by, moment now) {
    while (auto what = plan_.next(now)) {
        // Where it stays until its answer is here.
        auto one = std::make_unique<request>();
        one->what = std::move(*what);
        one->sent = request_of(one->what, options_);
        known_.note_asked(one->what.call, now.wall);
        const auto id = by.start(one->sent, target_of(one->what, options_, learnt_pins_));
        under_way_.emplace(id, std::move(one));
    }
}

bool cluster_poll::take(const http::completed& done, moment now) {
    const auto at = under_way_.find(done.id);
    if (at == under_way_.end()) return false;
    const auto answered = std::move(at->second);
    under_way_.erase(at);
    const auto came = read(answered->what, done.response, now);
    count(answered->what, came);
    plan_.done(answered->what, came, now.steady);
    publish(now);
    for (const auto& log : known_.logs_wanted())
        plan_.want(log, now.steady);
    counters_->token_refused.set(plan_.is_token_refused() ? 1 : 0);
    auto silent = plan_.silent();
    counters_->silent.with([&](auto& all) { std::swap(all, silent); });
    return true;
}

/// Takes what the answer says into what is known.
outcome cluster_poll::read(const errand& of, const http_response& answer, moment now) {
    outcome came{.status = answer.status,
                 .reason = answer.status == 0 ? answer.error : answer.reason,
                 .elapsed = answer.elapsed};
    const bool is_answer = answer.status >= 200 && answer.status <= 299;
    if (is_answer && answer.is_cut) {
        came.doubt = "it is longer than answer_bytes_max";
    } else if (is_answer) {
        counters_->answered_bytes.add(answer.body.size());
        auto taken = known_.take(of.call, answer.body, now.wall, of.url);
        if (!taken) came.doubt = std::move(taken.error());
    }
    const bool is_read = is_answer && came.doubt.empty();
    if (of.call.what == ask::task_log && !is_read && answer.status != 0) {
        known_.forget_log(of.call.upid);
    }
    if (of.call.what != ask::cluster_status || !is_read) return came;
    if (auto name = local_node_of(answer.body); !name.empty()) {
        plan_.meet(of.address, std::move(name));
    }
    return came;
}

void cluster_poll::count(const errand& of, const outcome& came) {
    counters_->answers.with([&](auto& all) { ++all[{of.call.what, came.status}]; });
    if (!came.doubt.empty()) counters_->doubted.add();
    const bool is_fine = came.status >= 200 && came.status <= 299 && came.doubt.empty();
    std::string text;
    if (!is_fine) text = came.doubt.empty() ? words_of(came) : came.doubt;
    if (!is_fine) text = std::string(to_string(of.call.what)) + ": " + text;
    counters_->last_error.with([&](auto& last) { std::swap(last, text); });
}

void cluster_poll::publish(moment now) {
    auto known = known_.snapshot();
    if (known == published_) return;
    published_ = known;
    learnt_pins_ = pins_of(*known);
    plan_.learn(*known, now);
    speak_of_rights(*known);
    speak_of_name(*known);
    to_.board.publish(std::move(known));
}

/// Whether what is known is of this run, and not so old that it may be about another world.
bool cluster_poll::can_tell(wall_time now) const {
    if (published_ == nullptr || published_->taken_s == first_taken_s_) return false;
    return now - wall_time(std::chrono::seconds(published_->taken_s)) < told_age_max;
}

void cluster_poll::look(moment now) {
    if (can_tell(now.wall) && news_.is_due(published_ != told_, now.steady)) {
        told_ = published_;
        std::string all;
        append_inventory(all, *told_, unix_nanoseconds(now.wall));
        const auto news = news_.take(all, now.steady);
        counters_->inventory_bytes.add(news.size());
        to_.say(options_, news);
    }
    if (now.steady < saved_ + save_interval) return;
    saved_ = now.steady;
    save(now);
}

void cluster_poll::save(moment now) {
    if (published_ == nullptr || published_ == kept_) return;
    kept_ = published_;
    to_.save(*kept_);
    counters_->saved_ns.set(unix_nanoseconds(now.wall));
}

steady_time cluster_poll::due(moment now) const {
    const auto earliest = std::min(plan_.due(now.steady), saved_ + save_interval);
    if (!can_tell(now.wall)) return earliest;
    return std::min(earliest, news_.due(published_ != told_));
}

void cluster_poll::stop(http::http_client& by) {
    for (const auto& [id, one] : under_way_)
        by.cancel(id);
    under_way_.clear();
    if (published_ != nullptr && published_ != kept_) to_.save(*published_);
}

void cluster_poll::speak_of_rights(const snapshot& known) {
    if (known.rights == spoken_rights_ || !known.rights) return;
    const auto before = std::exchange(spoken_rights_, known.rights);
    const auto all = advise(*known.rights, options_.token_id, known.version);
    for (const auto& one : all) {
        log_.warning("cluster {}: {}: `{}`", options_.cluster, one.text, one.commands);
    }
    const bool had_lacked = before && (before->none_at_all || !before->missing.empty());
    if (all.empty() && had_lacked) {
        log_.notice("cluster {}: the token has every right it needs", options_.cluster);
    }
}

void cluster_poll::speak_of_name(const snapshot& known) {
    if (known.name == spoken_name_) return;
    spoken_name_ = known.name;
    if (known.name.empty() || known.name == options_.cluster) return;
    log_.warning(
        "cluster {}: Proxmox calls it {}; lines keep the configured name: see that "
        "[cluster.api] nodes are of this cluster",
        options_.cluster, printable(known.name, 64));
}

}  // namespace relay::topology
