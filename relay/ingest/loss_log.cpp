#include "relay/ingest/loss_log.hpp"

#include <chrono>
#include <utility>

namespace relay::ingest {

constexpr auto interval = std::chrono::seconds(10);

void loss_log::add(std::uint64_t lines) {
    lines_.add(lines);
    batches_.add();
    untold_ += lines;
}

void loss_log::tell(steady_time now) {
    if (untold_ == 0 || now < next_) return;
    next_ = now + interval;
    log_.warning("the journal's queue is full: {} lines were not taken", std::exchange(untold_, 0));
}

}  // namespace relay::ingest
