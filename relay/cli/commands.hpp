// The commands of `pverelay`: each is one file, takes a plain struct and returns the exit code.
#pragma once

#include "relay/simulate/simulate.hpp"

#include <filesystem>
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
struct version_arguments {};
struct simulate_arguments {
    simulate::simulate_options options;
    std::filesystem::path token_file;  // empty: no token
};

/// The relay. Returns when it was told to stop.
[[nodiscard]] int run(const run_arguments& arguments);
/// Reads the configuration and every secret, prints what is in force.
[[nodiscard]] int check(const check_arguments& arguments);
[[nodiscard]] int print_version(const version_arguments& arguments);
/// Pushes what Proxmox would push.
[[nodiscard]] int simulate_pushes(const simulate_arguments& arguments);

}  // namespace relay::cli
