// `pverelay journal replay`: asks the running relay to deliver again what a sink has had, or to
// take refused lines as if they had just arrived.
#include "relay/base/byte_size.hpp"
#include "relay/cli/dead_letter_walk.hpp"
#include "relay/cli/journal_place.hpp"
#include "relay/cli/progress.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace relay::cli {
namespace {

namespace json = boost::json;
using journal::tally;

constexpr std::string_view not_running =
    "no relay is running here: what is delivered again goes through it";
// One push; a longer line is one of its own.
constexpr std::size_t push_bytes = 256 << 10;

/// What the relay is asked for: everything from the first record that the part touches to the last.
tally range_of(const journal_place& place, const journal::selection& wanted,
               journal::sequence last_delivered) {
    progress bar("looking");
    tally touched;
    for (journal::journal_walk walk(place.directory); walk.next();) {
        bar.at(walk.bytes_done(), walk.bytes_total());
        if (walk.header().sequence > last_delivered) break;
        if (wanted.touches(walk.header())) touched.add(walk.header());
    }
    tally range;
    for (journal::journal_walk walk(place.directory); walk.next();) {
        const auto here = walk.header().sequence;
        if (here > touched.last) break;
        if (here >= touched.first && touched.records > 0) range.add(walk.header());
    }
    return range;
}

std::string known_sinks(const std::vector<journal::cursor_on_disk>& cursors) {
    std::string names;
    for (const auto& file : cursors) {
        if (!file.slots.empty()) names += " " + file.slots.front().sink;
    }
    return names.empty() ? " none" : names;
}

void say(const journal_replay_arguments& arguments, const tally& range) {
    if (arguments.where.json) {
        auto out = to_json(range);
        out["dry_run"] = arguments.dry_run;
        print_json(out);
        return;
    }
    if (range.records == 0) {
        fmt::print("sink {} has had nothing of that: nothing to deliver again\n",
                   arguments.part.sink);
        return;
    }
    fmt::print("{} records {}..{}, {} points, {}, of {}{}\n", range.records, range.first,
               range.last, range.points, to_string(byte_size{range.bytes}), span_text(range),
               arguments.dry_run ? ": nothing was asked for" : ": will be delivered again");
}

int replay_records(const journal_replay_arguments& arguments, const journal_place& place,
                   const journal::selection& wanted) {
    const auto& sink = arguments.part.sink;
    const auto cursors = journal::cursors_in(place.directory);
    const auto own = std::ranges::find_if(cursors, [&sink](const auto& file) {
        return !file.slots.empty() && file.slots.front().sink == sink;
    });
    if (own == cursors.end()) {
        return fail("replay", fmt::format("there is no sink {} here; there are:{}", sink,
                                          known_sinks(cursors)));
    }
    const auto range = range_of(place, wanted, own->slots.front().position.delivered);
    if (range.records > 0 && !arguments.dry_run) {
        auto relay = control_client::connect(place.control);
        if (!relay) return fail("replay", not_running);
        const auto done =
            relay->ask(ops::replay_request{.sink = sink, .first = range.first, .last = range.last});
        if (!done) return fail("replay", done.error());
    }
    say(arguments, range);
    return success;
}

/// Letters of one lane, collected; and what became of them.
class pusher {
public:
    explicit pusher(control_client& to) : to_(to) {}

    [[nodiscard]] bool add(const journal::dead_letter& one) {
        if (!lines_.text.empty() && one.lane != lines_.lane && !flush()) return false;
        lines_.lane = one.lane;
        lines_.text += one.line;
        lines_.text += '\n';
        return lines_.text.size() < push_bytes || flush();
    }
    [[nodiscard]] bool flush() {
        if (lines_.text.empty()) return true;
        const auto done = to_.ask(lines_);
        lines_.text.clear();
        if (!done) {
            error = done.error();
            return false;
        }
        json::error_code ignored;
        accepted += done->at("accepted").to_number<std::uint64_t>(ignored);
        rejected += done->at("rejected").to_number<std::uint64_t>(ignored);
        if (first_error.empty() && done->at("first_error").is_string()) {
            first_error = done->at("first_error").get_string();
        }
        return true;
    }

    std::uint64_t accepted = 0;
    std::uint64_t rejected = 0;
    std::string first_error;
    std::string error;

private:
    control_client& to_;
    ops::push_request lines_;
};

int count_dead(const journal_place& place, const dead_letter_filter& filter, bool as_json) {
    std::uint64_t lines = 0;
    walk_dead_letters(place.directory, filter, [&lines](const auto&, auto) { ++lines; });
    if (as_json) {
        print_json(json::object{{"lines", lines}, {"dry_run", true}});
    } else {
        fmt::print("{} dead letter{}: nothing was pushed\n", lines, lines == 1 ? "" : "s");
    }
    return success;
}

int push_dead(const journal_place& place, const dead_letter_filter& filter, bool as_json) {
    auto relay = control_client::connect(place.control);
    if (!relay) return fail("replay", not_running);
    // First all of them: what is refused again becomes a letter again, behind these.
    std::vector<journal::dead_letter> letters;
    walk_dead_letters(place.directory, filter, [&letters](const journal::dead_letter& one, auto) {
        letters.push_back(one);
    });
    progress bar("pushing");
    pusher push(*relay);
    bool good = true;
    for (std::size_t i = 0; i < letters.size() && good; ++i) {
        bar.at(i, letters.size());
        good = push.add(letters[i]);
    }
    good = good && push.flush();
    bar.wipe();
    if (!good) return fail("replay", push.error);
    if (as_json) {
        print_json(json::object{{"accepted", push.accepted},
                                {"rejected", push.rejected},
                                {"first_error", push.first_error}});
        return success;
    }
    fmt::print("{} lines were taken, {} were refused again\n", push.accepted, push.rejected);
    if (!push.first_error.empty()) fmt::print("the first: {}\n", push.first_error);
    if (push.accepted > 0) {
        fmt::print("They stay dead letters until `pverelay journal purge --dead`.\n");
    }
    return success;
}

}  // namespace

int journal_replay(const journal_replay_arguments& arguments) {
    const auto place = find_journal(arguments.where);
    if (!place) return wrong_config;
    const auto wanted = read_part(arguments.part);
    if (!wanted) return wrong_usage;
    if (!arguments.dead) return replay_records(arguments, *place, *wanted);
    const dead_letter_filter filter{.part = *wanted, .sink = arguments.part.sink};
    return arguments.dry_run ? count_dead(*place, filter, arguments.where.json)
                             : push_dead(*place, filter, arguments.where.json);
}

}  // namespace relay::cli
