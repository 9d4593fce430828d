#include "relay/ingest/intake.hpp"

#include "relay/ingest/batch_outlet.hpp"
#include "relay/ingest/constant_tags.hpp"
#include "relay/ingest/guest_book.hpp"
#include "relay/ingest/loss_log.hpp"
#include "relay/ingest/presence.hpp"
#include "relay/ingest/refiner.hpp"
#include "relay/ingest/streamed_body.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>

namespace relay::ingest {
namespace {

/// Datagrams' lines of one lane, which wait for company.
struct waiting_batch {
    explicit waiting_batch(batch_outlet to) : outlet(std::move(to)) {}

    /// Whether it began to wait since the last call: then it is due after `wait`.
    bool has_begun(steady_time now, std::chrono::milliseconds wait) {
        if (outlet.empty() || begun == outlet.batches()) return false;
        begun = outlet.batches();
        due = now + wait;
        return true;
    }

    batch_outlet outlet;
    steady_time due{};             // where there is anything
    std::size_t begun = SIZE_MAX;  // the batch that `due` is about, as a number
};

/// A lane in use: its tags, and what its senders' datagrams have brought, by tenant; null: none.
struct lane_entry {
    constant_tags tags;
    presence::shared_cluster* watch = nullptr;  // of its cluster
    std::map<const tenant_rule*, waiting_batch> datagrams;
};

using lane_map = std::map<journal::lane, lane_entry>;

}  // namespace

struct intake::state {
    class datagram_outlets;

    state(const ingest_options& with, journal::journal& to, ingest_counters& counts, log& speak_to,
          refusal_outlet refused, shared_knowledge with_others)
        : options(with),
          journal(to),
          counters(counts),
          out(speak_to),
          refine(options, counters, out, std::move(refused)),
          losses(counters.refused_lines, counters.refused_batches, out),
          shared(with_others),
          guest_rules(options.tags, options.enrich, options.tenants),
          datagram_parser(options.limits) {}

    /// The lane, or the one for the rest of its cluster. Its address holds.
    lane_map::value_type& lane_of(const journal::lane& wanted);
    batch_outlet make_outlet(const journal::lane& lane, std::size_t full_bytes,
                             std::shared_ptr<journal::receipt> receipt);
    waiting_batch& waiting_of(lane_map::value_type& lane, const tenant_rule* tenant);
    /// As of now; null where nothing is looked up.
    guest_book* book_of(const std::string& cluster);
    std::unique_ptr<protocol::line_parser> take_parser();
    std::unique_ptr<sightings> take_sightings();

