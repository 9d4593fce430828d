#include "relay/ingest/batch_outlet.hpp"

#include <algorithm>
#include <utility>

namespace relay::ingest {

// Doubling from here ends exactly at the bound, and a homelab's 30 kB take 32 KiB.
constexpr std::size_t first_bytes = 4 << 10;
static_assert(journal::batch_text_bytes_max % first_bytes == 0);

batch_outlet::batch_outlet(journal::journal& journal, const journal::lane& lane,
                           std::shared_ptr<journal::receipt> receipt, std::size_t full_bytes,
                           outlet_counters counters)
    : journal_(journal),
      full_bytes_(std::min(full_bytes, journal::batch_text_bytes_max - batch_headroom_bytes)),
      counters_(counters),
      lane_(lane),
      receipt_(std::move(receipt)) {}

std::string& batch_outlet::text() {
    if (batch_.text.empty()) batch_.text.reserve(first_bytes);
    return batch_.text;
}

bool batch_outlet::end_line(std::size_t begin, std::int64_t time_ns) {
    const auto line_bytes = batch_.text.size() - begin;
    if (line_bytes > journal::batch_text_bytes_max) {
        batch_.text.resize(begin);
        return false;
    }
    if (batch_.text.size() > journal::batch_text_bytes_max) move_line_to_new_batch(begin);

    const bool first = batch_.points == 0;
    batch_.oldest_ns = first ? time_ns : std::min(batch_.oldest_ns, time_ns);
    batch_.newest_ns = first ? time_ns : std::max(batch_.newest_ns, time_ns);
    ++batch_.points;
    if (batch_.text.size() >= full_bytes_) hand_over();
    return true;
}

batch_outlet::mark batch_outlet::here() const noexcept {
    return {.batches = batches_,
            .text_bytes = batch_.text.size(),
            .points = batch_.points,
            .oldest_ns = batch_.oldest_ns,
            .newest_ns = batch_.newest_ns};
}

bool batch_outlet::take_back(const mark& to) {
    if (to.batches != batches_) return false;
    batch_.text.resize(to.text_bytes);
    batch_.points = to.points;
    batch_.oldest_ns = to.oldest_ns;
    batch_.newest_ns = to.newest_ns;
    return true;
}

void batch_outlet::move_line_to_new_batch(std::size_t begin) {
    auto line = batch_.text.substr(begin);
    batch_.text.resize(begin);
    hand_over();
    batch_.text = std::move(line);
}

void batch_outlet::hand_over() {
    if (batch_.points == 0) return;
    points_ += batch_.points;
    ++batches_;
    counters_.lines.add(batch_.points);
    counters_.batches.add();

    auto full = std::exchange(batch_, journal::batch{});
    full.lane = lane_;
    full.receipt = receipt_;
    journal_.append(std::move(full));
}

}  // namespace relay::ingest
