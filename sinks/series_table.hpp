// Which series a sink has sent of what, and so which of them end when a `relay_event` says that it
// has ended: each gets one more sample, the stale marker, and Prometheus knows at once what it
// would else find out after five minutes. The same where a line's labels change (another name, pool
// or tag of a guest): what it was called before ends when it is called otherwise.
//
// Kept by line and not by series: the lines are those that are known anyway (named_lines.hpp), each
// with its life (series_life.hpp), and here they are found by what they speak of.
//
// What ended at a place of the journal is remembered for as long as a request may begin before that
// place: made again, it holds the same markers.
#pragma once

#include "relay/journal/record.hpp"
#include "sinks/end_event.hpp"
#include "sinks/series_budget.hpp"
#include "sinks/series_life.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

namespace relay::sinks {

struct known_claim;
struct known_line;

/// The series of one line that end: each of them once more, with the marker.
struct ended_series {
    std::shared_ptr<known_line> line;    // as it was
    std::vector<std::uint32_t> samples;  // of its kind, by index; at least one
};

/// What ends at one place of the journal.
struct ending {
    unit_place at;
    std::int64_t time_ms = 0;  // of the markers: the event's, but later than any of their samples
    std::vector<ended_series> series;
};

/// Not thread-safe. Points at lines, which their owner does not free before forget().
class series_table {
public:
    /// A line is kept from now on.
    void add(known_line& line);
    /// The line is about to become another one, in the same place.
    void is_renewed(known_line& line, const std::shared_ptr<known_line>& as_it_was);
    /// Lines that were met last before this place are about to be freed.
    void forget(const unit_place& before);

    /// A request begins that will never be made again from before this place.
    void begin(const unit_place& from);

    /// A line speaks at a place where it has not been yet.
    /// @param renewed the same line as it was before its strings changed; or null
    /// @param unheard a bit for each claim of it that is another line's to make
    /// @pre the line was added
    void speak(known_line& line, known_line* renewed, std::uint8_t unheard, const unit_place& at,
               std::int64_t time_ns);

    /// Something ended; nothing that has spoken since has.
    void end(const end_event& event, const journal::lane& lane, const unit_place& at);

    /// What ends there, or null. Holds until the next call of another function.
    [[nodiscard]] const ending* find(const unit_place& at) const noexcept {
        return endings_.empty() || endings_.back().at < at ? nullptr : find_among(at);
    }

    /// Lines that are kept and speak of something that may end.
    [[nodiscard]] std::size_t size() const noexcept { return count_; }

private:
    using lines = std::vector<known_line*>;
    struct candidate;

    [[nodiscard]] const ending* find_among(const unit_place& at) const noexcept;
    void add_ending(ending&& made);
    [[nodiscard]] bool is_holder(const known_line& line, const known_claim& claim) const;
    void take_role(known_line& line, std::int64_t time_ns, ending& out);
    void take_claim(known_line& line, std::uint64_t what, std::int64_t time_ns, ending& out);
    [[nodiscard]] lines lines_of(const end_event& event, const journal::lane& lane) const;
    [[nodiscard]] std::vector<candidate> end_lives(const end_event& event,
                                                   const journal::lane& lane, const unit_place& at);
    [[nodiscard]] std::vector<std::uint64_t> others_alive(std::uint64_t thing,
                                                          std::int64_t time_ns) const;

    boost::unordered_flat_map<std::uint64_t, lines> things_;        // what lines speak of it
    boost::unordered_flat_map<std::uint64_t, known_line*> roles_;   // who spoke last in it
    boost::unordered_flat_map<std::uint64_t, known_line*> claims_;  // who was heard last of it
    std::deque<ending> endings_;                                    // ascending by place
    std::size_t count_ = 0;
};

}  // namespace relay::sinks
