#include "relay/delivery/itinerary.hpp"

#include "relay/base/check.hpp"

#include <algorithm>
#include <utility>

namespace relay::delivery {
namespace {

// What arrives while a piece of the backlog is under way waits for it to end. So pieces follow the
// store as it is: small at first, because one that has just come back is slow (VictoriaMetrics took
// 3.4 s for the first 500 KiB, whose series it had to make known, and 35 ms for 58 KiB later),
// twice as large after a quick one, and after a slow one as large as should have been quick.
constexpr std::chrono::milliseconds piece_slow{500};
constexpr std::chrono::milliseconds piece_usual{250};
constexpr std::chrono::milliseconds piece_quick{150};
constexpr std::size_t piece_bytes_min = 16 << 10;
constexpr std::size_t piece_bytes_first = 64 << 10;

constexpr auto no_end = std::numeric_limits<journal::sequence>::max();

std::size_t member_bytes(const std::vector<journal::record_ptr>& records) {
    std::size_t bytes = 0;
    for (const auto& one : records)
        bytes += one->header.member_bytes;
    return bytes;
}

}  // namespace

itinerary::itinerary(journal::cursor position, const replay_options& replay,
                     const delivery_options& options)
    : position_(std::move(position)),
      replay_(replay),
      options_(options),
      done_through_(position_.delivered),
      read_through_(position_.delivered),
      piece_bytes_(std::min(piece_bytes_first, options.read_bytes)) {}

void itinerary::turn_to_live() {
    on_backlog_ = false;
    done_through_ = read_through_ = position_.delivered;
    last_ = no_end;
}

void itinerary::turn_to_backlog(moment now) {
    RELAY_CHECK(owes_any());
    on_backlog_ = true;
    const auto& oldest = position_.gaps.front();
    done_through_ = read_through_ = oldest.first - 1;
    last_ = oldest.last;
    piece_begun_ = now.steady;
    piece_text_bytes_ = 0;
}

journal::read_limits itinerary::limits() const noexcept {
    return {.records = options_.read_records,
            .bytes = on_backlog_ ? piece_bytes_ : options_.read_bytes};
}

void itinerary::was_read(std::vector<journal::record_ptr>& records) {
    const auto beyond = [this](const auto& one) { return one->header.sequence > last_; };
    const auto removed = std::erase_if(records, beyond);
    if (on_backlog_ && (removed > 0 || records.empty())) {
        read_through_ = last_;
    } else if (!records.empty()) {
        read_through_ = records.back()->header.sequence;
    }
    for (const auto& one : records)
        piece_text_bytes_ += one->header.text_bytes;
}

bool itinerary::is_backlog(const std::vector<journal::record_ptr>& records,
                           journal::sequence newest, moment now) const {
    if (replay_.order == replay_order::in_order || on_backlog_ || records.empty()) return false;
    const auto age = unix_nanoseconds(now.wall) - records.front()->header.appended_ns;
    if (age <= std::chrono::nanoseconds(options_.live_age_max).count()) return false;
    // All there is, and no more than a first piece: nothing is won by an order.
    const bool all = records.back()->header.sequence >= newest;
    return !all || member_bytes(records) > piece_bytes_first;
}

void itinerary::put_off(journal::sequence newest) {
    const auto first = position_.delivered + 1;
    position_.delivered = newest;
    journal::add_gap(position_, {.first = first, .last = newest});
    piece_bytes_ = std::min(piece_bytes_first, options_.read_bytes);
    turn_to_live();
}

void itinerary::done_through(journal::sequence last) {
    if (last <= done_through_) return;
    if (on_backlog_) {
        journal::remove_gap(position_, {.first = done_through_ + 1, .last = last});
    } else {
        position_.delivered = last;
    }
    done_through_ = last;
}

void itinerary::done(moment now) {
    done_through(read_through_);
    if (on_backlog_) pace(now);
}

void itinerary::pace(moment now) {
    if (piece_text_bytes_ == 0) return;
    const auto took = now.steady - piece_begun_;
    const bool is_whole = read_through_ < last_;  // the end of a gap is short and tells little
    if (took > piece_slow) {
        const auto share = std::chrono::duration<double>(piece_usual) / took;
        const auto bytes = static_cast<std::size_t>(static_cast<double>(piece_bytes_) * share);
        piece_bytes_ = std::max(bytes, piece_bytes_min);
    } else if (took < piece_quick && is_whole) {
        piece_bytes_ = std::min(piece_bytes_ * 2, options_.read_bytes);
    }
    if (replay_.rate.bytes == 0) return;
    const std::chrono::duration<double> share(static_cast<double>(piece_text_bytes_) /
                                              static_cast<double>(replay_.rate.bytes));
    backlog_due_ = std::max(backlog_due_, piece_begun_) +
                   std::chrono::duration_cast<steady_time::duration>(share);
}

}  // namespace relay::delivery
