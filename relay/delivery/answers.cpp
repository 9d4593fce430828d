// The part of delivery that judges: what each verdict leads to, and what must be proven before a
// unit may be dropped.
#include "relay/delivery/delivery.hpp"

#include <algorithm>
#include <utility>

namespace relay::delivery {
namespace {

using sinks::verdict_kind;

bool is_success(verdict_kind kind) {
    return kind == verdict_kind::delivered || kind == verdict_kind::rest_stored;
}

/// Some stores answer 500 for data that they will never take (Prometheus 2.42: "too old sample").
/// Their words are believed only after tries, and never without a proof.
bool blames_data(const sinks::verdict& verdict) {
    return verdict.kind == verdict_kind::refused || verdict.kind == verdict_kind::too_large ||
           (verdict.kind == verdict_kind::fault && !verdict.reason.empty() &&
            verdict.reason != sinks::unexplained_fault);
}

bool same_destination(const http_request& a, const http_request& b) {
    return a.url == b.url && a.headers == b.headers;
}

}  // namespace

// --- the answer to a request --------------------------------------------------------------------

action delivery::judged(const sinks::verdict& verdict, int status, moment now) {
    switch (verdict.kind) {
        case verdict_kind::delivered:
        case verdict_kind::rest_stored:
            return stored(verdict, status, now);
        case verdict_kind::too_large:
            return too_large(verdict, status, now);
        case verdict_kind::refused:
            return refused(verdict, status, now);
        case verdict_kind::fault:
            return fault(verdict, status, now);
        case verdict_kind::configuration:
        case verdict_kind::unsupported:
        case verdict_kind::later:
            return hold(verdict, status, now);
    }
    return hold(verdict, status, now);
}

/// The sink knows better now: the same units once more, and nothing that it made before.
action delivery::encode_again(const sinks::verdict& verdict, int status, moment now) {
    parts_.counters.adaptations.add();
    trouble_.adapts(verdict, status);
    prepared_.reset();
    return next(now);
}

action delivery::stored(const sinks::verdict& verdict, int status, moment now) {
    const auto points = std::min(verdict.stored.value_or(sent_->points), sent_->points);
    parts_.counters.points.add(points);
    if (points < sent_->points) {
        trouble_.dropped(loss_of(sent_->points - points), verdict, status, now);
    } else if (verdict.kind == verdict_kind::rest_stored) {
        trouble_.partly_stored(verdict, status, now);
    }
    parts_.counters.last_success_ns.set(unix_nanoseconds(now.wall));
    trouble_.over(now);
    backoff_.reset();
    faults_ = 0;
    fault_pieces_ = 2;
    disproven_ = false;
    keep_witness();
    grow_units();
    if (search_) {
        search_->taken(*sent_);
    } else {
        parts_.counters.left_out.add(sent_->dropped);
        advance(sent_->end);
    }
    return next(now);
}

action delivery::too_large(const sinks::verdict& verdict, int status, moment now) {
    if (search_ || sent_->units == 1) return refused(verdict, status, now);
    units_max_ = sent_->units / 2;
    return next(now);
}

action delivery::refused(const sinks::verdict& verdict, int status, moment now) {
    doubt_ = verdict;
    doubt_status_ = status;
    return search_ ? search_on(now) : prove(purpose::search, now);
}

action delivery::fault(const sinks::verdict& verdict, int status, moment now) {
    doubt_ = verdict;
    doubt_status_ = status;
    if (search_) return search_on(now);
    if (++faults_ < options_.fault_tries) return hold(verdict, status, now);
    return prove(purpose::faults, now);
}

action delivery::search_on(moment now) {
    switch (search_->refused(*sent_)) {
        case search::step::go_on:
            return next(now);
        case search::step::drop:
            // A passing fault must not cost a unit; a refusal does not pass.
            if (!blames_data(doubt_) && ++faults_ < options_.fault_tries) {
                return hold(doubt_, doubt_status_, now);
            }
            return prove(purpose::drop, now);
        case search::step::failed:
            return give_up_round(now);
    }
    return next(now);
}

/// Pieces of every size fail and nothing tells why: it may well be the store. The next round, a
/// backoff later, cuts finer.
action delivery::give_up_round(moment now) {
    fault_pieces_ = std::min(fault_pieces_ * 2, options_.fault_pieces_max);
    return begin_anew(now);
}

/// Faults that nothing explains: after a backoff the same units are sent with what has arrived
/// since, which may tell.
action delivery::begin_anew(moment now) {
    search_.reset();
    sent_.reset();
    if (itinerary_.on_backlog()) {
        // Nothing is added to a piece of the backlog; but it can be left for a while, and what is
        // new does not wait for it.
        window_.clear();
        at_ = {};
        itinerary_.turn_to_live();
    }
    return hold(doubt_, doubt_status_, now);
}

// --- doubt and proof ----------------------------------------------------------------------------

/// What a store says of data is believed once it takes, afterwards, an empty request. That says
/// nothing about a fault which nobody explains: there it must store once more what it has stored
/// before. (Nowhere else: what was answered 2xx is not to be repeated.)
action delivery::prove(purpose why, moment now) {
    if (stopping_) return make(action::kind::stop, delivery_state::stopped);
    purpose_ = why;
    proof_is_witness_ = !blames_data(doubt_);
    proof_ = proof_is_witness_ ? witness() : parts_.sink.probe();
    if (proof_) {
        parts_.counters.proofs.add();
        return send(*proof_, delivery_state::proving);
    }
    if (!proof_is_witness_) return proven(now);  // a sink that has nothing to ask is believed
    return why == purpose::faults ? cut_faulty(now) : begin_anew(now);
}

action delivery::proof_judged(const sinks::verdict& verdict, int status, moment now) {
    proof_.reset();
    if (is_success(verdict.kind)) return proven(now);
    if (proof_is_witness_ && blames_data(verdict)) {
        // Stored once, refused now (grown too old, for one): no witness any more.
        witness_.reset();
        return prove(purpose_, now);
    }
    disproven_ = true;
    if (verdict.kind == verdict_kind::later || verdict.kind == verdict_kind::fault) {
        return hold(verdict, status, now);
    }
    // What cannot be wrong is refused as well: not these data, but a proxy or a setting.
    auto setting = verdict;
    setting.kind = verdict_kind::configuration;
    setting.detail =
        "even an empty request is refused, so it is a proxy or a setting: " + setting.detail;
    return hold(setting, status, now);
}

action delivery::proven(moment now) {
    if (stopping_) return make(action::kind::stop, delivery_state::stopped);
    if (std::exchange(disproven_, false)) {
        // Not well a moment ago: it may have recovered only after it refused these bytes.
        parts_.counters.retries.add();
        return send(sent_->request, delivery_state::sending);
    }
    backoff_.reset();
    if (purpose_ == purpose::drop || sent_->units == 1) {
        drop_sent(now);
    } else {
        begin_search(
            search::of_refused({.from = sent_from_, .units = sent_->units}, search_requests_));
    }
    return next(now);
}

action delivery::cut_faulty(moment now) {
    if (sent_->units == 1) return begin_anew(now);
    begin_search(search::of_faulty({.from = sent_from_, .units = sent_->units}, fault_pieces_,
                                   search_requests_));
    return next(now);
}

std::optional<http_request> delivery::witness() {
    if (witness_ == nullptr) return std::nullopt;
    auto unit = parts_.sink.encode({&witness_, 1}, {.record = 0, .unit = witness_unit_}, 1);
    // Another bucket or tenant may be healthy while this one is not.
    if (unit.units == 0 || !same_destination(unit.request, sent_->request)) return std::nullopt;
    return std::move(unit.request);
}

}  // namespace relay::delivery
