#include "relay/journal/catalog.hpp"

#include "relay/base/check.hpp"
#include "relay/journal/gaps.hpp"

#include <algorithm>
#include <utility>

namespace relay::journal {
namespace {

/// The share of the segment that lies in first … last.
double share(const segment& of, sequence first, sequence last) noexcept {
    const auto from = std::max(of.first, first);
    const auto to = std::min(of.last, last);
    if (from > to) return 0;
    return static_cast<double>(to - from + 1) / static_cast<double>(of.last - of.first + 1);
}

bool overlap(const gap& a, const gone_records& b) noexcept {
    return a.first <= b.last && b.first <= a.last;
}

void add_to(std::vector<loss>& losses, const loss& what) {
    const auto same = [&](const loss& one) { return one.reason == what.reason; };
    const auto known = std::find_if(losses.begin(), losses.end(), same);
    if (known == losses.end()) return losses.push_back(what);
    known->records += what.records;
    known->points += what.points;
    known->from_ns = std::min(known->from_ns, what.from_ns);
    known->to_ns = std::max(known->to_ns, what.to_ns);
}

/// What the records cost this sink: nothing that it has, nothing that it does not take.
std::optional<loss> cost(const subscriber& to, const gone_records& gone) {
    if (gone.of_lane && to.takes && !to.takes(*gone.of_lane)) return std::nullopt;
    const auto records = missing(to.position, gone.first, gone.last);
    if (records == 0) return std::nullopt;
    return loss{.records = records,
                .points = gone.points,
                .from_ns = gone.oldest_ns,
                .to_ns = gone.newest_ns,
                .reason = gone.reason};
}

}  // namespace

catalog::catalog(std::deque<segment> found, sequence newest, std::size_t tail_bytes,
                 journal_counters& counters)
    : counters_(counters),
      segments_(std::move(found)),
      tail_(tail_bytes),
      newest_(newest),
      on_disk_(newest),
      removed_(segments_.empty() ? newest : segments_.front().first - 1) {
    for (const auto& one : segments_)
        bytes_ += one.bytes;
    show_levels();
}

void catalog::begin_segment(std::uint64_t number, const std::filesystem::path& path) {
    const std::lock_guard guard(mutex_);
    segments_.push_back({.number = number, .path = path});
    show_levels();
}

void catalog::publish(const record_ptr& record, std::uint64_t end, steady_time now) {
    const auto& header = record->header;
    std::vector<record_ptr> evicted;  // freed behind the lock
    const std::lock_guard guard(mutex_);
    RELAY_CHECK(!segments_.empty() && !segments_.back().sealed);
    auto& active = segments_.back();
    if (active.first == 0) {
        active.first = header.sequence;
        active.first_appended_ns = header.appended_ns;
        active.points_before = header.points_before;
    }
    active.last = header.sequence;
    active.last_appended_ns = header.appended_ns;
    active.points_after = header.points_before + header.points;
    active.closed_at = now;
    bytes_ += end - active.bytes;
    active.bytes = end;
    appended_ = true;
    on_disk_ = header.sequence;
    if (header.sequence > newest_) {
        newest_ = header.sequence;
        tail_.push(record);
    }
    evicted = thin_tail();
    show_levels();
}

void catalog::publish_unwritten(const record_ptr& record) {
    const std::lock_guard guard(mutex_);
    RELAY_CHECK(record->header.sequence > newest_);
    newest_ = record->header.sequence;
    appended_ = true;
    tail_.push(record);
    show_levels();
}

void catalog::forget_unwritten(sequence through) {
    std::vector<record_ptr> evicted;
    const std::lock_guard guard(mutex_);
    on_disk_ = std::max(on_disk_, through);
    evicted = thin_tail();
    show_levels();
}

void catalog::seal() {
    const std::lock_guard guard(mutex_);
    if (segments_.empty() || segments_.back().sealed) return;
    if (segments_.back().first == 0) {
        segments_.pop_back();
    } else {
        segments_.back().sealed = true;
    }
    show_levels();
}

void catalog::take_back(const std::vector<record_ptr>& records,
                        const std::vector<segment_cut>& cuts) {
    const auto& first = records.front()->header;
    const std::lock_guard guard(mutex_);
    ++revision_;
    on_disk_ = std::min(on_disk_, first.sequence - 1);
    for (auto one = records.rbegin(); one != records.rend(); ++one)
        tail_.prepend(*one);
    for (const auto& cut : cuts) {
        const auto place = std::find_if(segments_.begin(), segments_.end(),
                                        [&](const segment& s) { return s.number == cut.number; });
        if (place == segments_.end()) continue;
        bytes_ -= place->bytes - cut.end;
        place->bytes = cut.end;
        place->last = first.sequence - 1;
        place->points_after = first.points_before;
        place->sealed = true;
        if (cut.end == 0) segments_.erase(place);
    }
    show_levels();
}

looked_up catalog::look_up(sequence after, const read_limits& limits) const {
    const std::lock_guard guard(mutex_);
    looked_up found;
    found.removed = removed_;
    if (after >= newest_) return found;
    if (tail_.continues(after)) {
        found.records = tail_.after(after, limits);
        return found;
    }
    const auto* where = segment_after(after);
    // Where segments were deleted the tail may begin before the oldest that is left.
    if (where != nullptr && !tail_.begins_before(where->first)) {
        found.disk = {.number = where->number,
                      .path = where->path,
                      .end = where->bytes,
                      .last = where->last,
                      .revision = revision_};
    } else {
        found.records = tail_.after(after, limits);
    }
    return found;
}

std::uint64_t catalog::revision() const {
    const std::lock_guard guard(mutex_);
    return revision_;
}

void catalog::count_damage(std::uint64_t number, const std::vector<damaged_range>& ranges) {
    const std::lock_guard guard(mutex_);
    const auto one = std::find_if(segments_.begin(), segments_.end(),
                                  [number](const segment& s) { return s.number == number; });
    if (one == segments_.end()) return;
    for (const auto& range : ranges) {
        if (range.offset < one->damage_counted_to) continue;
        one->damage_counted_to = range.offset + range.bytes;
        counters_.damaged_places.add();
        counters_.damaged_bytes.add(range.bytes);
    }
}

sequence catalog::newest() const {
    const std::lock_guard guard(mutex_);
    return newest_;
}

sequence catalog::before(std::int64_t appended_ns) const {
    const std::lock_guard guard(mutex_);
    auto found = removed_;
    for (const auto& one : segments_) {
        if (one.first == 0 || one.last_appended_ns >= appended_ns) break;
        found = one.last;
    }
    return found;
}

std::optional<subscriber_id> catalog::add_subscriber(const std::string& sink,
                                                     const cursor& position, lane_choice takes) {
    const std::lock_guard guard(mutex_);
    for (const auto& one : subscribers_) {
        if (one.sink == sink) return std::nullopt;
    }
    subscriber added;
    added.sink = sink;
    added.position = position;
    added.takes = std::move(takes);
    return subscribers_.insert(subscribers_.end(), std::move(added));
}

void catalog::remove_subscriber(subscriber_id id) {
    const std::lock_guard guard(mutex_);
    subscribers_.erase(id);
}

onlooker_id catalog::add_onlooker(sequence read_through) {
    const std::lock_guard guard(mutex_);
    return onlookers_.insert(onlookers_.end(), read_through);
}

void catalog::set_read(onlooker_id id, sequence through) {
    const std::lock_guard guard(mutex_);
    *id = through;
}

void catalog::remove_onlooker(onlooker_id id) {
    const std::lock_guard guard(mutex_);
    onlookers_.erase(id);
}

bool catalog::set_position(subscriber_id id, const cursor& position) {
    std::vector<record_ptr> had_by_all;  // freed behind the lock
    const std::lock_guard guard(mutex_);
    id->position = position;
    had_by_all = thin_tail();
    show_levels();
    return !segments_.empty() && segments_.front().sealed && all_have(segments_.front().last);
}

std::vector<loss> catalog::set_held(subscriber_id id, const gap& records) {
    const std::lock_guard guard(mutex_);
    std::vector<loss> losses;
    id->held = records;
    std::erase_if(id->gone_while_held, [&](const gone_records& gone) {
        if (cost(*id, gone) && in_memory_for(*id, gone)) return false;
        charge(*id, gone, losses);
        return true;
    });
    return losses;
}

std::vector<loss> catalog::skipped(subscriber_id id, const gap& records) {
    const std::lock_guard guard(mutex_);
    std::vector<loss> losses;
    std::erase_if(id->gone_while_held, [&](const gone_records& gone) {
        if (gone.first < records.first || gone.last > records.last) return false;
        charge(*id, gone, losses);
        return true;
    });
    return losses;
}

std::vector<loss> catalog::let_go(subscriber_id id) {
    const std::lock_guard guard(mutex_);
    std::vector<loss> losses;
    for (const auto& gone : std::exchange(id->gone_while_held, {}))
        charge(*id, gone, losses);
    return losses;
}

bool catalog::in_memory_for(const subscriber& sink, const gone_records& gone) const {
    const auto wanted = first_missing(sink.position, gone.first);
    return overlap(sink.held, gone) || tail_.continues(wanted - 1);
}

std::vector<catalog::sink_loss> catalog::account(const std::vector<gone_records>& gone) {
    const std::lock_guard guard(mutex_);
    std::vector<sink_loss> losses;
    for (auto& one : subscribers_) {
        std::vector<loss> its;
        for (const auto& records : gone) {
            if (cost(one, records) && in_memory_for(one, records)) {
                one.gone_while_held.push_back(records);
            } else {
                charge(one, records, its);
            }
        }
        for (const auto& each : its)
            losses.push_back({.sink = one.sink, .what = each});
    }
    return losses;
}

std::optional<loss> catalog::account(subscriber_id id, const gone_records& gone) {
    const std::lock_guard guard(mutex_);
    std::vector<loss> losses;
    charge(*id, gone, losses);
    return losses.empty() ? std::nullopt : std::optional(losses.front());
}

/// Counts what that costs the subscriber, if anything, and adds it to `losses`.
void catalog::charge(subscriber& to, const gone_records& gone, std::vector<loss>& losses) {
    const auto lost = cost(to, gone);
    if (!lost) return;
    to.lost += lost->records;
    if (lost->points > 0) add_to(to.losses, *lost);
    add_to(losses, *lost);
}

std::vector<loss> catalog::take_losses(subscriber_id id) {
    const std::lock_guard guard(mutex_);
    return std::exchange(id->losses, {});
}

std::uint64_t catalog::lost(subscriber_id id) const {
    const std::lock_guard guard(mutex_);
    return id->lost;
}

subscription::backlog catalog::behind(subscriber_id id) const {
    const std::lock_guard guard(mutex_);
    subscription::backlog rest{.newest = newest_};
    const auto next = id->needs();
    if (next > newest_) return rest;
    for (const auto& one : id->position.gaps)
        rest.bytes += estimated_bytes(one.first, one.last);
    const auto delivered = id->position.delivered;
    if (tail_.continues(delivered)) {
        rest.bytes += tail_.behind(delivered).member_bytes;
    } else {
        rest.bytes += estimated_bytes(delivered + 1, newest_);
    }
    rest.oldest_appended_ns = time_of(next);
    return rest;
}

bool catalog::everyone_has(sequence which) const {
    const std::lock_guard guard(mutex_);
    return all_have(which);
}

std::int64_t catalog::appended_at(sequence which) const {
    const std::lock_guard guard(mutex_);
    return time_of(which);
}

std::optional<removal> catalog::take_removable(const retention_limits& limits, steady_time now) {
    const std::lock_guard guard(mutex_);
    const auto* const oldest = oldest_sealed();
    if (oldest == nullptr) return std::nullopt;
    const bool may_go = now - oldest->closed_at >= limits.keep_delivered;
    if (appended_ && may_go && all_have(oldest->last)) return take_front(removal_reason::delivered);
    if (bytes_ > limits.max_bytes) return take_front(removal_reason::max_bytes);
    if (now - oldest->closed_at > limits.max_age) return take_front(removal_reason::max_age);
    return std::nullopt;
}

std::optional<removal> catalog::take_oldest() {
    const std::lock_guard guard(mutex_);
    if (oldest_sealed() == nullptr) return std::nullopt;
    return take_front(removal_reason::disk_full);
}

std::optional<removal> catalog::take_through(sequence last) {
    const std::lock_guard guard(mutex_);
    const auto* const oldest = oldest_sealed();
    if (oldest == nullptr || oldest->last > last) return std::nullopt;
    return take_front(removal_reason::asked_for);
}

bool catalog::has_subscriber(const std::string& sink) const {
    const std::lock_guard guard(mutex_);
    return std::any_of(subscribers_.begin(), subscribers_.end(),
                       [&sink](const subscriber& one) { return one.sink == sink; });
}

void catalog::pause_removal() {
    const std::lock_guard guard(mutex_);
    ++removal_pauses_;
}

void catalog::resume_removal() {
    const std::lock_guard guard(mutex_);
    RELAY_CHECK(removal_pauses_ > 0);
    --removal_pauses_;
}

const segment* catalog::oldest_sealed() const {
    const bool is_there = !segments_.empty() && segments_.front().sealed;
    return is_there && removal_pauses_ == 0 ? &segments_.front() : nullptr;
}

removal catalog::take_front(removal_reason why) {
    removal taken{.gone = std::move(segments_.front()), .reason = why};
    segments_.pop_front();
    bytes_ -= taken.gone.bytes;
    removed_ = taken.gone.last;
    for (const auto& one : subscribers_) {
        const auto records = missing(one.position, taken.gone.first, taken.gone.last);
        taken.was_owed = taken.was_owed || records > 0;
    }
    counters_.deleted_segments.add();
    show_levels();
    return taken;
}

bool catalog::all_have(sequence which) const {
    return !subscribers_.empty() &&
           std::all_of(subscribers_.begin(), subscribers_.end(),
                       [which](const subscriber& one) { return one.needs() > which; });
}

// Before the first sink has subscribed it is not known what will be read.
std::vector<record_ptr> catalog::thin_tail() {
    const auto oldest = tail_.oldest();
    auto wanted = subscribers_.empty() ? oldest : tail_.newest() + 1;
    for (const auto& one : subscribers_)
        wanted = std::min(wanted, first_missing(one.position, oldest));
    for (const auto read_through : onlookers_)
        wanted = std::min(wanted, read_through + 1);
    return tail_.evict(on_disk_, wanted);
}

// The first segment that holds anything behind `after`.
const segment* catalog::segment_after(sequence after) const {
    const auto one =
        std::partition_point(segments_.begin(), segments_.end(),
                             [after](const segment& s) { return s.first != 0 && s.last <= after; });
    return one == segments_.end() || one->first == 0 ? nullptr : &*one;
}

std::uint64_t catalog::estimated_bytes(sequence first, sequence last) const {
    double bytes = 0;
    for (const auto& one : segments_) {
        if (one.first != 0) bytes += static_cast<double>(one.bytes) * share(one, first, last);
    }
    return static_cast<std::uint64_t>(bytes);
}

/// When it was appended; an estimate where it is on disk only.
std::int64_t catalog::time_of(sequence which) const {
    if (tail_.continues(which - 1)) {
        const auto first = tail_.behind(which - 1).first;
        if (first) return first->header.appended_ns;
    }
    const auto* one = segment_after(which - 1);
    if (one == nullptr) return 0;
    const auto span = static_cast<double>(one->last_appended_ns - one->first_appended_ns);
    const auto left = share(*one, which, one->last);
    return one->last_appended_ns - static_cast<std::int64_t>(span * left);
}

void catalog::show_levels() {
    counters_.bytes.set(static_cast<std::int64_t>(bytes_));
    counters_.segments.set(static_cast<std::int64_t>(segments_.size()));
    counters_.tail_bytes.set(static_cast<std::int64_t>(tail_.bytes()));
    const bool empty = segments_.empty() || segments_.front().first == 0;
    counters_.oldest_appended_ns.set(empty ? 0 : segments_.front().first_appended_ns);
}

}  // namespace relay::journal
