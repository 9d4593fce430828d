#include "relay/delivery/delivery.hpp"

#include "relay/base/check.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace relay::delivery {
namespace {

constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();

}  // namespace

delivery::delivery(delivery_parts parts, const delivery_options& options, journal::cursor position,
                   std::uint64_t seed)
    : parts_(std::move(parts)),
      options_(options),
      engine_(seed),
      trouble_(parts_.name, options_, parts_.counters, parts_.log),
      burial_(parts_.name, parts_.sink, parts_.letters),
      rewrite_(parts_.only, parts_.sink.needs_text()),
      itinerary_(std::move(position), parts_.replay, options_),
      units_max_(unlimited),
      search_requests_(options.search_requests_max),
      backoff_(options.backoff) {}

// --- events -------------------------------------------------------------------------------------

action delivery::begin() {
    show_position();
    return read_live();
}

action delivery::notified() {
    if (state_ == delivery_state::idle || state_ == delivery_state::pacing) return read_live();
    return unchanged();
}

action delivery::owe(journal::gap range) {
    itinerary_.owe(range);
    commit();
    return notified();
}

action delivery::records_read(std::vector<journal::record_ptr> records, journal::sequence newest,
                              moment now) {
    RELAY_CHECK(state_ == delivery_state::reading && !sent_.has_value() && !search_.has_value());
    if (stopping_) return make(action::kind::stop, delivery_state::stopped);
    if (window_.empty() && itinerary_.is_backlog(records, newest, now)) {
        return put_off(records, newest, now);
    }
    itinerary_.was_read(records);
    const bool is_up_to_date = !records.empty() && records.back()->header.sequence >= newest;
    if (is_up_to_date && !itinerary_.owes_any()) {
        gathering_until_ = now.steady + options_.gather_time;
    }
    const bool nothing = records.empty() && window_.empty() && !itinerary_.on_backlog();
    if (nothing) return rest(now);
    for (auto& one : records)
        take(std::move(one));
    return next(now);
}

void delivery::take(journal::record_ptr record) {
    if (!parts_.sink.takes(record->header.lane)) return parts_.counters.skipped_records.add();
    auto [mine, left_out] = rewrite_.apply(std::move(record));
    parts_.counters.filtered_lines.add(left_out);
    if (mine != nullptr) window_.push_back(std::move(mine));
}

action delivery::answered(const http_response& response, moment now) {
    check_invariant();
    if (state_ == delivery_state::proving) {
        const auto verdict =
            proof_is_witness_ ? parts_.sink.judge(response) : parts_.sink.judge_probe(response);
        return proof_judged(verdict, response.status, now);
    }
    if (state_ == delivery_state::probing) {
        return probed(parts_.sink.judge_probe(response), response.status, now);
    }
    RELAY_CHECK(state_ == delivery_state::sending && sent_.has_value());
    const auto verdict = parts_.sink.judge(response);
    parts_.counters.requests.add();
    parts_.counters.by_verdict[static_cast<std::size_t>(verdict.kind)].add();
    if (parts_.sink.adapts_to(response)) return encode_again(verdict, response.status, now);
    return judged(verdict, response.status, now);
}

action delivery::tick(moment now) {
    if (state_ != delivery_state::backing_off && state_ != delivery_state::configuration) {
        return notified();
    }
    if (now.steady < until_) return notified();
    parts_.counters.wait_until_ns.set(0);
    if (sent_.has_value()) return try_again();
    return window_.size() < options_.read_records ? read_on() : next(now);
}

action delivery::stop() {
    stopping_ = true;
    const bool in_flight = state_ == delivery_state::sending || state_ == delivery_state::proving ||
                           state_ == delivery_state::probing;
    if (in_flight) return make(action::kind::await, state_);
    return make(action::kind::stop, delivery_state::stopped);
}

// --- what comes next ----------------------------------------------------------------------------

action delivery::make(action::kind what, delivery_state state) {
    state_ = state;
    parts_.counters.state.set(static_cast<std::int64_t>(state));
    action made;
    made.what = what;
    made.commit = std::exchange(commit_, std::nullopt);
    made.commit_after = burial_.last_ticket();
    return made;
}

/// Nothing to do but what is being done; a commit may ride on it.
action delivery::unchanged() {
    if (state_ == delivery_state::stopped) return make(action::kind::stop, state_);
    auto same = make(action::kind::await, state_);
    if (state_ == delivery_state::backing_off || state_ == delivery_state::configuration) {
        same.what = action::kind::wait;
        same.until = until_;
    }
    return same;
}

