// Points ahead of our clock: whose clock is wrong?
#include "tests/unit/ingest/intake_fixture.hpp"

#include <fmt/format.h>

namespace relay::ingest {
namespace {

class clocks : public intake_test {
protected:
    /// Whether a point so far ahead of `now` arrives.
    bool arrives(std::chrono::minutes ahead, std::string_view from, moment now = noon) {
        auto body = intake_->open(lab, protocol::precision::ns, now, nullptr, from);
        body->feed(line(ahead, now));
        return body->finish().accepted == 1;
    }
    static std::string line(std::chrono::minutes ahead, moment now = noon) {
        return fmt::format("m f=1 {}\n", unix_nanoseconds(now.wall + ahead));
    }
};

using namespace std::chrono_literals;

TEST_F(clocks, ten_minutes_ahead_pass_and_no_nanosecond_more) {
    EXPECT_TRUE(arrives(10min, "a"));

    const auto result = push(fmt::format("m f=1 {}\n", unix_nanoseconds(noon.wall + 10min) + 1));
    EXPECT_EQ(result.accepted, 0U);
    EXPECT_EQ(counters_.rejected_ahead.value(), 1U);
    EXPECT_EQ(counters_.rejected.value(), 1U);
}

TEST_F(clocks, the_bound_is_an_option) {
    ingest_options options;
    options.ahead_max = 60min;
    restart(options);

    EXPECT_TRUE(arrives(60min, "a"));
    EXPECT_FALSE(arrives(61min, "a"));
}

TEST_F(clocks, a_point_ahead_costs_only_itself) {
    const auto result = push("m f=1 5\n# comment\n" + line(1h) + "m f=2 6\n");

    EXPECT_EQ(journal_.text(), "m,cluster=lab f=1 5\nm,cluster=lab f=2 6\n");
    EXPECT_EQ(result.first_error,
              "line 3, byte 6: timestamp more than 10 min ahead of this relay's clock: "
              "\"m f=1 1755788871000000000\"");
}

TEST_F(clocks, points_of_the_past_pass) {
    EXPECT_EQ(push("m f=1 -1000\n").accepted, 1U);
}

// One sample over an hour ahead makes Prometheus 2.42 refuse all others.
TEST_F(clocks, one_sender_or_two_that_are_ahead_are_wrong) {
    EXPECT_FALSE(arrives(1h, "a"));
    EXPECT_FALSE(arrives(1h, "a"));
    EXPECT_FALSE(arrives(1h, "b"));
    EXPECT_TRUE(log_.messages.empty() || log_.messages[0].first == severity::warning);
}

TEST_F(clocks, where_most_of_three_senders_are_ahead_ours_is_wrong) {
    EXPECT_FALSE(arrives(1h, "a"));
    EXPECT_TRUE(arrives(0h, "b"));
    EXPECT_TRUE(arrives(1h, "c"));
    EXPECT_TRUE(arrives(1h, "a"));
}

TEST_F(clocks, where_half_of_the_senders_are_ahead_ours_is_right) {
    EXPECT_TRUE(arrives(0h, "a"));
    EXPECT_TRUE(arrives(0h, "b"));
    EXPECT_FALSE(arrives(1h, "c"));
    EXPECT_FALSE(arrives(1h, "d"));
    EXPECT_TRUE(arrives(1h, "e")) << "three of five";
}

TEST_F(clocks, our_wrong_clock_is_said_once) {
    for (const auto* from : {"a", "b", "c", "d", "c", "d"}) {
        std::ignore = arrives(1h, from);
    }

    const auto errors = std::count_if(log_.messages.begin(), log_.messages.end(),
                                      [](const auto& one) { return one.first == severity::error; });
    EXPECT_EQ(errors, 1);
}

TEST_F(clocks, a_sender_votes_anew_with_each_body) {
    for (const auto* from : {"a", "b", "c"}) {
        std::ignore = arrives(1h, from);
    }
    EXPECT_TRUE(arrives(1h, "c"));
    EXPECT_TRUE(arrives(0h, "a"));
    EXPECT_TRUE(arrives(0h, "b"));
    EXPECT_FALSE(arrives(1h, "c")) << "one of three";
}

TEST_F(clocks, a_sender_that_was_not_heard_for_a_minute_has_no_vote) {
    for (const auto* from : {"a", "b", "c"}) {
        std::ignore = arrives(1h, from);
    }
    const auto later = at_second(1'755'785'271 + 62);
    EXPECT_FALSE(arrives(1h, "c", later));
}

// A sender with one point on time has a clock that is not ahead: it sends of the future.
TEST_F(clocks, a_body_with_a_point_on_time_votes_for_our_clock) {
    for (const auto* from : {"a", "b", "c", "d"}) {
        std::ignore = push(line(1h) + line(0h), std::string::npos, from);
    }
    EXPECT_FALSE(arrives(1h, "a"));
}

TEST_F(clocks, a_missing_timestamp_is_no_vote) {
    for (const auto* from : {"a", "b", "c"}) {
        std::ignore = push("m f=1\n", std::string::npos, from);
    }
    EXPECT_FALSE(arrives(1h, "d"));
    EXPECT_FALSE(arrives(1h, "e"));
    EXPECT_TRUE(arrives(1h, "f")) << "the three that voted are ahead";
}

}  // namespace
}  // namespace relay::ingest
