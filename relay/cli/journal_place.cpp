#include "relay/cli/journal_place.hpp"

#include "relay/base/clock.hpp"
#include "relay/base/rfc3339.hpp"
#include "relay/cli/moment_text.hpp"
#include "relay/cli/settings_file.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <system_error>
#include <utility>

namespace relay::cli {
namespace {

/// Whoever may look into the journal need not be able to read the secrets of stores and the keys
/// of listeners.
std::optional<journal_place> place_in(const std::filesystem::path& file) {
    const auto settings = read_settings_unread(file);
    if (!settings) return {};
    const auto& directory = settings->journal.directory;
    const auto& control = settings->control;
    journal_place place{.directory = directory,
                        .control = control.empty() ? directory / "control" : control,
                        .sinks = {}};
    for (const auto& sink : settings->sinks)
        place.sinks.push_back(sink.name);
    return place;
}

bool read_moment(const std::string& text, std::int64_t now_ns, std::int64_t& into) {
    if (text.empty()) return true;
    const auto moment = parse_moment(text, now_ns);
    if (!moment) {
        fmt::print(stderr, "pverelay journal: {}\n", moment.error());
        return false;
    }
    into = *moment;
    return true;
}

}  // namespace

std::optional<journal_place> find_journal(const journal_where& where) {
    auto place = where.directory.empty()
                     ? place_in(where.config)
                     : std::optional(journal_place{.directory = where.directory,
                                                   .control = where.directory / "control",
                                                   .sinks = {}});
    std::error_code error;
    if (place && !std::filesystem::is_directory(place->directory, error)) {
        fmt::print(stderr, "pverelay journal: there is no journal in {}{}{}\n",
                   place->directory.string(), error ? ": " : "", error ? error.message() : "");
        return {};
    }
    return place;
}

std::optional<journal::selection> read_part(const journal_part& part) {
    journal::selection wanted;
    const auto now_ns = unix_nanoseconds(system_time().now().wall);
    if (!read_moment(part.from, now_ns, wanted.from_ns)) return {};
    if (!read_moment(part.to, now_ns, wanted.to_ns)) return {};
    set_lane(wanted, part.lane);
    return wanted;
}

int fail(std::string_view command, std::string_view why) {
    fmt::print(stderr, "pverelay journal {}: {}\n", command, why);
    return failure;
}

void say_findings(const std::vector<journal::finding>& findings) {
    for (const auto& one : findings) {
        if (one.what == journal::finding::kind::vanished) {
            fmt::print(stderr, "{} went away meanwhile\n", one.file.filename().string());
        } else if (one.what != journal::finding::kind::torn_tail) {
            fmt::print(stderr, "{}: {} bytes at byte {} passed over: {}\n", one.file.string(),
                       one.bytes, one.offset, one.detail);
        }
    }
}

boost::json::object to_json(const journal::tally& of) {
    boost::json::object out{{"records", of.records}, {"points", of.points}, {"bytes", of.bytes}};
    if (of.records == 0) return out;
    out["first"] = of.first;
    out["last"] = of.last;
    out["oldest"] = rfc3339(of.oldest_ns);
    out["newest"] = rfc3339(of.newest_ns);
    out["oldest_appended"] = rfc3339(of.oldest_appended_ns);
    out["newest_appended"] = rfc3339(of.newest_appended_ns);
    return out;
}

void print_json(const boost::json::value& value) {
    fmt::print("{}\n", boost::json::serialize(value));
}

std::string span_text(const journal::tally& of) {
    if (of.records == 0) return "-";
    // For people, whole seconds; JSON has it to the digit.
    const auto second = [](std::int64_t ns) { return rfc3339(ns / 1'000'000'000 * 1'000'000'000); };
    return fmt::format("{} .. {}", second(of.oldest_ns), second(of.newest_ns));
}

}  // namespace relay::cli