action delivery::read_live() {
    itinerary_.turn_to_live();
    return read_on();
}

action delivery::read_on() {
    auto result = make(action::kind::read, delivery_state::reading);
    result.after = itinerary_.read_after();
    result.limits = itinerary_.limits();
    if (!itinerary_.owes_any()) result.until = gathering_until_;
    return result;
}

/// Nothing new waits: the time of the backlog, where there is one.
action delivery::rest(moment now) {
    if (!itinerary_.owes_any()) return make(action::kind::idle, delivery_state::idle);
    if (now.steady < itinerary_.backlog_due()) {
        auto result = make(action::kind::wait, delivery_state::pacing);
        result.until = itinerary_.backlog_due();
        return result;
    }
    itinerary_.turn_to_backlog(now);
    return read_on();
}

action delivery::put_off(const std::vector<journal::record_ptr>& records, journal::sequence newest,
                         moment now) {
    trouble_.put_off(records.front()->header.appended_ns, now);
    itinerary_.put_off(newest);
    commit();
    return read_live();
}

action delivery::next(moment now) {
    sent_.reset();
    if (stopping_) return make(action::kind::stop, delivery_state::stopped);
    if (encode_next()) return send(sent_->request, delivery_state::sending);
    window_.clear();
    itinerary_.done(now);
    commit();
    if (!itinerary_.owes_any()) trouble_.caught_up();
    return read_live();
}

/// @returns whether there is something to send.
bool delivery::encode_next() {
    while (!sent_.has_value()) {
        if (search_ && search_->done()) end_search();
        if (search_) {
            encode_piece();
        } else if (at_.record >= window_.size()) {
            return false;
        } else {
            encode_ahead();
        }
    }
    return true;
}

void delivery::encode_piece() {
    const auto [from, units] = search_->next();
    sent_from_ = from;
    auto piece = parts_.sink.encode(window_, from, units);
    if (piece.units > 0) {
        sent_ = std::move(piece);
    } else {
        search_->nothing_until(piece.end, piece.end.record < window_.size());
    }
}

void delivery::encode_ahead() {
    sent_from_ = at_;
    auto ahead = take_prepared_or_encode();
    RELAY_CHECK(ahead.end > at_);
    if (ahead.units > 0) {
        sent_ = std::move(ahead);
        return;
    }
    parts_.counters.left_out.add(ahead.dropped);
    advance(ahead.end);
}

/// The request at at_. What was prepared is as good where no more units are asked of it than a
/// request may hold now.
sinks::encoded delivery::take_prepared_or_encode() {
    auto ready = std::exchange(prepared_, std::nullopt);
    if (ready && ready->from == at_ && ready->units_max <= units_max_) {
        return std::move(ready->request);
    }
    return parts_.sink.encode(window_, at_, units_max_);
}

void delivery::prepare() {
    if (state_ != delivery_state::sending || stopping_ || search_ || prepared_) return;
    const auto from = sent_->end;
    if (from.record >= window_.size()) return;
    const auto lane_at = [&](const sinks::place& at) { return window_[at.record]->header.lane; };
    if (lane_at(from) != lane_at(sent_from_)) return;
    prepared_ = {.from = from,
                 .units_max = units_max_,
                 .request = parts_.sink.encode(window_, from, units_max_)};
}

action delivery::send(const http_request& request, delivery_state state) {
    parts_.counters.bytes.add(request.body.size());
    auto result = make(action::kind::send, state);
    result.request = &request;
    return result;
}

/// The identical bytes; to a store that was down for long only once it answers an empty request.
action delivery::try_again() {
    const bool ask = asks_first_ && backoff_.tries() >= options_.probe_tries &&
                     sent_->request.body.size() >= options_.probe_body_min;
    if (ask) proof_ = parts_.sink.probe();
    if (ask && proof_) {
        parts_.counters.probes.add();
        return send(*proof_, delivery_state::probing);
    }
    parts_.counters.retries.add();
    return send(sent_->request, delivery_state::sending);
}

/// What the question cannot tell, the request itself will.
action delivery::probed(const sinks::verdict& verdict, int status, moment now) {
    using sinks::verdict_kind;
    proof_.reset();
    if (stopping_) return make(action::kind::stop, delivery_state::stopped);
    const bool is_down = verdict.kind == verdict_kind::later ||
                         verdict.kind == verdict_kind::fault ||
                         verdict.kind == verdict_kind::configuration;
    if (is_down) return hold(verdict, status, now);
    parts_.counters.retries.add();
    return send(sent_->request, delivery_state::sending);
}

