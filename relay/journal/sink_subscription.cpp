#include "relay/journal/sink_subscription.hpp"

#include <algorithm>
#include <utility>

namespace relay::journal {

sink_subscription::sink_subscription(subscription_parts parts, subscriber_id id,
                                     std::shared_ptr<cursor_file> file, cursor position)
    : to_(parts),
      id_(id),
      file_(std::move(file)),
      position_(std::move(position)),
      reader_(parts.records) {
    to_.files.with([this](auto& all) { all.push_back(file_); });
}

sink_subscription::~sink_subscription() {
    to_.files.with([this](auto& all) { std::erase(all, file_); });
    // The sync thread may be in the middle of it; a second sync then finds nothing to do.
    if (const auto error = file_->sync()) {
        to_.logger.warning("cannot sync the cursor of {}: {}", id_->sink, error.message());
    }
    to_.records.remove_subscriber(id_);
}

std::vector<record_ptr> sink_subscription::read(sequence after, contents what,
                                                const read_limits& limits) {
    auto found = reader_.read(after, what, limits);
    if (const auto records = reader_.passed_over(); records > 0) {
        to_.records.add_lost(id_, records);
        to_.logger.warning("sink {} lost {} records that cannot be read", id_->sink, records);
    }
    return found;
}

void sink_subscription::commit(const cursor& position) {
    if (position == position_) return;
    position_ = position;
    const auto error = file_->write(position);
    if (error && !failing_) {
        to_.logger.error("cannot write the cursor of {}: {}", id_->sink, error.message());
    }
    failing_ = static_cast<bool>(error);
    if (to_.records.set_position(id_, position)) to_.syncs.wake();
}

}  // namespace relay::journal