    const ingest_options options;
    journal::journal& journal;
    ingest_counters& counters;
    log& out;
    refiner refine;
    loss_log losses;
    lane_map lanes;
    const shared_knowledge shared;
    const guest_book::rules guest_rules;
    std::map<std::string, guest_book> books;  // by cluster
    idle_parsers idle;
    idle_sightings idle_seen;
    sightings datagram_seen{transaction_part::fragment};
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
    if (is_new) {
        entry->second.tags = make_constant_tags(lane.cluster, options.tags);
        if (shared.watch != nullptr) entry->second.watch = &shared.watch->of(lane.cluster);
    }
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

waiting_batch& intake::state::waiting_of(lane_map::value_type& lane, const tenant_rule* tenant) {
    auto& [name, entry] = lane;
    const auto known = entry.datagrams.find(tenant);
    if (known != entry.datagrams.end()) return known->second;
    auto wanted = name;
    if (tenant != nullptr) wanted.tenant = tenant->name;
    const auto& in_use = tenant == nullptr ? name : lane_of(wanted).first;
    waiting_batch opened(make_outlet(in_use, options.datagram_batch_bytes, nullptr));
    return entry.datagrams.emplace(tenant, std::move(opened)).first->second;
}

guest_book* intake::state::book_of(const std::string& cluster) {
    if (options.enrich.empty() && options.tenants.empty()) return nullptr;
    auto& book = books.try_emplace(cluster, guest_rules, cluster, shared.board).first->second;
    book.refresh();
    return &book;
}

std::unique_ptr<protocol::line_parser> intake::state::take_parser() {
    if (idle.empty()) return std::make_unique<protocol::line_parser>(options.limits);
    auto parser = std::move(idle.back());
    idle.pop_back();
    return parser;
}

std::unique_ptr<sightings> intake::state::take_sightings() {
    if (shared.watch == nullptr) return nullptr;
    if (idle_seen.empty()) return std::make_unique<sightings>(transaction_part::whole);
    auto seen = std::move(idle_seen.back());
    idle_seen.pop_back();
    return seen;
}

intake::intake(const ingest_options& options, journal::journal& journal, ingest_counters& counters,
               log& log, refusal_outlet refused, shared_knowledge shared)
    : state_(std::make_unique<state>(options, journal, counters, log, std::move(refused), shared)) {
}

intake::~intake() = default;

std::unique_ptr<body> intake::open(const journal::lane& lane, protocol::precision unit, moment now,
                                   std::shared_ptr<journal::receipt> receipt,
                                   std::string_view from) {
    auto& [in_use, entry] = state_->lane_of(lane);
    state_->losses.tell(now.steady);
    auto open_outlet = [in = state_.get(), receipt = std::move(receipt)](const journal::lane& to) {
        return in->make_outlet(in->lane_of(to).first, journal::batch_text_bytes_max, receipt);
    };
    return std::make_unique<streamed_body>(
        streamed_body::parts{.refine = state_->refine,
                             .idle = state_->idle,
                             .parser = state_->take_parser(),
                             .idle_seen = state_->idle_seen,
                             .seen = state_->take_sightings(),
                             .watch = entry.watch,
                             .open_outlet = std::move(open_outlet),
                             .lane = in_use,
                             .tags = entry.tags,
                             .guests = state_->book_of(in_use.cluster),
                             .homes = state_->shared.homes,
                             .from = std::string(from),
                             .unit = unit,
                             .now = now});
}

/// The batches that the datagrams of one lane fill.
class intake::state::datagram_outlets final : public tenant_outlets {
public:
    datagram_outlets(state& in, lane_map::value_type& lane) : in_(in), lane_(lane) {}
    [[nodiscard]] batch_outlet& of(const tenant_rule& tenant) override {
        return in_.waiting_of(lane_, &tenant).outlet;
    }

private:
    state& in_;
    lane_map::value_type& lane_;
};

void intake::datagram(const journal::lane& lane, std::string_view bytes, moment now,
                      std::string_view from) {
    auto& target = state_->lane_of(lane);
    auto& [in_use, entry] = target;
    auto& own = state_->waiting_of(target, nullptr).outlet;
    auto* const book = state_->book_of(in_use.cluster);
    state::datagram_outlets tenants(*state_, target);
    passage through{.lane = in_use,
                    .exit = {.tags = &entry.tags, .outlet = &own},
                    .guests = book,
                    .tenants = book != nullptr && book->has_tenants() ? &tenants : nullptr,
                    .parser = state_->datagram_parser,
                    .from = from,
                    .unit = protocol::precision::ns,
                    .now = now,
                    .vote = {},
                    .before_half_line = {},
                    .memory = {},
                    .node = {},
                    .newlines = 0,
                    .rejected = 0,
                    .first_error = {},
                    .seen = entry.watch == nullptr ? nullptr : &state_->datagram_seen};
    std::ignore = state_->refine.refine(through, bytes, protocol::input_end::yes);
    tell_presence(entry.watch, state_->datagram_seen, in_use, now);
    state_->losses.tell(now.steady);
    tell_home(state_->shared.homes, through);

    for (auto& [tenant, waiting] : entry.datagrams) {
        if (!waiting.has_begun(now.steady, state_->options.datagram_wait)) continue;
        state_->next_due = std::min(state_->next_due, waiting.due);
    }
}

steady_time intake::flush_due(steady_time now) {
    if (now < state_->next_due) return state_->next_due;
    state_->next_due = steady_time::max();
    for (auto& [lane, entry] : state_->lanes) {
        for (auto& [tenant, waiting] : entry.datagrams) {
            if (waiting.outlet.empty()) continue;
            if (waiting.due <= now) {
                waiting.outlet.hand_over();
            } else {
                state_->next_due = std::min(state_->next_due, waiting.due);
            }
        }
    }
    state_->losses.tell(now);
    return state_->next_due;
}

void intake::flush_all() {
    for (auto& [lane, entry] : state_->lanes) {
        for (auto& [tenant, waiting] : entry.datagrams)
            waiting.outlet.hand_over();
    }
    state_->next_due = steady_time::max();
}

}  // namespace relay::ingest
