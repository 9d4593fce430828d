// The words after `pverelay` as a command with its arguments.
#pragma once

#include "relay/base/expected.hpp"
#include "relay/cli/commands.hpp"

#include <string>
#include <variant>

namespace relay::cli {

using command =
    std::variant<run_arguments, check_arguments, doctor_arguments, setup_arguments, route_arguments,
                 socket_unit_arguments, version_arguments, simulate_arguments, journal_ls_arguments,
                 journal_cat_arguments, journal_verify_arguments, journal_export_arguments,
                 journal_replay_arguments, journal_purge_arguments>;

/// What to print instead of doing anything, and the exit code that goes with it: help, or
/// what was wrong with the words.
struct no_command {
    std::string text;
    int code = wrong_usage;
};

[[nodiscard]] expected<command, no_command> read_command_line(int count, const char* const* words);

}  // namespace relay::cli
