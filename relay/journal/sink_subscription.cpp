#include "relay/journal/sink_subscription.hpp"

#include <algorithm>
#include <utility>

namespace relay::journal {

sink_subscription::sink_subscription(subscription_parts parts, subscriber_id id,
                                     std::shared_ptr<cursor_file> file, cursor position,
                                     bool is_new)
    : to_(parts),
      id_(id),
      file_(std::move(file)),
      position_(std::move(position)),
      reader_(parts.records),
      back_reader_(parts.records),
      is_new_(is_new) {
    to_.files.with([this](auto& all) { all.push_back(file_); });
}

sink_subscription::~sink_subscription() {
    to_.files.with([this](auto& all) { std::erase(all, file_); });
    // The sync thread may be in the middle of it; a second sync then finds nothing to do.
    if (const auto error = file_->sync()) {
        to_.logger.warning("cannot sync the cursor of {}: {}", id_->sink, error.message());
    }
    sink_subscription::let_go();
    to_.records.remove_subscriber(id_);
}

void sink_subscription::let_go() {
    for (const auto& lost : to_.records.let_go(id_))
        say(lost);
}

std::vector<record_ptr> sink_subscription::read(sequence after, contents what,
                                                const read_limits& limits) {
    auto found = reader_.read(after, what, limits);
    for (const auto& gone : reader_.passed_over()) {
        const auto lost = to_.records.account(id_, gone);
        if (lost) say(*lost);
    }
    // Before they are held: what is held is a range, and would seem to have them.
    auto last = after;
    for (const auto& record : found) {
        if (record->header.sequence > last + 1) skip({last + 1, record->header.sequence - 1});
        last = record->header.sequence;
    }
    if (found.empty()) {
        if (after != held_.last) hold({});
    } else {
        const auto first = found.front()->header.sequence;
        hold({.first = after == held_.last && held_.first != 0 ? held_.first : first,
              .last = found.back()->header.sequence});
    }
    return found;
}

std::vector<record_ptr> sink_subscription::look_back(sequence after, std::chrono::nanoseconds span,
                                                     contents what, const read_limits& limits) {
    const auto last = position_.delivered;
    if (is_new_ || last == 0) return {};
    auto within = limits;
    within.appended_from_ns = to_.records.appended_at(last) - span.count();
    if (after == 0) after = to_.records.before(within.appended_from_ns);
    while (after < last) {
        auto found = back_reader_.read(after, what, within);
        if (found.empty()) return {};
        after = found.back()->header.sequence;
        std::erase_if(found, [&](const record_ptr& one) {
            const auto& header = one->header;
            return header.sequence > last || header.appended_ns < within.appended_from_ns;
        });
        if (!found.empty()) return found;
    }
    return {};
}

// What was deleted while the sink held it in memory is lost when it lets go of it undelivered.
void sink_subscription::hold(const gap& records) {
    held_ = records;
    for (const auto& lost : to_.records.set_held(id_, records))
        say(lost);
}

// What left the memory tail before the sink came to it, after its segment was deleted.
void sink_subscription::skip(const gap& records) {
    for (const auto& lost : to_.records.skipped(id_, records))
        say(lost);
}

void sink_subscription::say(const loss& lost) const {
    to_.logger.warning("sink {} lost {}: {}", id_->sink, to_string(lost), lost.reason);
}

void sink_subscription::commit(const cursor& position) {
    if (position == position_) return;
    // Held as new and now put off: the sink reads it again.
    const bool put_off = held_.first > position_.delivered && held_.last <= position.delivered;
    position_ = position;
    const auto error = file_->write(position);
    if (error && !failing_) {
        to_.logger.error("cannot write the cursor of {}: {}", id_->sink, error.message());
    }
    failing_ = static_cast<bool>(error);
    if (to_.records.set_position(id_, position)) to_.syncs.wake();
    if (put_off) hold({});
}

}  // namespace relay::journal
