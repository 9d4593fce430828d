#include "relay/journal/overview.hpp"

#include "relay/journal/selection.hpp"

#include <algorithm>
#include <utility>

namespace relay::journal {
namespace {

// Telling how far it is costs more than a header.
constexpr std::size_t records_per_word = 256;

void add_cursors(const std::filesystem::path& directory, overview& to) {
    for (auto& file : cursors_in(directory)) {
        if (file.slots.empty()) {
            to.damaged_cursors.push_back(std::move(file));
            continue;
        }
        auto& slot = file.slots.front();
        to.sinks.push_back({.name = std::move(slot.sink),
                            .file = std::move(file.path),
                            .position = std::move(slot.position),
                            .owed = {}});
    }
    std::ranges::sort(to.sinks, {}, &sink_overview::name);
}

}  // namespace

void tally::add(const record_header& header) noexcept {
    const bool is_first = records++ == 0;
    points += header.points;
    bytes += header.member_bytes;
    first = is_first ? header.sequence : std::min(first, header.sequence);
    last = std::max(last, header.sequence);
    oldest_ns = is_first ? header.oldest_ns : std::min(oldest_ns, header.oldest_ns);
    newest_ns = is_first ? header.newest_ns : std::max(newest_ns, header.newest_ns);
    oldest_appended_ns =
        is_first ? header.appended_ns : std::min(oldest_appended_ns, header.appended_ns);
    newest_appended_ns =
        is_first ? header.appended_ns : std::max(newest_appended_ns, header.appended_ns);
}

overview look_over(const std::filesystem::path& directory, const walk_progress& progress) {
    overview found;
    add_cursors(directory, found);
    journal_walk walk(directory);
    for (std::size_t i = 0; walk.next(); ++i) {
        const auto& header = walk.header();
        const auto& file = walk.segment();
        if (found.segments.empty() || found.segments.back().file.number != file.number) {
            found.segments.push_back({.file = file, .records = {}});
        }
        found.segments.back().records.add(header);
        found.all.add(header);
        for (auto& sink : found.sinks) {
            if (owes(sink.position, header.sequence)) sink.owed.add(header);
        }
        if (progress && i % records_per_word == 0) progress(walk.bytes_done(), walk.bytes_total());
    }
    found.findings = walk.take_findings();
    return found;
}

std::vector<segment_overview> entirely_before(const overview& of, std::int64_t before_ns) {
    const auto end = std::ranges::find_if(of.segments, [before_ns](const segment_overview& one) {
        return one.records.newest_ns >= before_ns;
    });
    return {of.segments.begin(), end};
}

}  // namespace relay::journal
