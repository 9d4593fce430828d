// A sink that keeps up does not make a request of every record.
#include "relay/delivery/delivery.hpp"
#include "tests/support/line_sink.hpp"
#include "tests/support/memory_subscription.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <vector>

namespace relay::delivery {
namespace {

using namespace std::chrono_literals;
using relay::tests::line_sink;
using relay::tests::record_of;

class gathering : public testing::Test {
protected:
    gathering() { options_.gather_time = 100ms; }

    delivery machine(journal::cursor position = {}) {
        return {{.name = "s", .sink = sink_, .counters = counters_, .log = log_},
                options_,
                std::move(position),
                1};
    }
    [[nodiscard]] static moment at(std::chrono::milliseconds since_start) {
        return {.steady = steady_time(1h + since_start), .wall = wall_time(1h + since_start)};
    }
    [[nodiscard]] static http_response stored() {
        http_response response;
        response.status = 204;
        return response;
    }

    line_sink sink_;
    delivery_counters counters_;
    null_log log_;
    delivery_options options_;
};

TEST_F(gathering, what_comes_after_all_was_read_waits_for_company) {
    auto one = machine();
    EXPECT_EQ(one.begin().until, steady_time{}) << "the first read is made at once";

    static_cast<void>(one.records_read({record_of(1, {"a"})}, 1, at(0ms)));
    const auto next = one.answered(stored(), at(30ms));

    EXPECT_EQ(next.what, action::kind::read);
    EXPECT_EQ(next.until, at(100ms).steady);
    EXPECT_EQ(one.records_read({}, 1, at(100ms)).what, action::kind::idle);
    EXPECT_LE(one.notified().until, at(100ms).steady) << "after a pause it goes at once";
}

TEST_F(gathering, who_is_behind_does_not_wait) {
    auto one = machine();
    static_cast<void>(one.begin());
    static_cast<void>(one.records_read({record_of(1, {"a"})}, 2, at(0ms)));
    EXPECT_LE(one.answered(stored(), at(30ms)).until, at(30ms).steady);
}

TEST_F(gathering, who_owes_a_backlog_does_not_wait) {
    auto one = machine({.delivered = 5, .gaps = {{2, 3}}});
    static_cast<void>(one.begin());
    static_cast<void>(one.records_read({record_of(6, {"a"})}, 6, at(0ms)));
    EXPECT_LE(one.answered(stored(), at(30ms)).until, at(30ms).steady);
}

}  // namespace
}  // namespace relay::delivery
