// An intake before a journal that keeps everything, and ways to push to it.
#pragma once

#include "relay/ingest/intake.hpp"
#include "tests/support/recording_journal.hpp"
#include "tests/support/recording_log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>

namespace relay::ingest {

inline const journal::lane lab{.cluster = "lab", .bucket = "proxmox", .tenant = ""};

/// A second after most timestamps of the tests.
inline moment at_second(std::int64_t seconds) {
    return {.steady = steady_time(std::chrono::seconds(seconds)),
            .wall = wall_time(std::chrono::seconds(seconds))};
}
inline const moment noon = at_second(1'755'785'271);

class intake_test : public testing::Test {
protected:
    /// What the journal holds after one body in chunks of at most `chunk_bytes`.
    body_result push(std::string_view text, std::size_t chunk_bytes = std::string::npos,
                     std::string_view from = "192.0.2.1") {
        auto body = intake_->open(lab, protocol::precision::ns, noon, nullptr, from);
        feed(*body, text, chunk_bytes);
        return body->finish();
    }

    /// Each chunk is a heap block of exactly its size, so that a read beyond it is seen.
    static void feed(body& body, std::string_view text, std::size_t chunk_bytes) {
        while (!text.empty()) {
            const auto bytes = std::min(chunk_bytes, text.size());
            const auto chunk = std::make_unique<char[]>(bytes);
            std::copy_n(text.begin(), bytes, chunk.get());
            body.feed({chunk.get(), bytes});
            text.remove_prefix(bytes);
        }
    }

    /// What becomes of a body: its canonical lines.
    std::string refined(std::string_view text) {
        journal_.batches.clear();
        std::ignore = push(text);
        return journal_.text();
    }

    void restart(const ingest_options& options) {
        intake_ = std::make_unique<intake>(options, journal_, counters_, log_);
    }

    tests::recording_journal journal_;
    tests::recording_log log_;
    ingest_counters counters_;
    std::unique_ptr<intake> intake_ =
        std::make_unique<intake>(ingest_options{}, journal_, counters_, log_);
};

}  // namespace relay::ingest
