#include "relay/journal/segment_removal.hpp"

#include "relay/journal/segment_reader.hpp"

#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace relay::journal {
namespace {

std::string_view sentence(removal_reason why) noexcept {
    switch (why) {
        case removal_reason::delivered:
            return "every sink has it";
        case removal_reason::max_bytes:
            return "the journal has reached max_bytes";
        case removal_reason::max_age:
            return "it has reached max_age";
        case removal_reason::disk_full:
            return "the disk is full";
        case removal_reason::asked_for:
            return "the operator asked for it";
    }
    return "";
}

gone_records gone_of(const record_header& header, std::string_view why) {
    return {.first = header.sequence,
            .last = header.sequence,
            .of_lane = header.lane,
            .points = header.points,
            .oldest_ns = header.oldest_ns,
            .newest_ns = header.newest_ns,
            .reason = why};
}

/// Numbers for which the segment has no header: damaged, or never used.
gone_records unreadable(const segment& in, sequence first, sequence last, std::uint64_t points) {
    return {.first = first,
            .last = last,
            .of_lane = std::nullopt,
            .points = points,
            .oldest_ns = in.first_appended_ns,
            .newest_ns = in.last_appended_ns,
            .reason = "damaged"};
}

std::vector<gone_records> headers_of(const segment& gone, std::string_view why) {
    std::vector<gone_records> found;
    auto reader = segment_reader::open(gone.path);
    sequence next = gone.first;
    auto points = gone.points_before;
    const auto pass_to = [&](sequence first, std::uint64_t points_before) {
        if (first > next && points_before > points) {
            found.push_back(unreadable(gone, next, first - 1, points_before - points));
        }
    };
    while (reader) {
        const auto parsed = reader->peek(gone.bytes);
        if (!parsed || parsed->header.sequence > gone.last) break;
        const auto& header = parsed->header;
        pass_to(header.sequence, header.points_before);
        found.push_back(gone_of(header, why));
        next = header.sequence + 1;
        points = header.points_before + header.points;
        reader->skip(*parsed);
    }
    pass_to(gone.last + 1, gone.points_after);
    return found;
}

void remove_set_aside(disk& from, const std::filesystem::path& segment) {
    const auto prefix = segment.filename().string() + ".damaged-";
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(segment.parent_path(), error)) {
        if (entry.path().filename().string().starts_with(prefix)) {
            static_cast<void>(from.remove(entry.path()));
        }
    }
}

}  // namespace

std::string_view to_string(removal_reason why) noexcept {
    switch (why) {
        case removal_reason::delivered:
            return "delivered";
        case removal_reason::max_bytes:
            return "max_bytes";
        case removal_reason::max_age:
            return "max_age";
        case removal_reason::disk_full:
            return "disk_full";
        case removal_reason::asked_for:
            return "purged";
    }
    return "";
}

std::error_code remove_segment(disk& from, catalog& records, const removal& taken, log& log) {
    const auto& gone = taken.gone;
    if (taken.was_owed) {
        for (const auto& each : records.account(headers_of(gone, to_string(taken.reason)))) {
            log.warning("sink {} lost {}: {} was deleted, {}", each.sink, to_string(each.what),
                        gone.path.filename().string(), sentence(taken.reason));
        }
    }
    const auto error = remove_segment_file(from, gone.path);
    if (error) log.error("cannot delete {}: {}", gone.path.string(), error.message());
    return error;
}

std::error_code remove_segment_file(disk& from, const std::filesystem::path& segment) {
    const auto error = from.remove(segment);
    remove_set_aside(from, segment);
    return error;
}

}  // namespace relay::journal
