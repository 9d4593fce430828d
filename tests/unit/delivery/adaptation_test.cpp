// A sink that learns from a refusal how to write the same lines so that they are taken.
#include "tests/support/manual_box.hpp"
#include "tests/unit/delivery/rehearsal.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace relay::delivery::tests {
namespace {

using relay::tests::manual_box;

bool holds(const http_request& request, const std::string& line) {
    const auto lines = line_sink::lines_of(request.body);
    return std::ranges::find(lines, line) != lines.end();
}

/// Refuses whatever holds `line` and says how it should be written.
auto wants(const std::string& line, const std::string& instead, int status = 400) {
    return [=](std::size_t, const http_request& request) -> std::optional<http_response> {
        if (!holds(request, line)) return std::nullopt;
        return response_of(status, line + " -> " + instead);
    };
}

TEST(adaptation, the_same_lines_are_sent_once_more_as_the_store_has_them) {
    rehearsal stage;
    stage.sink.learns = true;
    stage.add_lines(10);
    stage.direct = wants("l3", "L3");
    EXPECT_TRUE(stage.play());
    EXPECT_EQ(stage.exchanges.size(), 2u);
    EXPECT_EQ(stage.store.stored.count("L3"), 1u);
    EXPECT_EQ(stage.store.stored.size(), 10u);
    EXPECT_EQ(stage.counters.adaptations.value(), 1u);
    EXPECT_EQ(stage.counters.points.value(), 10u);
    EXPECT_EQ(stage.counters.proofs.value(), 0u) << "nothing is in doubt";
    EXPECT_EQ(stage.dropped(), 0u);
    EXPECT_EQ(stage.said("from now on written as the store has it"), 1u);
}

TEST(adaptation, what_a_422_left_out_is_not_lost) {
    rehearsal stage;
    stage.sink.learns = true;
    stage.add_lines(10);
    stage.direct = wants("l3", "L3", 422);
    EXPECT_TRUE(stage.play());
    EXPECT_EQ(stage.store.stored.count("L3"), 1u);
    EXPECT_EQ(stage.counters.points.value(), 10u) << "each once";
}

TEST(adaptation, a_request_that_was_prepared_before_is_made_anew) {
    rehearsal stage;
    stage.sink.learns = true;
    stage.sink.units_max = 2;
    stage.add({"x", "y", "x", "z"});
    stage.direct = wants("x", "X");
    EXPECT_TRUE(stage.play());
    EXPECT_EQ(stage.exchanges.size(), 3u);
    EXPECT_EQ(stage.store.stored["X"], 2);
    EXPECT_EQ(stage.dropped(), 0u);
}

TEST(adaptation, within_a_search_the_same_piece_is_sent_once_more) {
    manual_box box;
    rehearsal stage;
    stage.letters = &box;
    stage.sink.learns = true;
    stage.add_lines(32);
    stage.store.refuses = {"l20"};
    stage.direct = [&](std::size_t n, const http_request& request) -> std::optional<http_response> {
        // Told only of a piece that holds one of the two, as InfluxDB 1 tells of a new field.
        if (holds(request, "l20")) return std::nullopt;
        return wants("l3", "L3")(n, request);
    };
    EXPECT_TRUE(stage.play());
    EXPECT_EQ(stage.store.stored.count("L3"), 1u);
    EXPECT_EQ(stage.store.stored.size(), 31u);
    EXPECT_EQ(stage.dropped(), 1u);
}

TEST(adaptation, a_sink_that_learns_nothing_is_refused_as_ever) {
    rehearsal stage;
    stage.add_lines(10);
    stage.store.refuses = {"l3"};
    stage.direct = wants("l3", "L3");
    EXPECT_TRUE(stage.play());
    EXPECT_EQ(stage.dropped(), 1u);
    EXPECT_EQ(stage.counters.adaptations.value(), 0u);
}

}  // namespace
}  // namespace relay::delivery::tests
