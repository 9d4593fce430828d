#include "sinks/series_table.hpp"

#include "sinks/named_lines.hpp"
#include "sinks/sample_time.hpp"
#include "sinks/series_fingerprint.hpp"

#include <boost/unordered/unordered_flat_set.hpp>

#include <algorithm>
#include <string>
#include <utility>

namespace relay::sinks {

using schema::object;

namespace {

/// A series without a sample for so long has ended at every store by itself: Prometheus looks back
/// five minutes, and the relay's own lines come every five at the latest.
constexpr std::int64_t life_ns = 600'000'000'000;

bool is_alive(const known_line& line, series_class of, std::int64_t time_ns) noexcept {
    return line.life.is_alive(of) && line.life.last_ns >= time_ns - life_ns;
}

/// A label as it stands in a block, to be looked for.
class written_label {
public:
    written_label(std::string_view name, std::string_view value) {
        const protocol::label one{name, value};
        const protocol::label_block block({&one, 1});
        bytes_.append(block.before_name()).append(block.behind_name());
    }
    [[nodiscard]] bool is_in(const protocol::label_block& block) const noexcept {
        return block.before_name().find(bytes_) != std::string_view::npos ||
               block.behind_name().find(bytes_) != std::string_view::npos;
    }

private:
    std::string bytes_;
};

/// What a series has to say of what was left: a series that does not tell where its guest is, goes
/// on when that moves.
std::vector<written_label> labels_left(const end_event& event) {
    std::vector<written_label> out;
    if (event.kind == end_kind::migrated) {
        out.emplace_back("node", event.from);
        out.emplace_back("nodename", event.from);
        out.emplace_back("host", event.from);  // of the node's own lines
    } else if (event.kind == end_kind::renamed) {
        out.emplace_back("name", event.from);
        out.emplace_back("host", event.from);
    }
    return out;
}

bool says_any(const protocol::label_block& labels, const std::vector<written_label>& any) {
    return any.empty() ||
           std::ranges::any_of(any, [&](const auto& one) { return one.is_in(labels); });
}

const known_claim* claim_of(const known_line& line, const line_kind::sample& sample) noexcept {
    return sample.claim == 0 ? nullptr : &line.claims[sample.claim - 1U];
}

/// Of all series of the line, sorted.
std::vector<std::uint64_t> series_of(const known_line& line) {
    std::vector<std::uint64_t> out;
    for (const auto& sample : line.kind->samples)
        out.push_back(line.fingerprint_of(sample));
    std::ranges::sort(out);
    return out;
}

bool has_labels(const known_line& line, std::uint64_t fingerprint) noexcept {
    const auto is_it = [&](const known_labels& one) { return one.fingerprint == fingerprint; };
    return is_it(line.labels) || std::ranges::any_of(line.more_labels, is_it);
}

/// Those of the line's samples for which it holds.
template <class Predicate>
void add_series(ending& out, known_line& line, Predicate ends) {
    std::vector<std::uint32_t> samples;
    for (std::uint32_t i = 0; i < line.kind->samples.size(); ++i) {
        if (ends(line.kind->samples[i])) samples.push_back(i);
    }
    if (samples.empty()) return;
    out.time_ms = std::max(out.time_ms, milliseconds(line.life.last_ns) + 1);
    out.series.push_back({line.shared_from_this(), std::move(samples)});
}

/// What the line was called before and is called no more: infos and states of which another one is
/// there in their stead.
template <class Predicate>
void end_renamed(known_line& before, const known_line& now, Predicate was_said, ending& out) {
    const auto series = series_of(now);
    add_series(out, before, [&](const line_kind::sample& one) {
        if (!one.value || !was_said(one)) return false;
        if (std::ranges::binary_search(series, before.fingerprint_of(one))) return false;
        return std::ranges::any_of(now.kind->samples, [&](const line_kind::sample& other) {
            return *other.metric == *one.metric;
        });
    });
}

void forget_in(boost::unordered_flat_map<std::uint64_t, known_line*>& map,
               const unit_place& before) {
    erase_if(map, [&](const auto& one) { return !one.second->life.was_seen_since(before); });
}

}  // namespace

void series_table::add(known_line& line) {
    if (line.subject.thing == 0) return;
    things_[line.subject.thing].push_back(&line);
    ++count_;
}

void series_table::is_renewed(known_line& line, const std::shared_ptr<known_line>& as_it_was) {
    for (auto& one : endings_) {
        for (auto& [ended, samples] : one.series) {
            if (ended.get() == &line) ended = as_it_was;
        }
    }
}

void series_table::forget(const unit_place& before) {
    forget_in(roles_, before);
    forget_in(claims_, before);
    for (auto& [thing, of_it] : things_) {
        const auto is_gone = [&](const known_line* line) {
            return !line->life.was_seen_since(before);
        };
        count_ -= std::erase_if(of_it, is_gone);
    }
    erase_if(things_, [](const auto& one) { return one.second.empty(); });
}

void series_table::begin(const unit_place& from) {
    while (!endings_.empty() && endings_.front().at < from)
        endings_.pop_front();
}

// ---- lines that take the place of others

void series_table::speak(known_line& line, known_line* renewed, std::uint8_t unheard,
                         const unit_place& at, std::int64_t time_ns) {
    ending out{.at = at, .time_ms = milliseconds(time_ns), .series = {}};
    if (renewed != nullptr && is_alive(*renewed, series_class::lasting, time_ns)) {
        const auto was_said = [&](const line_kind::sample& one) {
            const auto* const claim = claim_of(*renewed, one);
            return claim == nullptr || is_holder(line, *claim);
        };
        end_renamed(*renewed, line, was_said, out);
    }
    if (std::exchange(line.life.may_take_over, false)) take_role(line, time_ns, out);
    for (std::size_t i = 0; i < line.claims.size(); ++i) {
        if ((unheard >> i & 1U) == 0) take_claim(line, line.claims[i].what, time_ns, out);
    }
    if (!out.series.empty()) add_ending(std::move(out));
}

/// Whether nobody else was heard of it last.
bool series_table::is_holder(const known_line& line, const known_claim& claim) const {
    const auto found = claims_.find(claim.what);
    return found == claims_.end() || found->second == &line;
}

void series_table::take_role(known_line& line, std::int64_t time_ns, ending& out) {
    if (line.subject.role == 0) return;
    auto* const before = std::exchange(roles_[line.subject.role], &line);
    if (before == nullptr || before == &line) return;
    before->life.may_take_over = true;
    const auto series = series_of(line);
    add_series(out, *before, [&](const line_kind::sample& one) {
        const auto* const claim = claim_of(*before, one);
        return is_alive(*before, one.lasts, time_ns) &&
               (claim == nullptr || is_holder(*before, *claim)) &&
               !has_labels(line, before->labels_of(one).fingerprint) &&
               !std::ranges::binary_search(series, before->fingerprint_of(one));
    });
    before->life.end(out.at, out.time_ms);
}

void series_table::take_claim(known_line& line, std::uint64_t what, std::int64_t time_ns,
                              ending& out) {
    auto* const before = std::exchange(claims_[what], &line);
    if (before == nullptr || before == &line) return;
    const auto series = series_of(line);
    add_series(out, *before, [&](const line_kind::sample& one) {
        const auto* const claim = claim_of(*before, one);
        return claim != nullptr && claim->what == what && one.value &&
               is_alive(*before, one.lasts, time_ns) &&
               !std::ranges::binary_search(series, before->fingerprint_of(one));
    });
}

// ---- what ended

std::vector<known_line*> series_table::lines_of(const end_event& event,
                                                const journal::lane& lane) const {
    const auto cluster = cluster_hash(lane.cluster);
    lines out;
    const auto add_from = [&](const lines& all) {
        std::ranges::copy_if(all, std::back_inserter(out), [&](const known_line* line) {
            return concerns(event, line->subject, lane);
        });
    };
    const auto add_of = [&](std::uint64_t thing) {
        const auto found = things_.find(thing);
        if (found != things_.end()) add_from(found->second);
    };
    if (schema::is_guest(event.object)) {
        add_of(guest_hash(cluster, event.vmid));
    } else if (event.object == object::storage) {
        add_of(storage_hash(cluster, event.host));
    } else {
        for (const auto& [thing, of_it] : things_)
            add_from(of_it);
    }
    return out;
}

/// The series of what goes on speaking of it, sorted.
std::vector<std::uint64_t> series_table::others_alive(std::uint64_t thing,
                                                      std::int64_t time_ns) const {
    std::vector<std::uint64_t> out;
    for (const auto* line : things_.at(thing)) {
        for (const auto& sample : line->kind->samples) {
            if (is_alive(*line, sample.lasts, time_ns)) out.push_back(line->fingerprint_of(sample));
        }
    }
    std::ranges::sort(out);
    return out;
}

/// Which of its series end with the event, as far as nobody else goes on with them.
struct series_table::candidate {
    known_line* line;
    bool measurements;
    bool lasting;
    [[nodiscard]] bool has(series_class of) const noexcept {
        return of == series_class::lasting ? lasting : measurements;
    }
};

/// Those of the lines that were alive, and are not from here on.
std::vector<series_table::candidate> series_table::end_lives(const end_event& event,
                                                             const journal::lane& lane,
                                                             const unit_place& at) {
    std::vector<candidate> out;
    for (auto* line : lines_of(event, lane)) {
        if (at <= line->life.seen) continue;
        candidate one{
            line, is_alive(*line, series_class::measurement, event.time_ns),
            ends_for_good(event.kind) && is_alive(*line, series_class::lasting, event.time_ns)};
        if (one.measurements) line->life.end(series_class::measurement, at);
        if (one.lasting) line->life.end(series_class::lasting, at);
        if (one.measurements || one.lasting) out.push_back(one);
    }
    return out;
}

void series_table::end(const end_event& event, const journal::lane& lane, const unit_place& at) {
    const auto ended = end_lives(event, lane, at);
    const auto left = labels_left(event);
    ending out{.at = at, .time_ms = milliseconds(event.time_ns), .series = {}};
    std::uint64_t thing = 0;
    std::vector<std::uint64_t> others;
    for (const auto& one : ended) {
        auto& line = *one.line;
        if (line.subject.thing != std::exchange(thing, line.subject.thing)) {
            others = others_alive(thing, event.time_ns);
        }
        add_series(out, line, [&](const line_kind::sample& sample) {
            const auto* const claim = claim_of(line, sample);
            return one.has(sample.lasts) && (claim == nullptr || is_holder(line, *claim)) &&
                   !std::ranges::binary_search(others, line.fingerprint_of(sample)) &&
                   says_any(line.labels_of(sample).block, left);
        });
    }
    for (const auto& series : out.series)
        series.line->life.quiet_through_ms = out.time_ms;
    // Who spoke for others speaks no more.
    for (const auto& one : ended) {
        for (const auto& claim : one.line->claims) {
            const auto found = claims_.find(claim.what);
            if (found != claims_.end() && found->second == one.line) claims_.erase(found);
        }
    }
    if (!out.series.empty()) add_ending(std::move(out));
}

// ---- what ends where

/// Each series once, though several lines may have had it: what a part of a request holds must not
/// depend on the others.
void series_table::add_ending(ending&& made) {
    boost::unordered_flat_set<std::uint64_t> known;
    for (auto& [line, samples] : made.series) {
        std::erase_if(samples, [&, &line = line](std::uint32_t i) {
            return !known.insert(line->fingerprint_of(line->kind->samples[i])).second;
        });
    }
    std::erase_if(made.series, [](const ended_series& one) { return one.samples.empty(); });
    const auto behind = std::ranges::upper_bound(endings_, made.at, {}, &ending::at);
    endings_.insert(behind, std::move(made));
}

const ending* series_table::find_among(const unit_place& at) const noexcept {
    const auto found = std::ranges::lower_bound(endings_, at, {}, &ending::at);
    return found != endings_.end() && found->at == at ? &*found : nullptr;
}

}  // namespace relay::sinks
