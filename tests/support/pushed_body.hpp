// What becomes of one body, for the fuzzer and whoever else needs an intake and nothing around it.
#pragma once

#include "relay/ingest/intake.hpp"
#include "tests/support/recording_journal.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace relay::tests {

struct pushed_body {
    std::string text;  // of all batches
    std::uint64_t accepted = 0;
    std::uint64_t rejected = 0;
    std::size_t batches = 0;
    std::string first_error;

    bool operator==(const pushed_body&) const = default;
};

/// Whether lines of guests get tags and tenants, of guest 100 in pool "a,b =c" and of any other.
enum class guests : std::uint8_t { unknown, looked_up };

inline void look_guests_up(ingest::ingest_options& options, topology::snapshot_board& board) {
    auto known = std::make_shared<topology::snapshot>();
    known->cluster = "lab";
    auto& guest = known->guests.emplace_back();
    guest.id.vmid = 100;
    guest.pool = "a,b =c";
    guest.tags = {"x", "y\\z"};
    board.publish(std::move(known));
    options.enrich.assign(std::begin(ingest::guest_properties), std::end(ingest::guest_properties));
    options.tenants.emplace_back().name = "known";
    options.tenants.back().tags = {"x"};
    options.tenants.emplace_back().name = "numbered";
    options.tenants.back().vmids = {{101, 999}};
}

/// Pushes `text` to an intake of its own, in chunks that are heap blocks of exactly their size, so
/// that a sanitizer sees a read beyond one. The line limit is small, so that inputs can exceed it.
/// @param shapes_max 0: each line is parsed
inline pushed_body push_body(std::string_view text, protocol::precision unit,
                             std::size_t chunk_bytes, guests known = guests::unknown,
                             std::size_t shapes_max = ingest::ingest_options{}.shapes_max) {
    recording_journal journal;
    ingest::ingest_counters counters;
    null_log log;
    ingest::ingest_options options;
    options.limits.line_bytes = 512;
    options.shapes_max = shapes_max;
    topology::snapshot_board board;
    if (known == guests::looked_up) look_guests_up(options, board);
    ingest::intake intake(options, journal, counters, log, {}, {.board = &board, .homes = nullptr});
    const auto now = std::chrono::seconds(1'755'785'271);
    auto body = intake.open({.cluster = "lab", .bucket = "b", .tenant = ""}, unit,
                            {.steady = steady_time(now), .wall = wall_time(now)}, nullptr, "");
    while (!text.empty()) {
        const auto bytes = std::min(chunk_bytes, text.size());
        const auto chunk = std::make_unique<char[]>(bytes);
        std::copy_n(text.begin(), bytes, chunk.get());
        body->feed({chunk.get(), bytes});
        text.remove_prefix(bytes);
    }
    auto result = body->finish();
    return {.text = journal.text(),
            .accepted = result.accepted,
            .rejected = result.rejected,
            .batches = result.batches,
            .first_error = std::move(result.first_error)};
}

}  // namespace relay::tests