/// Backs off; then the same bytes are sent, or next() decides where none are kept.
action delivery::hold(const sinks::verdict& why, int status, moment now) {
    trouble_.holds(why, status, now);
    prepared_.reset();  // no memory is kept for a store that is down
    if (stopping_) return make(action::kind::stop, delivery_state::stopped);
    std::chrono::milliseconds wait = backoff_.next(engine_);
    if (why.retry_after) {
        const auto asked = std::min(*why.retry_after, options_.retry_after_max);
        wait = std::max<std::chrono::milliseconds>(wait, asked);
    }
    until_ = now.steady + wait;
    parts_.counters.wait_until_ns.set(unix_nanoseconds(now.wall + wait));
    const bool store =
        why.kind == sinks::verdict_kind::later || why.kind == sinks::verdict_kind::fault;
    asks_first_ = why.kind != sinks::verdict_kind::fault;
    auto result = make(action::kind::wait,
                       store ? delivery_state::backing_off : delivery_state::configuration);
    result.until = until_;
    return result;
}

// --- what is remembered -------------------------------------------------------------------------

void delivery::begin_search(search started) {
    search_end_ = sent_->end;
    prepared_.reset();
    faults_ = 0;
    parts_.counters.left_out.add(sent_->dropped);
    search_.emplace(std::move(started));
}

void delivery::end_search() {
    search_requests_ = search_->any_taken()
                           ? options_.search_requests_max
                           : std::max(options_.search_requests_min, search_requests_ / 2);
    search_.reset();
    faults_ = 0;
    fault_pieces_ = 2;
    advance(search_end_);
}

/// Of points of the request that was sent.
trouble_log::loss delivery::loss_of(std::size_t points) const {
    const auto& record = window_[sent_from_.record]->header;
    return {.points = points,
            .sequence = record.sequence,
            .unit = sent_from_.unit,
            .from_ns = record.oldest_ns,
            .to_ns = record.newest_ns};
}

void delivery::drop_sent(moment now) {
    trouble_.dropped(loss_of(sent_->points), doubt_, doubt_status_, now);
    burial_.bury(window_, sent_from_, sent_->end, doubt_.reason.empty() ? "refused" : doubt_.reason,
                 now);
    faults_ = 0;
    if (search_) {
        search_->dropped(*sent_);
    } else {
        parts_.counters.left_out.add(sent_->dropped);
        advance(sent_->end);
    }
}

void delivery::keep_witness() {
    witness_ = window_[sent_from_.record];
    witness_unit_ = sent_from_.unit;
}

/// Slowly: every growth that goes too far costs a request (1/64: one in about 45).
void delivery::grow_units() {
    if (units_max_ == unlimited || search_) return;
    if (sent_->units < units_max_) return;  // the bound was not felt
    units_max_ += std::max<std::size_t>(1, units_max_ / 64);
}

/// Everything before `to` is done: whole records are committed and let go.
void delivery::advance(sinks::place to) {
    at_ = to;
    if (at_.record == 0) return;
    const bool all = at_.record >= window_.size();
    itinerary_.done_through(all ? itinerary_.read_after()
                                : window_[at_.record - 1]->header.sequence);
    commit();
    window_.erase(window_.begin(), window_.begin() + static_cast<std::ptrdiff_t>(
                                                         std::min(at_.record, window_.size())));
    if (prepared_) {
        prepared_->from.record -= at_.record;
        prepared_->request.end.record -= at_.record;
    }
    at_.record = 0;
    if (all) at_.unit = 0;
}

/// Where the sink stands now is handed to the shell with the next action.
void delivery::commit() {
    commit_ = itinerary_.position();
    show_position();
}

void delivery::show_position() {
    const auto& position = itinerary_.position();
    auto& show = parts_.counters;
    show.delivered_sequence.set(static_cast<std::int64_t>(complete_through(position)));
    show.owed_gaps.set(static_cast<std::int64_t>(position.gaps.size()));
    show.owed_records.set(static_cast<std::int64_t>(owed(position)));
}

void delivery::check_invariant() const {
    RELAY_ASSERT(state_ != delivery_state::sending || sent_.has_value());
    const bool asks = state_ == delivery_state::proving || state_ == delivery_state::probing;
    RELAY_ASSERT(!asks || (sent_.has_value() && proof_.has_value()));
    RELAY_ASSERT(!sent_.has_value() || sent_->units > 0);
    RELAY_ASSERT(!search_.has_value() || !window_.empty());
    RELAY_ASSERT(!prepared_ || (sent_.has_value() && !search_ && prepared_->from == sent_->end));
}

}  // namespace relay::delivery
