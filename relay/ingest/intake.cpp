#include "relay/ingest/intake.hpp"

#include "relay/ingest/batch_outlet.hpp"
#include "relay/ingest/constant_tags.hpp"
#include "relay/ingest/loss_log.hpp"
#include "relay/ingest/refiner.hpp"
#include "relay/ingest/streamed_body.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

namespace relay::ingest {
namespace {

/// A lane in use: its tags, and what its datagrams have brought.
struct lane_entry {
    constant_tags tags;
    std::optional<batch_outlet> datagrams;
    steady_time due = steady_time::max();  // when they are handed over, if there are any
};

using lane_map = std::map<journal::lane, lane_entry>;

}  // namespace

struct intake::state {
    state(const ingest_options& with, journal::journal& to, ingest_counters& counts, log& speak_to,
          refusal_outlet refused)
        : options(with),
          journal(to),
          counters(counts),
          out(speak_to),
          refine(options, counters, out, std::move(refused)),
          losses(counters.refused_lines, counters.refused_batches, out),
          datagram_parser(options.limits) {}

    /// The lane, or the one for the rest of its cluster. Its address holds.
    lane_map::value_type& lane_of(const journal::lane& wanted);
    batch_outlet make_outlet(const journal::lane& lane, std::size_t full_bytes,
                             std::shared_ptr<journal::receipt> receipt);
    std::unique_ptr<protocol::line_parser> take_parser();

    const ingest_options options;
    journal::journal& journal;
    ingest_counters& counters;
    log& out;
    refiner refine;
    loss_log losses;
    lane_map lanes;
    idle_parsers idle;
    protocol::line_parser datagram_parser;
    steady_time next_due = steady_time::max();  // of all lanes
    bool said_rest = false;
};

lane_map::value_type& intake::state::lane_of(const journal::lane& wanted) {
    auto found = lanes.find(wanted);
    if (found != lanes.end()) return *found;

    auto lane = wanted;
    if (lanes.size() >= options.lanes_max && !lane.bucket.empty()) {
        counters.rest_lane.add();
        if (!std::exchange(said_rest, true)) {
            out.warning("more than {} buckets were asked for: the rest is stored without theirs",
                        options.lanes_max);
        }
        lane.bucket.clear();
    }
    auto [entry, is_new] = lanes.try_emplace(lane);
    if (is_new) entry->second.tags = make_constant_tags(lane.cluster, options.tags);
    return *entry;
}

batch_outlet intake::state::make_outlet(const journal::lane& lane, std::size_t full_bytes,
                                        std::shared_ptr<journal::receipt> receipt) {
    return {journal,
            lane,
            std::move(receipt),
            full_bytes,
            {.lines = counters.lines, .batches = counters.batches, .losses = losses}};
}

std::unique_ptr<protocol::line_parser> intake::state::take_parser() {
    if (idle.empty()) return std::make_unique<protocol::line_parser>(options.limits);
    auto parser = std::move(idle.back());
    idle.pop_back();
    return parser;
}

intake::intake(const ingest_options& options, journal::journal& journal, ingest_counters& counters,
               log& log, refusal_outlet refused)
    : state_(std::make_unique<state>(options, journal, counters, log, std::move(refused))) {}

intake::~intake() = default;

std::unique_ptr<body> intake::open(const journal::lane& lane, protocol::precision unit, moment now,
                                   std::shared_ptr<journal::receipt> receipt,
                                   std::string_view from) {
    auto& [in_use, entry] = state_->lane_of(lane);
    state_->losses.tell(now.steady);
    return std::make_unique<streamed_body>(streamed_body::parts{
        .refine = state_->refine,
        .idle = state_->idle,
        .parser = state_->take_parser(),
        .outlet = state_->make_outlet(in_use, journal::batch_text_bytes_max, std::move(receipt)),
        .lane = in_use,
        .tags = entry.tags,
        .from = std::string(from),
        .unit = unit,
        .now = now});
}

void intake::datagram(const journal::lane& lane, std::string_view bytes, moment now,
                      std::string_view from) {
    auto& [in_use, entry] = state_->lane_of(lane);
    if (!entry.datagrams) {
        entry.datagrams.emplace(
            state_->make_outlet(in_use, state_->options.datagram_batch_bytes, nullptr));
    }
    auto& outlet = *entry.datagrams;
    const bool was_empty = outlet.empty();
    const auto batches = outlet.batches();

    passage through{.lane = in_use,
                    .tags = entry.tags,
                    .outlet = outlet,
                    .parser = state_->datagram_parser,
                    .from = from,
                    .unit = protocol::precision::ns,
                    .now = now,
                    .vote = {},
                    .before_half_line = {},
                    .memory = {},
                    .newlines = 0,
                    .rejected = 0,
                    .first_error = {}};
    std::ignore = state_->refine.refine(through, bytes, protocol::input_end::yes);
    state_->losses.tell(now.steady);

    if (outlet.empty() || (!was_empty && outlet.batches() == batches)) return;
    entry.due = now.steady + state_->options.datagram_wait;
    state_->next_due = std::min(state_->next_due, entry.due);
}

steady_time intake::flush_due(steady_time now) {
    if (now < state_->next_due) return state_->next_due;
    state_->next_due = steady_time::max();
    for (auto& [lane, entry] : state_->lanes) {
        if (!entry.datagrams || entry.datagrams->empty()) continue;
        if (entry.due <= now) {
            entry.datagrams->hand_over();
        } else {
            state_->next_due = std::min(state_->next_due, entry.due);
        }
    }
    state_->losses.tell(now);
    return state_->next_due;
}

void intake::flush_all() {
    for (auto& [lane, entry] : state_->lanes) {
        if (entry.datagrams) entry.datagrams->hand_over();
    }
    state_->next_due = steady_time::max();
}

}  // namespace relay::ingest
