// The commands of `pverelay`: each is one file, takes a plain struct and returns the exit code.
#pragma once

#include "relay/simulate/simulate.hpp"

#include <filesystem>
#include <string>
#include <variant>

namespace relay::cli {

/// sysexits.h: what scripts and systemd may rely on.
enum exit_code : int {
    success = 0,
    failure = 1,        // could not do it: a port that is taken, a store that refuses
    wrong_usage = 64,   // EX_USAGE
    wrong_config = 78,  // EX_CONFIG: starting again without a change is pointless
};

struct run_arguments {
    std::filesystem::path config;
};
struct check_arguments {
    std::filesystem::path config;
};
struct socket_unit_arguments {
    std::filesystem::path config;
};
struct setup_arguments {
    std::filesystem::path config;
    std::string server;  // how Proxmox reaches this machine; empty: its host name
};
struct route_arguments {
    std::filesystem::path config;
    std::string listener;  // whose door the lines come through; empty: the first
    std::string bucket = "proxmox";
    std::string prefix;  // path before /api/v2/write
    std::string sender = "127.0.0.1";
    std::filesystem::path token_file;  // empty: the first that opens the door
};
struct doctor_arguments {
    std::filesystem::path config;
    bool json = false;
    bool write = false;  // a point to each store, and back
};
struct version_arguments {};
struct simulate_arguments {
    simulate::simulate_options options;
    std::filesystem::path token_file;  // empty: no token
    std::string api;                   // ADDRESS:PORT of the first node's API; empty: none
    std::filesystem::path scenario;    // empty: nothing happens
    std::filesystem::path access_log;  // of the API; empty: none
};

/// Which journal, and how to answer.
struct journal_where {
    std::filesystem::path config;
    std::filesystem::path directory;  // given: instead of the configuration
    bool json = false;
};
/// Which part of it, as it was written.
struct journal_part {
    std::string from, to;  // the points' own time
    std::string lane;      // CLUSTER[/BUCKET[/TENANT]]
    std::string sink;
};
struct journal_ls_arguments {
    journal_where where;
    bool dead = false;
};
struct journal_cat_arguments {
    journal_where where;
    journal_part part;
    bool dead = false;
};
struct journal_verify_arguments {
    journal_where where;
};
struct journal_export_arguments {
    journal_where where;
    journal_part part;
    std::filesystem::path output;  // empty: standard output
};
struct journal_replay_arguments {
    journal_where where;
    journal_part part;
    bool dead = false;
    bool dry_run = false;
};
struct journal_purge_arguments {
    journal_where where;
    std::string before;
    std::string sink;
    bool dead = false;
    bool yes = false;
};

/// The relay. Returns when it was told to stop.
[[nodiscard]] int run(const run_arguments& arguments);
/// Reads the configuration and every secret, prints what is in force.
[[nodiscard]] int check(const check_arguments& arguments);
/// Prints a drop-in for pverelay.socket that listens where the configuration says.
[[nodiscard]] int socket_unit(const socket_unit_arguments& arguments);
/// Prints the commands and the values for the GUI that go with a configuration.
[[nodiscard]] int setup(const setup_arguments& arguments);
/// Lines on standard input: prints what each sink would get. Sends nothing.
[[nodiscard]] int route(const route_arguments& arguments);
/// Asks everything outside, a line each. @returns success only where nothing is to be done
[[nodiscard]] int doctor(const doctor_arguments& arguments);
[[nodiscard]] int print_version(const version_arguments& arguments);
/// Pushes what Proxmox would push, and answers as its API would.
[[nodiscard]] int simulate_pushes(const simulate_arguments& arguments);

/// Segments, sinks, dead letters: what there is.
[[nodiscard]] int journal_ls(const journal_ls_arguments& arguments);
/// Line protocol, or refused lines, on standard output.
[[nodiscard]] int journal_cat(const journal_cat_arguments& arguments);
/// Reads every byte. @returns success only where all is sound
[[nodiscard]] int journal_verify(const journal_verify_arguments& arguments);
/// Gzipped line protocol.
[[nodiscard]] int journal_export(const journal_export_arguments& arguments);
/// Delivers again what a sink had, or pushes refused lines again.
[[nodiscard]] int journal_replay(const journal_replay_arguments& arguments);
/// Deletes.
[[nodiscard]] int journal_purge(const journal_purge_arguments& arguments);

}  // namespace relay::cli
