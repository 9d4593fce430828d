#include "relay/ingest/batch_outlet.hpp"

#include <algorithm>
#include <utility>

namespace relay::ingest {

namespace {

// A homelab's 30 kB end in 32 KiB. Beyond that a buffer grows by fours, to its bound exactly: each
// step copies all there is into fresh pages, and doubling took a tenth of ingest's time.
constexpr std::size_t first_bytes = 4 << 10;
constexpr std::size_t small_bytes = 32 << 10;
constexpr std::size_t usual_line_bytes = 1 << 10;

// A line gets longer by our tags; and what is expected is the sender's word alone.
constexpr std::size_t expected_bytes_max = 128 << 10;

constexpr std::size_t grown(std::size_t bytes) noexcept {
    if (bytes < first_bytes) return first_bytes;
    return std::min(bytes < small_bytes ? bytes * 2 : bytes * 4, journal::batch_text_bytes_max);
}
static_assert(grown(grown(first_bytes)) == small_bytes / 2);

// Exactly so much: reserve() would give twice what was there at least, and that beyond the bound.
void give_room(std::string& text, std::size_t bytes) {
    std::string larger;
    larger.reserve(bytes);
    larger.append(text);
    text = std::move(larger);
}

}  // namespace

batch_outlet::batch_outlet(journal::journal& journal, const journal::lane& lane,
                           std::shared_ptr<journal::receipt> receipt, std::size_t full_bytes,
                           outlet_counters counters)
    : journal_(journal),
      full_bytes_(std::min(full_bytes, journal::batch_text_bytes_max - batch_headroom_bytes)),
      counters_(counters),
      lane_(lane),
      receipt_(std::move(receipt)) {}

void batch_outlet::expect(std::size_t bytes) {
    auto& text = batch_.text;
    if (bytes < first_bytes || !text.empty()) return;
    const auto believed = std::min(bytes, expected_bytes_max);
    const auto wanted = believed + believed / 8 + usual_line_bytes;
    if (text.capacity() < wanted) give_room(text, wanted);
}

std::string& batch_outlet::text() {
    auto& text = batch_.text;
    if (text.capacity() - text.size() < usual_line_bytes) give_room(text, grown(text.capacity()));
    return text;
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
    auto full = std::exchange(batch_, journal::batch{});
    full.lane = lane_;
    full.receipt = receipt_;
    // It may wait for a disk: then what it holds should be what it says.
    if (full.text.capacity() > 2 * full.text.size() + first_bytes) full.text.shrink_to_fit();
    const auto points = full.points;
    if (!journal_.append(std::move(full))) return counters_.losses.add(points);
    counters_.lines.add(points);
    counters_.batches.add();
}

}  // namespace relay::ingest
