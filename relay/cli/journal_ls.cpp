// `pverelay journal ls`: what the journal holds, and how far each sink is.
#include "relay/base/byte_size.hpp"
#include "relay/base/clock.hpp"
#include "relay/base/rfc3339.hpp"
#include "relay/cli/dead_letter_walk.hpp"
#include "relay/cli/journal_place.hpp"
#include "relay/cli/progress.hpp"
#include "relay/config/duration.hpp"

#include <fmt/format.h>

#include <chrono>
#include <map>
#include <string>
#include <utility>

namespace relay::cli {
namespace {

namespace json = boost::json;

struct looked {
    const journal_place& place;
    const journal::overview& at;
    bool running = false;

    /// Only a running relay has one that it writes to.
    [[nodiscard]] bool is_open(std::size_t segment) const {
        return running && segment + 1 == at.segments.size();
    }
    [[nodiscard]] bool is_configured(const std::string& sink) const {
        return place.sinks.empty() || std::ranges::find(place.sinks, sink) != place.sinks.end();
    }
};

std::string age_text(std::int64_t since_ns) {
    const auto ns = unix_nanoseconds(system_time().now().wall) - since_ns;
    return config::to_string(
        std::chrono::milliseconds(std::max<std::int64_t>(0, ns / 1'000'000'000 * 1000)));
}

std::string sequences(const journal::tally& of) {
    return fmt::format("{}..{}", of.first, of.last);
}

void print_segments(const looked& all) {
    fmt::print("{:<22}{:>10}{:>22}{:>12}  {:<9} {}\n", "segment", "size", "records", "points",
               "state", "time of the points");
    for (std::size_t i = 0; i < all.at.segments.size(); ++i) {
        const auto& [file, records] = all.at.segments[i];
        fmt::print("{:<22}{:>10}{:>22}{:>12}  {:<9} {}\n", file.path.filename().string(),
                   to_string(byte_size{file.bytes}), sequences(records), records.points,
                   all.is_open(i) ? "open" : "sealed", span_text(records));
    }
    fmt::print("{:<22}{:>10}{:>22}{:>12}\n", fmt::format("{} segments", all.at.segments.size()),
               to_string(byte_size{all.at.all.bytes}), all.at.all.records, all.at.all.points);
}

void print_sink(const journal::sink_overview& sink, bool configured) {
    const auto& owed = sink.owed;
    fmt::print("sink {}{}: ", sink.name, configured ? "" : " (not configured)");
    if (sink.position.delivered == 0) {
        fmt::print("has nothing yet");
    } else {
        fmt::print("has all up to record {}", sink.position.delivered);
    }
    if (!sink.position.gaps.empty()) {
        fmt::print(" but for {} gap(s)", sink.position.gaps.size());
        for (const auto& [first, last] : sink.position.gaps)
            fmt::print(" {}..{}", first, last);
    }
    if (owed.records == 0) {
        fmt::print("; nothing waits\n");
    } else {
        fmt::print("; {} records, {} points, {} wait, the oldest for {}\n", owed.records,
                   owed.points, to_string(byte_size{owed.bytes}),
                   age_text(owed.oldest_appended_ns));
    }
}

void print_text(const looked& all) {
    print_segments(all);
    fmt::print("\n");
    for (const auto& sink : all.at.sinks)
        print_sink(sink, all.is_configured(sink.name));
    for (const auto& one : all.at.damaged_cursors) {
        fmt::print("{} is damaged ({}): its sink begins at the oldest record\n",
                   one.path.filename().string(), one.damage);
    }
    fmt::print("{}\n", all.running ? "a relay is running here" : "no relay is running here");
}

json::object sink_json(const journal::sink_overview& sink, bool configured) {
    json::array gaps;
    for (const auto& [first, last] : sink.position.gaps)
        gaps.push_back(json::object{{"first", first}, {"last", last}});
    return {{"name", sink.name},
            {"configured", configured},
            {"delivered", sink.position.delivered},
            {"gaps", std::move(gaps)},
            {"owed", to_json(sink.owed)}};
}

json::object all_json(const looked& all) {
    json::array segments, sinks;
    for (std::size_t i = 0; i < all.at.segments.size(); ++i) {
        const auto& [file, records] = all.at.segments[i];
        auto one = to_json(records);
        one["file"] = file.path.filename().string();
        one["bytes"] = file.bytes;
        one["state"] = all.is_open(i) ? "open" : "sealed";
        segments.push_back(std::move(one));
    }
    for (const auto& sink : all.at.sinks)
        sinks.push_back(sink_json(sink, all.is_configured(sink.name)));
    return {{"directory", all.place.directory.string()},
            {"running", all.running},
            {"segments", std::move(segments)},
            {"sinks", std::move(sinks)},
            {"total", to_json(all.at.all)}};
}

struct dead_tally {
    std::uint64_t lines = 0;
    std::int64_t oldest_ns = 0;
    std::int64_t newest_ns = 0;
    std::string example;
};
using dead_kinds = std::map<std::pair<std::string, std::string>, dead_tally>;

void print_dead(const dead_kinds& kinds) {
    std::uint64_t lines = 0;
    for (const auto& [of, some] : kinds) {
        fmt::print("{:>10}  {:<14} {:<40} {} .. {}\n", some.lines,
                   of.first.empty() ? "this relay" : "sink " + of.first, of.second,
                   rfc3339(some.oldest_ns), rfc3339(some.newest_ns));
        fmt::print("            {}\n", printable(some.example, 100));
        lines += some.lines;
    }
    fmt::print("{:>10}  dead letters\n", lines);
}

void print_dead_json(const dead_kinds& kinds) {
    json::array all;
    for (const auto& [of, some] : kinds) {
        all.push_back(json::object{{"sink", of.first},
                                   {"reason", of.second},
                                   {"lines", some.lines},
                                   {"oldest", rfc3339(some.oldest_ns)},
                                   {"newest", rfc3339(some.newest_ns)},
                                   {"example", printable(some.example, 100)}});
    }
    print_json(all);
}

int list_dead(const journal_place& place, bool as_json) {
    dead_kinds kinds;
    const auto damaged = walk_dead_letters(
        place.directory, {}, [&kinds](const journal::dead_letter& one, std::string_view) {
            auto& some = kinds[{one.sink, one.reason}];
            if (some.lines++ == 0) some.oldest_ns = one.time_ns;
            some.newest_ns = one.time_ns;
            some.example = one.line;
        });
    if (damaged > 0) fmt::print(stderr, "{} bytes of dead letters cannot be read\n", damaged);
    as_json ? print_dead_json(kinds) : print_dead(kinds);
    return success;
}

}  // namespace

int journal_ls(const journal_ls_arguments& arguments) {
    const auto place = find_journal(arguments.where);
    if (!place) return wrong_config;
    if (arguments.dead) return list_dead(*place, arguments.where.json);
    progress bar("looking");
    const auto found = journal::look_over(place->directory,
                                          [&bar](auto done, auto total) { bar.at(done, total); });
    bar.wipe();
    const bool running = control_client::connect(place->control).has_value();
    const looked all{.place = *place, .at = found, .running = running};
    arguments.where.json ? print_json(all_json(all)) : print_text(all);
    say_findings(found.findings);
    return success;
}

}  // namespace relay::cli
