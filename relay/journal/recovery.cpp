#include "relay/journal/recovery.hpp"

#include "relay/journal/directory_listing.hpp"
#include "relay/journal/segment_file.hpp"
#include "relay/journal/segment_reader.hpp"

#include <algorithm>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>
#include <vector>

namespace relay::journal {
namespace {

// More than a record: what is longer is no torn write but something else, and stays where it is.
constexpr std::uint64_t set_aside_bytes_max = 4 << 20;

class recovery {
public:
    recovery(disk& on, journal_counters& counters, log& log)
        : disk_(on),
          counters_(counters),
          log_(log) {}

    // Reads no further than the first record.
    void add(const segment_on_disk& file);
    // Reads the newest segment to its end, every checksum.
    void read_newest();
    // Where one segment ends follows from where the next one begins.
    void link();
    void date(steady_time now, std::chrono::nanoseconds span_max);

    recovered result;

private:
    void remove_empty(const segment_on_disk& file);
    void count_damage(segment& in, const std::vector<damaged_range>& ranges);
    void set_tail_aside(segment& from, const damaged_range& tail);
    [[nodiscard]] std::error_code copy_tail(const segment& from, const damaged_range& tail);

    disk& disk_;
    journal_counters& counters_;
    log& log_;
};

void recovery::add(const segment_on_disk& file) {
    result.next_number = file.number + 1;
    if (file.bytes == 0) return remove_empty(file);
    auto reader = segment_reader::open(file.path);
    if (!reader) {
        log_.error("cannot read {}: {}", file.path.string(), reader.error().message());
        return;
    }
    segment found{.number = file.number, .path = file.path, .bytes = file.bytes, .sealed = true};
    if (const auto first = reader->peek(file.bytes)) {
        found.first = first->header.sequence;
        found.first_appended_ns = first->header.appended_ns;
        found.points_before = first->header.points_before;
    }
    count_damage(found, reader->take_damage());
    if (found.first == 0) {
        log_.error("{} holds no readable record", file.path.string());
        return;
    }
    result.segments.push_back(std::move(found));
}

void recovery::remove_empty(const segment_on_disk& file) {
    if (const auto error = disk_.remove(file.path)) {
        log_.warning("cannot remove {}, which is empty: {}", file.path.string(), error.message());
    }
}

void recovery::count_damage(segment& in, const std::vector<damaged_range>& ranges) {
    for (const auto& range : ranges) {
        in.damage_counted_to = range.offset + range.bytes;
        counters_.damaged_places.add();
        counters_.damaged_bytes.add(range.bytes);
        log_.warning("{} is damaged: {} bytes at byte {}", in.path.string(), range.bytes,
                     range.offset);
    }
}

void recovery::link() {
    auto& segments = result.segments;
    for (std::size_t i = 1; i < segments.size(); ++i) {
        auto& one = segments[i - 1];
        const auto& next = segments[i];
        one.last = next.first - 1;
        one.last_appended_ns = next.first_appended_ns;
        one.points_after = next.points_before;
    }
    // A segment all of whose records were written again to the next one.
    std::erase_if(segments, [this](const segment& one) {
        const bool repeated = one.last < one.first;
        if (repeated) static_cast<void>(disk_.remove(one.path));
        return repeated;
    });
}

void recovery::read_newest() {
    if (result.segments.empty()) return;
    auto& newest = result.segments.back();
    auto reader = segment_reader::open(newest.path);
    if (!reader) return;
    std::string member;
    while (const auto parsed = reader->peek(newest.bytes)) {
        if (!reader->load(*parsed, newest.bytes, member)) continue;
        const auto& header = parsed->header;
        newest.last = std::max(newest.last, header.sequence);
        newest.last_appended_ns = header.appended_ns;
        newest.points_after = header.points_before + header.points;
    }
    newest.last = std::max(newest.last, newest.first);
    newest.points_after = std::max(newest.points_after, newest.points_before);
    auto damage = reader->take_damage();
    std::erase_if(damage, [&newest](const damaged_range& range) {
        return range.offset < newest.damage_counted_to;
    });
    count_damage(newest, damage);
    if (!damage.empty() && damage.back().offset + damage.back().bytes == newest.bytes) {
        set_tail_aside(newest, damage.back());
    }
    result.newest = newest.last;
    result.points = newest.points_after;
}

void recovery::set_tail_aside(segment& from, const damaged_range& tail) {
    auto error = tail.bytes > set_aside_bytes_max ? std::make_error_code(std::errc::file_too_large)
                                                  : copy_tail(from, tail);
    if (!error) {
        auto file = disk_.open(from.path, O_RDWR);
        error = file ? disk_.cut(file->get(), tail.offset) : file.error();
    }
    if (error) {
        log_.warning("the torn tail of {} stays: {}", from.path.string(), error.message());
        return;
    }
    from.bytes = tail.offset;
    log_.warning("the torn tail of {} is set aside: {} bytes at byte {}", from.path.string(),
                 tail.bytes, tail.offset);
}

std::error_code recovery::copy_tail(const segment& from, const damaged_range& tail) {
    std::string bytes(tail.bytes, '\0');
    std::ifstream in(from.path, std::ios::binary);
    in.seekg(static_cast<std::streamoff>(tail.offset));
    in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    bytes.resize(static_cast<std::size_t>(in.gcount()));
    auto file = disk_.open(from.path.parent_path() / damaged_name(from.number, tail.offset),
                           O_WRONLY | O_CREAT | O_TRUNC);
    if (!file) return file.error();
    const auto written = disk_.write_at(file->get(), bytes, 0);
    if (!written) return written.error();
    if (*written != bytes.size()) return make_error_code(std::errc::io_error);
    return disk_.sync(file->get());
}

void recovery::date(steady_time now, std::chrono::nanoseconds span_max) {
    for (auto one = result.segments.rbegin(); one != result.segments.rend(); ++one) {
        one->closed_at = now;
        const auto span = std::chrono::nanoseconds(one->last_appended_ns - one->first_appended_ns);
        now -= std::clamp(span, std::chrono::nanoseconds(0), span_max);
    }
}

sequence highest_cursor(const std::filesystem::path& directory) {
    sequence highest = 0;
    for (const auto& file : cursors_in(directory)) {
        for (const auto& slot : file.slots)
            highest = std::max(highest, slot.position.delivered);
    }
    return highest;
}

}  // namespace

recovered recover(disk& on, const std::filesystem::path& directory, steady_time now,
                  std::chrono::nanoseconds span_max, journal_counters& counters, log& log) {
    recovery work(on, counters, log);
    for (const auto& file : segments_in(directory))
        work.add(file);
    work.read_newest();
    work.link();
    work.date(now, span_max);
    const auto confirmed = highest_cursor(directory);
    if (confirmed > work.result.newest && work.result.newest > 0) {
        log.warning("a sink has confirmed {} records more than the journal still holds",
                    confirmed - work.result.newest);
    }
    work.result.newest = std::max(work.result.newest, confirmed);
    return std::move(work.result);
}

}  // namespace relay::journal
