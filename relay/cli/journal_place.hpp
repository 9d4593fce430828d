// What the journal's commands share: where the journal is, which part of it is meant, and how they
// speak.
#pragma once

#include "relay/cli/commands.hpp"
#include "relay/cli/control_client.hpp"
#include "relay/journal/overview.hpp"
#include "relay/journal/selection.hpp"

#include <boost/json.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace relay::cli {

struct journal_place {
    std::filesystem::path directory;
    std::filesystem::path control;
    std::vector<std::string> sinks;  // that are configured; empty where only --directory was given
};

/// @returns the place, or nothing after the reason was printed: the caller ends with wrong_config.
[[nodiscard]] std::optional<journal_place> find_journal(const journal_where& where);

/// @returns the part, or nothing after the reason was printed: the caller ends with wrong_usage.
[[nodiscard]] std::optional<journal::selection> read_part(const journal_part& part);

/// Prints it to standard error behind the command's name. @returns failure
int fail(std::string_view command, std::string_view why);

/// Says on standard error what was passed over, but for files that went away.
void say_findings(const std::vector<journal::finding>& findings);

[[nodiscard]] boost::json::object to_json(const journal::tally& of);
void print_json(const boost::json::value& value);

/// "2025-08-21T14:21:10.250Z .. 2025-08-21T14:22:00Z"
[[nodiscard]] std::string span_text(const journal::tally& of);

}  // namespace relay::cli
