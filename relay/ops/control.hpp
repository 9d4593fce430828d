// What `pverelay journal` may ask of the running relay, as values: a line of JSON becomes a
// request, what was done becomes lines of JSON. Pure; who does it is handed in, and control_socket
// carries the bytes.
//
//     {"command":"purge","through":4711}
//     {"progress":{"files":3,"bytes":201326592}}
//     {"ok":true,"files":5,"bytes":335544320}
#pragma once

#include "relay/base/expected.hpp"
#include "relay/journal/record.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <variant>

namespace relay::ops {

/// Who is there.
struct hello_request {
    bool operator==(const hello_request&) const = default;
};
/// Deliver these records to that sink again.
struct replay_request {
    std::string sink;
    journal::sequence first = 0;
    journal::sequence last = 0;
    bool operator==(const replay_request&) const = default;
};
/// Delete the segments whose records all are at or before `through`.
struct purge_request {
    journal::sequence through = 0;
    bool operator==(const purge_request&) const = default;
};
/// Delete the cursor of a sink that is no longer configured.
struct forget_request {
    std::string sink;
    bool operator==(const forget_request&) const = default;
};
/// Delete all dead letters.
struct clear_dead_request {
    bool operator==(const clear_dead_request&) const = default;
};
/// Lines that are to go through ingest as if they had just arrived. Any bytes.
struct push_request {
    journal::lane lane;
    std::string text;
    bool operator==(const push_request&) const = default;
};
using control_request = std::variant<hello_request, replay_request, purge_request, forget_request,
                                     clear_dead_request, push_request>;

/// A line of 1 MiB with every byte of it escaped ("\\\\xff"), and company.
inline constexpr std::size_t control_line_bytes_max = 8 << 20;

/// @returns the request, or a sentence that says what is wrong with the line.
[[nodiscard]] expected<control_request, std::string> parse_control_request(std::string_view line);
/// The line, with its newline, that reads back to it.
[[nodiscard]] std::string to_line(const control_request& request);

/// Counted while it is done, and in the end.
struct removed_files {
    std::uint64_t files = 0;
    std::uint64_t bytes = 0;
};
struct pushed_lines {
    std::uint64_t accepted = 0;
    std::uint64_t rejected = 0;
    std::string first_error;
};

using control_emit = std::function<void(std::string_view line)>;
using purge_progress = std::function<void(const removed_files&)>;

/// What can be done, each called on the control thread; an error is a sentence for the operator.
struct control_actions {
    std::string version;
    std::function<expected<void, std::string>(const replay_request&)> replay;
    std::function<removed_files(const purge_request&, const purge_progress&)> purge;
    std::function<expected<void, std::string>(const forget_request&)> forget;
    std::function<removed_files()> clear_dead;
    std::function<expected<pushed_lines, std::string>(const push_request&)> push;
};

/// Reads the line, does what it asks, emits any number of progress lines and then one result.
void answer_control(std::string_view line, const control_actions& actions,
                    const control_emit& emit);

}  // namespace relay::ops
