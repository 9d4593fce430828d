#include "relay/journal/journal_reader.hpp"

#include "relay/journal/record_loading.hpp"

#include <algorithm>
#include <utility>

namespace relay::journal {
namespace {

// Gaps that are remembered so that reading again does not count them again. Each is a damage.
constexpr std::size_t known_gaps_max = 1024;

}  // namespace

std::vector<record_ptr> journal_reader::read(sequence after, contents what,
                                             const read_limits& limits) {
    passed_over_.clear();
    for (auto from = after;;) {
        auto found = catalog_.look_up(from, limits);
        const bool from_disk = found.disk.has_value();
        if (from_disk) {
            found.records = read_disk(*found.disk, from, what, limits);
            if (found.records.empty()) {
                // Nothing readable there, unless it was taken back while we looked.
                if (catalog_.revision() == found.disk->revision) from = found.disk->last;
                continue;
            }
        }
        note_gaps(after, found.removed, found.records);
        if (from_disk) seen_ = found.records.back()->header;
        return std::move(found.records);
    }
}

std::vector<record_ptr> journal_reader::read_disk(const disk_place& where, sequence after,
                                                  contents what, const read_limits& limits) {
    std::vector<record_ptr> found;
    if (!open(where, after)) return found;
    std::size_t bytes = 0;
    while (const auto parsed = reader_->peek(where.end)) {
        const auto& header = parsed->header;
        if (header.sequence > where.last) break;
        if (header.sequence <= reader_after_ || header.appended_ns < limits.appended_from_ns) {
            seen_ = header;
            reader_->skip(*parsed);
            continue;
        }
        bytes += what == contents::text ? header.text_bytes : header.member_bytes;
        if (!found.empty() && (found.size() >= limits.records || bytes > limits.bytes)) break;
        auto one = load_record(*reader_, *parsed, where.end, what);
        if (!one) continue;
        reader_after_ = one->header.sequence;
        found.push_back(std::move(one));
    }
    const auto damage = reader_->take_damage();
    if (catalog_.revision() != where.revision) {
        reader_.reset();
    } else if (!damage.empty()) {
        catalog_.count_damage(where.number, damage);
    }
    return found;
}

bool journal_reader::open(const disk_place& where, sequence after) {
    if (reader_ && reader_number_ == where.number && reader_after_ == after) return true;
    reader_.reset();
    auto opened = segment_reader::open(where.path);
    if (!opened) return false;
    reader_ = *std::move(opened);
    reader_number_ = where.number;
    reader_after_ = after;
    return true;
}

void journal_reader::note_gaps(sequence after, sequence removed,
                               const std::vector<record_ptr>& found) {
    auto before = std::max(after, removed);
    const auto* last = seen_.sequence == before ? &seen_ : nullptr;
    for (const auto& one : found) {
        const auto& here = one->header;
        if (here.sequence > before + 1 && known_gaps_.insert(here.sequence).second) {
            note_gap(before, last, here);
        }
        before = std::max(before, here.sequence);
        last = &here;
    }
    while (known_gaps_.size() > known_gaps_max)
        known_gaps_.erase(known_gaps_.begin());
}

void journal_reader::note_gap(sequence before, const record_header* last,
                              const record_header& here) {
    gone_records gone{.first = before + 1,
                      .last = here.sequence - 1,
                      .of_lane = std::nullopt,
                      .oldest_ns = here.oldest_ns,
                      .newest_ns = here.newest_ns,
                      .reason = "damaged"};
    if (last != nullptr) {
        const auto through = last->points_before + last->points;
        if (here.points_before == through) return;  // numbers that were never used
        if (here.points_before > through) gone.points = here.points_before - through;
        gone.oldest_ns = std::min(last->newest_ns, here.oldest_ns);
        gone.newest_ns = std::max(last->newest_ns, here.oldest_ns);
    }
    passed_over_.push_back(std::move(gone));
}

}  // namespace relay::journal
