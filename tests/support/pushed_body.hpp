// What becomes of one body, for the fuzzer and whoever else needs an intake and nothing around it.
#pragma once

#include "relay/ingest/intake.hpp"
#include "tests/support/recording_journal.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace relay::tests {

struct pushed_body {
    std::string text;  // of all batches
    std::uint64_t accepted = 0;
    std::uint64_t rejected = 0;
    std::size_t batches = 0;
    std::string first_error;

    bool operator==(const pushed_body&) const = default;
};

/// Pushes `text` to an intake of its own, in chunks that are heap blocks of exactly their size, so
/// that a sanitizer sees a read beyond one. The line limit is small, so that inputs can exceed it.
inline pushed_body push_body(std::string_view text, protocol::precision unit,
                             std::size_t chunk_bytes) {
    recording_journal journal;
    ingest::ingest_counters counters;
    null_log log;
    ingest::ingest_options options;
    options.limits.line_bytes = 512;
    ingest::intake intake(options, journal, counters, log);
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
