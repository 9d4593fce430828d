// `pverelay journal verify`: reads every byte of it. A line per finding; the exit code says whether
// all is sound.
#include "relay/cli/journal_place.hpp"
#include "relay/cli/progress.hpp"
#include "relay/journal/dead_letter_files.hpp"
#include "relay/journal/record_check.hpp"
#include "relay/journal/segment_file.hpp"

#include <fmt/format.h>

#include <chrono>
#include <iterator>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace relay::cli {
namespace {

namespace json = boost::json;
using journal::finding;

// A write that is under way is over within milliseconds, on a busy disk within a second or two.
constexpr int looks_at_tail_max = 50;
constexpr std::chrono::milliseconds between_looks{100};

struct verified {
    std::uint64_t records = 0;
    std::uint64_t points = 0;
    std::uint64_t bytes = 0;
    std::vector<finding> findings;
    std::vector<std::string> notes;

    [[nodiscard]] bool is_sound() const {
        return std::ranges::all_of(
            findings, [](const finding& one) { return one.what == finding::kind::vanished; });
    }
};

/// From a segment and a place in it to the end.
void read_all(journal::journal_walk walk, journal::record_check& check, verified& into,
              progress& bar) {
    while (walk.next()) {
        bar.at(walk.bytes_done(), walk.bytes_total());
        const auto one = walk.load(journal::contents::text);
        if (!one) continue;
        const auto fault = check.fault(*one);
        ++into.records;
        into.points += one->header.points;
        into.bytes += one->member.size();
        if (!fault) continue;
        into.findings.push_back({.what = finding::kind::unreadable,
                                 .file = walk.segment().path,
                                 .offset = walk.offset(),
                                 .bytes = one->member.size(),
                                 .detail = *fault});
    }
    auto met = walk.take_findings();
    into.findings.insert(into.findings.end(), std::make_move_iterator(met.begin()),
                         std::make_move_iterator(met.end()));
}

/// Beside a running relay the newest record may be on its way: it is looked at again until it is
/// whole, or proves to be something else.
void look_at_tail_again(const journal_place& place, journal::record_check& check, verified& into,
                        progress& bar) {
    for (int looks = 0; looks < looks_at_tail_max; ++looks) {
        const auto tail =
            std::ranges::find(into.findings, finding::kind::torn_tail, &finding::what);
        if (tail == into.findings.end()) return;
        if (!control_client::connect(place.control)) return;
        std::this_thread::sleep_for(between_looks);
        const auto number = journal::segment_number(tail->file.filename());
        const auto offset = tail->offset;
        into.findings.erase(tail);
        read_all(journal::journal_walk(place.directory, journal::repeats::show, number.value_or(0),
                                       offset),
                 check, into, bar);
    }
}

void check_cursors(const journal_place& place, verified& into) {
    for (const auto& file : journal::cursors_in(place.directory)) {
        if (!file.slots.empty()) continue;
        into.findings.push_back({.what = finding::kind::damaged,
                                 .file = file.path,
                                 .offset = 0,
                                 .bytes = 0,
                                 .detail = "no valid slot: " + file.damage});
    }
}

void check_dead_letters(const journal_place& place, bool running, verified& into) {
    const auto files = journal::list_dead_letters(journal::dead_letters_in(place.directory));
    for (const auto& file : files) {
        const auto damaged = journal::read_dead_letters(file.path, [](std::string_view) {});
        // The newest may have a member on its way.
        if (damaged == 0 || (running && &file == &files.back())) continue;
        into.findings.push_back({.what = finding::kind::damaged,
                                 .file = file.path,
                                 .offset = 0,
                                 .bytes = damaged,
                                 .detail = "dead letters that cannot be read"});
    }
}

bool is_known(const std::filesystem::path& path) {
    const auto name = path.filename();
    return name == "lock" || name == "control" || name == "dead" || name.extension() == ".cursor" ||
           journal::segment_number(name).has_value();
}

void note_other_files(const journal_place& place, verified& into) {
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(place.directory, error)) {
        const auto name = entry.path().filename().string();
        if (is_known(entry.path())) continue;
        const bool set_aside = name.find(".lp.gz.damaged-") != std::string::npos;
        into.notes.push_back(name + (set_aside ? ": a torn end that a start has set aside"
                                               : ": none of the journal's files"));
    }
}

void print_text(const verified& result) {
    for (const auto& one : result.findings) {
        fmt::print("{}: byte {}, {} bytes: {}: {}\n", one.file.string(), one.offset, one.bytes,
                   to_string(one.what), one.detail);
    }
    for (const auto& note : result.notes)
        fmt::print("{}\n", note);
    fmt::print("{} records, {} points, {} bytes: {}\n", result.records, result.points, result.bytes,
               result.is_sound() ? "all sound" : "not all of it is sound");
}

void print_as_json(const verified& result) {
    json::array findings, notes;
    for (const auto& one : result.findings) {
        findings.push_back(json::object{{"kind", to_string(one.what)},
                                        {"file", one.file.string()},
                                        {"offset", one.offset},
                                        {"bytes", one.bytes},
                                        {"detail", one.detail}});
    }
    for (const auto& note : result.notes)
        notes.push_back(json::string(note));
    print_json(json::object{{"sound", result.is_sound()},
                            {"records", result.records},
                            {"points", result.points},
                            {"bytes", result.bytes},
                            {"findings", std::move(findings)},
                            {"notes", std::move(notes)}});
}

}  // namespace

int journal_verify(const journal_verify_arguments& arguments) {
    const auto place = find_journal(arguments.where);
    if (!place) return wrong_config;
    verified result;
    progress bar("verifying");
    journal::record_check check;
    read_all(journal::journal_walk(place->directory, journal::repeats::show), check, result, bar);
    look_at_tail_again(*place, check, result, bar);
    check_cursors(*place, result);
    check_dead_letters(*place, control_client::connect(place->control).has_value(), result);
    note_other_files(*place, result);
    bar.wipe();
    arguments.where.json ? print_as_json(result) : print_text(result);
    return result.is_sound() ? success : failure;
}

}  // namespace relay::cli
