// What a store does not understand is sent in an older form; what it says it has stored is counted.
#include "relay/delivery/delivery.hpp"
#include "tests/unit/delivery/rehearsal.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace relay::delivery::tests {
namespace {

using testing::ElementsAre;
using testing::Pair;

/// Whether it was sent in the newest form.
bool is_newest(const http_request& request) {
    return request.url.find("/older") == std::string::npos;
}

/// A store that knows the older form only.
rehearsal::director answers_newest_with(http_response answer) {
    return [answer](std::size_t, const http_request& request) {
        return is_newest(request) ? std::optional(answer) : std::nullopt;
    };
}

http_response saying_stored(int status, const std::string& stored) {
    auto response = response_of(status, "out of order");
    response.headers.emplace_back("stored", stored);
    return response;
}

TEST(fallback, what_is_not_understood_is_sent_in_an_older_form_at_once) {
    rehearsal stage;
    stage.sink.older_forms = 1;
    stage.sink.units_max = 2;
    stage.direct = answers_newest_with(response_of(415));
    stage.add({"a", "b", "c"});
    const auto began = stage.now.steady;

    EXPECT_TRUE(stage.play());

    ASSERT_EQ(stage.exchanges.size(), 3U);
    EXPECT_EQ(stage.exchanges[0].request.body, "a\nb\n");
    EXPECT_EQ(stage.exchanges[1].request.body, "a\nb\n") << "not what was prepared";
    EXPECT_EQ(stage.exchanges[2].request.body, "c\n");
    EXPECT_FALSE(is_newest(stage.exchanges[1].request));
    EXPECT_EQ(stage.exchanges[2].at, began) << "nobody waited";
    EXPECT_THAT(stage.store.stored, ElementsAre(Pair("a", 1), Pair("b", 1), Pair("c", 1)));
    EXPECT_EQ(stage.committed, 1U);
    EXPECT_EQ(stage.counters.adaptations.value(), 1U);
    EXPECT_EQ(stage.said("from now on written"), 1U);
}

TEST(fallback, it_is_remembered_until_the_next_start) {
    rehearsal stage;
    stage.sink.older_forms = 1;
    stage.direct = answers_newest_with(response_of(415));
    for (int i = 0; i < 5; ++i) {
        stage.add({"l" + std::to_string(i)});
        EXPECT_TRUE(stage.play());
    }
    EXPECT_EQ(stage.exchanges.size(), 6U);
    EXPECT_EQ(stage.counters.adaptations.value(), 1U);
}

TEST(fallback, where_there_is_no_older_form_nothing_is_lost) {
    rehearsal stage;
    stage.add({"a"});
    stage.direct = [](std::size_t number, const http_request&) {
        return number < 3 ? std::optional(response_of(415)) : std::nullopt;
    };
    EXPECT_TRUE(stage.play());
    EXPECT_THAT(stage.store.stored, ElementsAre(Pair("a", 1)));
    EXPECT_EQ(stage.counters.adaptations.value(), 0U);
}

TEST(fallback, in_the_midst_of_a_search_the_same_piece_is_sent_in_the_older_form) {
    rehearsal stage;
    stage.sink.older_forms = 1;
    stage.store.refuses = {"bad"};
    stage.add({"a", "b", "bad", "c"});
    // Refused, proven, and then the store is replaced by an older one.
    stage.direct = [](std::size_t number, const http_request& request) {
        return number >= 2 && is_newest(request) ? std::optional(response_of(415)) : std::nullopt;
    };
    EXPECT_TRUE(stage.play());
    EXPECT_THAT(stage.store.stored, ElementsAre(Pair("a", 1), Pair("b", 1), Pair("c", 1)));
    EXPECT_EQ(stage.dropped(), 1U);
}

TEST(fallback, trouble_at_any_step_loses_nothing) {
    for (std::size_t step = 0; step < 8; ++step) {
        for (const int status : {415, 401, 500, 503, 0}) {
            rehearsal stage;
            stage.sink.older_forms = 1;
            stage.sink.units_max = 2;
            stage.accounts = true;
            stage.store.refuses = {"bad"};
            stage.add({"a", "b", "c", "d"});
            stage.add({"e", "bad"});
            stage.direct = [&](std::size_t number, const http_request& request) {
                if (number == step) return std::optional(response_of(status));
                if (number >= 2 && is_newest(request)) return std::optional(response_of(415));
                return std::optional<http_response>();
            };
            EXPECT_TRUE(stage.play());
            EXPECT_EQ(stage.committed, 2U) << step << ' ' << status;
            EXPECT_EQ(stage.store.stored.size(), 5U) << step << ' ' << status;
            EXPECT_EQ(stage.dropped(), 1U) << step << ' ' << status;
        }
    }
}

TEST(partial_write, what_a_store_says_it_has_not_stored_is_counted_and_told) {
    rehearsal stage;
    stage.add({"a", "b", "c"});
    stage.add({"d"});
    stage.read_at_once = 1;
    stage.direct = [](std::size_t number, const http_request&) {
        return number == 0 ? std::optional(saying_stored(422, "2")) : std::nullopt;
    };
    EXPECT_TRUE(stage.play());

    EXPECT_EQ(stage.exchanges.size(), 2U) << "no retry";
    EXPECT_EQ(stage.committed, 2U);
    EXPECT_EQ(stage.counters.points.value(), 3U);
    EXPECT_EQ(stage.dropped(), 1U);
    const auto reasons = stage.counters.dropped_by_reason.with([](const auto& all) { return all; });
    EXPECT_THAT(reasons, ElementsAre(Pair("invalid", 1U)));
    EXPECT_EQ(stage.said("dropped 1 points"), 1U);
}

TEST(partial_write, a_success_that_says_it_stored_less_is_believed) {
    rehearsal stage;
    stage.add({"a", "b", "c"});
    stage.direct = [](std::size_t, const http_request&) {
        return std::optional(saying_stored(204, "1"));
    };
    EXPECT_TRUE(stage.play());
    EXPECT_EQ(stage.counters.points.value(), 1U);
    EXPECT_EQ(stage.dropped(), 2U);
}

TEST(partial_write, more_than_was_sent_is_all_of_it) {
    rehearsal stage;
    stage.add({"a", "b", "c"});
    stage.direct = [](std::size_t, const http_request&) {
        return std::optional(saying_stored(204, "17"));
    };
    EXPECT_TRUE(stage.play());
    EXPECT_EQ(stage.counters.points.value(), 3U);
    EXPECT_EQ(stage.dropped(), 0U);
}

}  // namespace
}  // namespace relay::delivery::tests
