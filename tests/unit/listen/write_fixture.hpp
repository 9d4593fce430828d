// A write API before a journal that the test speaks for, without a socket between them.
#pragma once

#include "relay/listen/write_api.hpp"
#include "tests/support/recording_log.hpp"
#include "tests/unit/listen/held_journal.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace relay::listen {

/// A clock that stands still.
class standing_clock final : public time_source {
public:
    [[nodiscard]] moment now() const noexcept override {
        return {.steady = steady_time(std::chrono::seconds(1)),
                .wall = wall_time(std::chrono::seconds(1'755'785'271))};
    }
};

class write_fixture : public testing::Test {
protected:
    write_fixture() { options_.address = "127.0.0.1:0"; }

    [[nodiscard]] std::unique_ptr<http_handler> make_api() { return make_api(options_); }

    [[nodiscard]] std::unique_ptr<http_handler> make_api(const listen_options& options) {
        write_services services{.options = options,
                                .identity = identity_,
                                .time = clock_,
                                .bodies = bodies_,
                                .counters = counters_,
                                .log = log_,
                                .not_ready = [this] { return not_ready_; },
                                .version = "1.2.3"};
        return std::make_unique<write_api>(std::move(services), make_intake());
    }

    [[nodiscard]] std::unique_ptr<ingest::intake> make_intake() {
        return std::make_unique<ingest::intake>(ingest_options_, journal_, ingest_counters_, log_);
    }

    listen_options options_;
    ingest::identity identity_{{ingest::cluster_rule{
        .name = "lab", .buckets = {}, .tokens = {}, .sources = {}, .prefix = {}}}};
    standing_clock clock_;
    body_budget bodies_{32 << 20};
    listen_counters counters_;
    std::string not_ready_;
    ingest::ingest_options ingest_options_;
    ingest::ingest_counters ingest_counters_;
    tests::held_journal journal_;
    null_log log_;
};

}  // namespace relay::listen
