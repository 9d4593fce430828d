// The only file that knows CLI11: one function per command says which words it takes.
#include "relay/cli/command_line.hpp"

#include "relay/base/log.hpp"
#include "relay/config/duration.hpp"
#include "relay/config/nearest.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace relay::cli {
namespace {

/// Where a command's words go: its arguments become `chosen` when it is the one that was named.
struct choice {
    std::optional<command> chosen;
};

void add_config(CLI::App& to, std::filesystem::path& into) {
    to.add_option("--config", into, "the configuration")
        ->type_name("FILE")
        ->default_val("/etc/pverelay/pverelay.toml");
}

void add_run(CLI::App& program, run_arguments& into, choice& result) {
    auto& own = *program.add_subcommand("run", "the relay, until it is told to stop");
    add_config(own, into.config);
    own.callback([&] { result.chosen = into; });
}

void add_check(CLI::App& program, check_arguments& into, choice& result) {
    auto& own = *program.add_subcommand(
        "check", "read the configuration and every secret it names; print what is in force");
    add_config(own, into.config);
    own.callback([&] { result.chosen = into; });
}

void add_socket_unit(CLI::App& program, socket_unit_arguments& into, choice& result) {
    auto& own = *program.add_subcommand(
        "socket-unit", "print a drop-in for pverelay.socket with the ports of the configuration");
    add_config(own, into.config);
    own.callback([&] { result.chosen = into; });
}

void add_setup(CLI::App& program, setup_arguments& into, choice& result) {
    auto& own = *program.add_subcommand(
        "setup", "the pvesh, pveum and store commands and GUI values that go with this config");
    add_config(own, into.config);
    own.add_option("--server", into.server, "how Proxmox reaches this machine; its host name")
        ->type_name("HOST");
    own.callback([&] { result.chosen = into; });
}

void add_route(CLI::App& program, route_arguments& into, choice& result) {
    auto& own = *program.add_subcommand(
        "route", "lines on standard input: what each sink would get of them; sends nothing");
    add_config(own, into.config);
    own.add_option("--listener", into.listener, "the [[listen]] they come to; the first")
        ->type_name("ADDRESS:PORT");
    own.add_option("--bucket", into.bucket, "the bucket they ask for")->capture_default_str();
    own.add_option("--prefix", into.prefix, "the path before /api/v2/write");
    own.add_option("--sender", into.sender, "the address they come from")->capture_default_str();
    own.add_option("--token-file", into.token_file,
                   "file with the token shown; the first that is let in")
        ->type_name("FILE");
    own.callback([&] { result.chosen = into; });
}

void add_doctor(CLI::App& program, doctor_arguments& into, choice& result) {
    auto& own = *program.add_subcommand(
        "doctor", "ask listeners, disk, stores and API; a line each: ok, or what to do");
    add_config(own, into.config);
    own.add_flag("--json", into.json, "answer in JSON");
    own.add_flag("--write", into.write,
                 "write a point of measurement relay_doctor to each store and read it back");
    own.callback([&] { result.chosen = into; });
}

void add_version(CLI::App& program, choice& result) {
    auto& own = *program.add_subcommand("version", "version, compiler and libraries");
    own.callback([&] { result.chosen = version_arguments{}; });
}

void add_help(CLI::App& program) {
    auto& own = *program.add_subcommand("help", "this text");
    own.callback([] { throw CLI::CallForAllHelp(); });
}

/// "10" is ten seconds; anything else is a span as in the configuration: "500ms", "1m30s".
CLI::Option& add_span(CLI::App& to, const std::string& name, std::chrono::milliseconds& into,
                      const std::string& about) {
    const auto read = [&into](const std::string& text) {
        const bool bare = text.find_first_not_of("0123456789") == std::string::npos;
        const auto span = config::parse_duration(bare ? text + "s" : text);
        if (!span) throw CLI::ValidationError(span.error());
        into = *span;
    };
    return *to.add_option_function<std::string>(name, read, about)
                ->type_name("S")
                ->default_str(config::to_string(into));
}

struct simulate_words {
    simulate_arguments into;
    std::int64_t start = 0;
};

void add_world(CLI::App& own, simulate::world_options& into) {
    own.add_option("--clusters", into.clusters, "clusters")->capture_default_str();
    own.add_option("--nodes", into.nodes, "nodes of a cluster")->capture_default_str();
    own.add_option("--guests", into.guests_per_node, "guests of a node")->capture_default_str();
    own.add_option("--seed", into.seed, "the same seed is the same world")->capture_default_str();
}

void add_pace(CLI::App& own, simulate_words& words) {
    auto& options = words.into.options;
    own.add_option("--cycles", options.cycles, "pushes of every node; 0: until stopped")
        ->capture_default_str();
    add_span(own, "--interval", options.interval,
             "between two pushes of a node, as 10 or 10s; 0: as fast as answers come");
    own.add_option("--start", words.start, "Unix seconds of the first push's timestamps");
    own.add_option("--concurrency", options.concurrency, "pushes in flight")
        ->check(CLI::Range(1, 10'000))
        ->capture_default_str();
    add_span(own, "--timeout", options.timeout, "of each step of I/O");
    own.add_option("--prepared-cycles", options.prepared_cycles,
                   "make so many cycles before the clock starts and repeat them")
        ->capture_default_str();
}

void add_target(CLI::App& own, simulate_arguments& into) {
    own.add_option("--to", into.options.to,
                   "http://host:port[/prefix] or udp://host:port; needed but with --api")
        ->type_name("URL");
    auto& identity = into.options.identity;
    own.add_option("--organization", identity.organization)->capture_default_str();
    own.add_option("--bucket", identity.bucket)->capture_default_str();
    own.add_option("--token-file", into.token_file, "file with the token to show")
        ->type_name("FILE");
    own.add_option("--record", into.options.record, "write down what was pushed")
        ->type_name("FILE");
}

void add_api(CLI::App& own, simulate_arguments& into) {
    own.add_option("--api", into.api,
                   "serve the Proxmox API here, plain HTTP: the first node's; the others' are the "
                   "next ports; 0: free ones, printed. Without --to: until stopped")
        ->type_name("ADDRESS:PORT");
    own.add_option("--scenario", into.scenario, "what happens meanwhile")->type_name("FILE");
    own.add_option("--access-log", into.access_log, "a line of JSON for every request to --api")
        ->type_name("FILE");
    own.footer(std::string(simulate::scenario_help()));
}

simulate_arguments finished(simulate_words words, bool has_start) {
    if (has_start) words.into.options.start_seconds = words.start;
    return std::move(words.into);
}

void add_simulate(CLI::App& program, simulate_words& words, choice& result) {
    auto& own = *program.add_subcommand(
        "simulate", "push what a Proxmox cluster would push, answer as its API would");
    add_world(own, words.into.options.world);
    add_target(own, words.into);
    add_pace(own, words);
    add_api(own, words.into);
    own.callback([&] {
        if (words.into.options.to.empty() && words.into.api.empty())
            throw CLI::RequiredError("--to or --api");
        result.chosen = finished(words, own.count("--start") > 0);
    });
}

struct journal_words {
    journal_ls_arguments ls;
    journal_cat_arguments cat;
    journal_verify_arguments verify;
    journal_export_arguments export_;
    journal_replay_arguments replay;
    journal_purge_arguments purge;
};

void add_where(CLI::App& to, journal_where& into) {
    add_config(to, into.config);
    to.add_option("--directory", into.directory, "the journal's directory, instead of --config")
        ->type_name("DIR");
    to.add_flag("--json", into.json, "answer in JSON");
}

CLI::Option& add_moment(CLI::App& to, const char* name, std::string& into, const char* about) {
    return *to.add_option(name, into, about)->type_name("TIME");
}

void add_span(CLI::App& to, journal_part& into) {
    add_moment(to, "--from", into.from, "points of this time or later: 2h, 2025-08-21T14:21:10Z");
    add_moment(to, "--to", into.to, "points before this time");
}

void add_lane(CLI::App& to, journal_part& into) {
    to.add_option("--lane", into.lane, "of this lane alone")
        ->type_name("CLUSTER[/BUCKET[/TENANT]]");
}

void add_looking(CLI::App& journal, journal_words& words, choice& result) {
    auto& ls = *journal.add_subcommand("ls", "segments, and how far each sink is");
    add_where(ls, words.ls.where);
    ls.add_flag("--dead", words.ls.dead, "dead letters: refused lines");
    ls.callback([&] { result.chosen = words.ls; });

    auto& cat = *journal.add_subcommand("cat", "line protocol on standard output");
    add_where(cat, words.cat.where);
    add_span(cat, words.cat.part);
    add_lane(cat, words.cat.part);
    cat.add_option("--sink", words.cat.part.sink, "what this sink does not have yet");
    cat.add_flag("--dead", words.cat.dead, "refused lines, byte for byte; --sink: that store's");
    cat.callback([&] { result.chosen = words.cat; });
}

void add_reading(CLI::App& journal, journal_words& words, choice& result) {
    add_looking(journal, words, result);
    auto& verify = *journal.add_subcommand("verify", "read every byte; 0 only if all is sound");
    add_where(verify, words.verify.where);
    verify.callback([&] { result.chosen = words.verify; });

    auto& own = *journal.add_subcommand("export", "gzipped line protocol, for curl or zcat");
    add_where(own, words.export_.where);
    add_span(own, words.export_.part);
    add_lane(own, words.export_.part);
    own.add_option("-o,--output", words.export_.output, "a file instead of standard output")
        ->type_name("FILE");
    own.callback([&] { result.chosen = words.export_; });
}

void add_changing(CLI::App& journal, journal_words& words, choice& result) {
    auto& replay = *journal.add_subcommand("replay", "deliver again what a sink has had");
    add_where(replay, words.replay.where);
    add_span(replay, words.replay.part);
    add_lane(replay, words.replay.part);
    auto& sink = *replay.add_option("--sink", words.replay.part.sink, "to this sink");
    auto& dead = *replay.add_flag("--dead", words.replay.dead, "push refused lines again");
    replay.add_flag("--dry-run", words.replay.dry_run, "say how much it would be");
    replay.callback([&] {
        if (sink.empty() && dead.empty()) throw CLI::RequiredError("--sink or --dead");
        result.chosen = words.replay;
    });

    auto& purge = *journal.add_subcommand("purge", "delete segments, a cursor or dead letters");
    add_where(purge, words.purge.where);
    auto& what = *purge.add_option_group("what", "what to delete");
    add_moment(what, "--before", words.purge.before, "segments all of whose points are older");
    what.add_option("--sink", words.purge.sink,
                    "the cursor of a sink that is no longer configured");
    what.add_flag("--dead", words.purge.dead, "all dead letters");
    what.require_option(1);
    purge.add_flag("--yes", words.purge.yes, "do not ask");
    purge.callback([&] { result.chosen = words.purge; });
}

void add_journal(CLI::App& program, journal_words& words, choice& result) {
    auto& own = *program.add_subcommand("journal", "look into the journal, beside a running relay");
    own.require_subcommand(1);
    add_reading(own, words, result);
    add_changing(own, words, result);
}

std::string commands_of(const CLI::App& program) {
    return CLI::Formatter().make_help(&program, "pverelay", CLI::AppFormatMode::Normal);
}

/// What CLI11 does not say: which word it was, and which was meant.
std::optional<no_command> unknown_command(const CLI::App& of, std::string_view word) {
    if (word.empty() || word.starts_with('-')) return {};
    std::vector<std::string_view> known;
    for (const auto* const one : of.get_subcommands([](const CLI::App*) { return true; }))
        known.emplace_back(one->get_name());
    if (std::ranges::find(known, word) != known.end()) return {};
    const auto path = of.get_name() == "pverelay" ? "pverelay" : "pverelay " + of.get_name();
    auto text = fmt::format("{}: there is no command \"{}\"", path, printable(word));
    if (const auto meant = config::nearest(word, known); !meant.empty()) {
        text += fmt::format("; did you mean `{} {}`?\n", path, meant);
    } else {
        text += fmt::format("; there are {}\n", fmt::join(known, ", "));
    }
    return no_command{std::move(text), wrong_usage};
}

std::optional<no_command> unknown_command(const CLI::App& program, int count,
                                          const char* const* words) {
    if (count < 2) return {};
    if (auto found = unknown_command(program, words[1])) return found;
    if (count < 3 || std::string_view(words[1]) != "journal") return {};
    return unknown_command(*program.get_subcommand("journal"), words[2]);
}

no_command to_print(const CLI::App& program, const CLI::ParseError& reason) {
    std::ostringstream out;
    std::ostringstream errors;
    const int code = program.exit(reason, out, errors);
    return {out.str() + errors.str(), code == 0 ? success : wrong_usage};
}

}  // namespace

expected<command, no_command> read_command_line(int count, const char* const* words) {
    CLI::App program("pverelay: a durable metrics relay for Proxmox VE and Proxmox Backup Server",
                     "pverelay");
    program.require_subcommand(1);
    choice result;
    run_arguments run;
    check_arguments check;
    socket_unit_arguments socket_unit;
    setup_arguments setup;
    route_arguments route;
    doctor_arguments doctor;
    simulate_words simulate;
    journal_words journal;
    add_run(program, run, result);
    add_check(program, check, result);
    add_doctor(program, doctor, result);
    add_setup(program, setup, result);
    add_route(program, route, result);
    add_socket_unit(program, socket_unit, result);
    add_version(program, result);
    add_simulate(program, simulate, result);
    add_journal(program, journal, result);
    add_help(program);
    if (auto found = unknown_command(program, count, words)) return unexpected(std::move(*found));
    try {
        program.parse(count, words);
    } catch (const CLI::CallForAllHelp&) {
        // `pverelay help`: the commands, not those of the command called help.
        return unexpected(no_command{commands_of(program), success});
    } catch (const CLI::ParseError& reason) {
        return unexpected(to_print(program, reason));
    }
    return std::move(*result.chosen);
}

}  // namespace relay::cli
