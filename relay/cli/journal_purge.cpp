// `pverelay journal purge`: deletes, after a question. Where a relay runs, it does it and counts
// what that costs its sinks; where none does, this command does, under the journal's lock.
#include "relay/base/byte_size.hpp"
#include "relay/base/clock.hpp"
#include "relay/cli/dead_letter_walk.hpp"
#include "relay/cli/journal_place.hpp"
#include "relay/cli/moment_text.hpp"
#include "relay/cli/progress.hpp"
#include "relay/journal/cursor_file.hpp"
#include "relay/journal/dead_letter_files.hpp"
#include "relay/journal/directory_lock.hpp"
#include "relay/journal/disk.hpp"
#include "relay/journal/segment_removal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <unistd.h>
#include <utility>
#include <vector>

namespace relay::cli {
namespace {

namespace json = boost::json;
using segments = std::vector<journal::segment_overview>;
using outcome = expected<ops::removed_files, std::string>;

/// @returns whether the operator wants it.
bool confirmed(const journal_purge_arguments& arguments, const std::string& what) {
    if (arguments.yes) return true;
    if (::isatty(STDIN_FILENO) == 0) {
        fmt::print(stderr, "pverelay journal purge: {}: say --yes\n", what);
        return false;
    }
    fmt::print(stderr, "{}. Go on? [y/N] ", what);
    std::fflush(stderr);
    const int answer = std::getchar();
    return answer == 'y' || answer == 'Y';
}

int report(const journal_purge_arguments& arguments, const outcome& done) {
    if (!done) return fail("purge", done.error());
    if (arguments.where.json) {
        print_json(json::object{{"files", done->files}, {"bytes", done->bytes}});
    } else {
        fmt::print("{} files, {} deleted\n", done->files, to_string(byte_size{done->bytes}));
    }
    return success;
}

std::uint64_t number_in(const json::object& from, std::string_view key) {
    const auto* found = from.if_contains(key);
    json::error_code error;
    const auto number = found == nullptr ? 0 : found->to_number<std::uint64_t>(error);
    return error ? 0 : number;
}

/// Through the running relay where there is one; else `directly`, under the lock.
template <class Directly>
outcome purge(const journal_place& place, const ops::control_request& request, Directly directly) {
    if (auto relay = control_client::connect(place.control)) {
        progress bar("deleting");
        const auto done = relay->ask(
            request, [&bar](const json::object& so_far) { bar.at(number_in(so_far, "bytes"), 0); });
        if (!done) return unexpected(done.error());
        return ops::removed_files{.files = number_in(*done, "files"),
                                  .bytes = number_in(*done, "bytes")};
    }
    const auto lock = journal::lock_directory(place.directory);
    if (!lock)
        return unexpected(fmt::format("{}, and its control socket {} does not answer", lock.error(),
                                      place.control.string()));
    return directly();
}

/// What the sinks lose with the segments up to `last`.
std::vector<std::pair<std::string, journal::tally>> losses(const journal_place& place,
                                                           const journal::overview& all,
                                                           journal::sequence last) {
    std::vector<std::pair<std::string, journal::tally>> found;
    for (const auto& sink : all.sinks)
        found.push_back({sink.name, {}});
    for (journal::journal_walk walk(place.directory); walk.next();) {
        if (walk.header().sequence > last) break;
        for (std::size_t i = 0; i < found.size(); ++i) {
            if (owes(all.sinks[i].position, walk.header().sequence)) {
                found[i].second.add(walk.header());
            }
        }
    }
    std::erase_if(found, [](const auto& one) { return one.second.records == 0; });
    return found;
}

std::string question(const journal_place& place, const journal::overview& all,
                     const segments& old) {
    auto gone = old.front().records;
    std::uint64_t bytes = 0;
    gone.points = 0;
    for (const auto& one : old) {
        gone.points += one.records.points;
        gone.oldest_ns = std::min(gone.oldest_ns, one.records.oldest_ns);
        gone.newest_ns = std::max(gone.newest_ns, one.records.newest_ns);
        bytes += one.file.bytes;
    }
    auto text = fmt::format("This deletes {} segment{}, {}, {} points of {}", old.size(),
                            old.size() == 1 ? "" : "s", to_string(byte_size{bytes}), gone.points,
                            span_text(gone));
    for (const auto& [sink, lost] : losses(place, all, old.back().records.last)) {
        text += fmt::format("; sink {} does not have {} points of it", sink, lost.points);
    }
    return text;
}

outcome remove_directly(const segments& old) {
    journal::system_disk disk;
    ops::removed_files gone;
    for (const auto& [file, records] : old) {
        if (const auto error = journal::remove_segment_file(disk, file.path)) {
            return unexpected(
                fmt::format("cannot delete {}: {}", file.path.string(), error.message()));
        }
        ++gone.files;
        gone.bytes += file.bytes;
    }
    return gone;
}

int purge_before(const journal_purge_arguments& arguments, const journal_place& place) {
    const auto before = parse_moment(arguments.before, unix_nanoseconds(system_time().now().wall));
    if (!before) {
        fmt::print(stderr, "pverelay journal: {}\n", before.error());
        return wrong_usage;
    }
    const auto all = journal::look_over(place.directory);
    auto old = entirely_before(all, *before);
    // The newest is being written, or says where the next relay goes on to count.
    if (old.size() == all.segments.size() && !old.empty()) old.pop_back();
    if (old.empty()) return report(arguments, ops::removed_files{});
    if (!confirmed(arguments, question(place, all, old))) return failure;
    return report(arguments, purge(place, ops::purge_request{.through = old.back().records.last},
                                   [&old] { return remove_directly(old); }));
}

outcome forget_directly(const journal_place& place, const std::string& sink) {
    const auto file = place.directory / journal::cursor_file_name(sink);
    journal::system_disk disk;
    if (const auto error = disk.remove(file)) {
        return unexpected(fmt::format("there is no cursor of {}: {}", sink, error.message()));
    }
    return ops::removed_files{};
}

int purge_sink(const journal_purge_arguments& arguments, const journal_place& place) {
    const auto& sink = arguments.sink;
    if (std::ranges::find(place.sinks, sink) != place.sinks.end()) {
        return fail("purge", fmt::format("sink {} is configured: take it out first", sink));
    }
    const auto what = fmt::format("This forgets how far sink {} has come", sink);
    if (!confirmed(arguments, what)) return failure;
    const auto done = purge(place, ops::forget_request{.sink = sink},
                            [&] { return forget_directly(place, sink); });
    if (!done) return fail("purge", done.error());
    return report(arguments, ops::removed_files{.files = 1, .bytes = 0});
}

outcome clear_dead_directly(const journal_place& place) {
    journal::system_disk disk;
    journal::dead_letter_writer letters(disk, journal::dead_letters_in(place.directory), {});
    const auto gone = letters.clear();
    return ops::removed_files{.files = gone.files, .bytes = gone.bytes};
}

int purge_dead(const journal_purge_arguments& arguments, const journal_place& place) {
    std::uint64_t lines = 0;
    walk_dead_letters(place.directory, {}, [&lines](const auto&, auto) { ++lines; });
    if (!confirmed(arguments,
                   fmt::format("This deletes {} dead letter{}", lines, lines == 1 ? "" : "s")))
        return failure;
    return report(arguments, purge(place, ops::clear_dead_request{},
                                   [&place] { return clear_dead_directly(place); }));
}

}  // namespace

int journal_purge(const journal_purge_arguments& arguments) {
    const auto place = find_journal(arguments.where);
    if (!place) return wrong_config;
    if (!arguments.before.empty()) return purge_before(arguments, *place);
    if (!arguments.sink.empty()) return purge_sink(arguments, *place);
    return purge_dead(arguments, *place);
}

}  // namespace relay::cli
