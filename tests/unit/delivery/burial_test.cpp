// What a store will never take is kept as dead letters, line by line.
#include "relay/delivery/burial.hpp"

#include "sinks/prometheus.hpp"
#include "tests/support/manual_box.hpp"
#include "tests/unit/delivery/rehearsal.hpp"

#include <gmock/gmock.h>

namespace relay::delivery::tests {
namespace {

using relay::tests::manual_box;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(burial, the_refused_line_alone_is_kept_with_sink_reason_and_place) {
    manual_box box;
    rehearsal stage;
    stage.letters = &box;
    stage.add_lines(20);
    stage.add({"good", "poison", "fine"}, "other");
    stage.store.refuses = {"poison", "l7"};
    ASSERT_TRUE(stage.play());

    ASSERT_THAT(box.lines(), ElementsAre("l7", "poison"));
    const auto one = box.letters()[1];
    EXPECT_EQ(one.sink, "s");
    EXPECT_EQ(one.reason, "invalid");
    EXPECT_EQ(one.record, 2u);
    EXPECT_EQ(one.number, 2u);
    EXPECT_EQ(one.lane.bucket, "other");
    EXPECT_EQ(one.from, "");
    EXPECT_EQ(stage.dropped(), 2u);
    EXPECT_EQ(stage.committed, 2u);
}

TEST(burial, nothing_is_buried_of_what_is_stored) {
    manual_box box;
    rehearsal stage;
    stage.letters = &box;
    stage.add_lines(50);
    ASSERT_TRUE(stage.play());
    EXPECT_THAT(box.lines(), IsEmpty());
}

TEST(burial, a_commit_names_the_last_letter_before_it) {
    manual_box box;
    rehearsal stage;
    stage.letters = &box;
    stage.add({"poison"});
    stage.store.refuses = {"poison"};
    stage.play_until(action::kind::idle);
    EXPECT_EQ(stage.decided().commit_after, 1u);
}

TEST(burial, a_piece_that_is_dropped_whole_is_kept_line_by_line_across_records) {
    manual_box box;
    line_sink sink;
    burial grave("s", sink, &box);
    const std::vector<journal::record_ptr> records{record_of(1, {"a", "b", "c"}),
                                                   record_of(2, {"d"}), record_of(3, {"e", "f"})};
    grave.bury(records, {.record = 0, .unit = 2}, {.record = 2, .unit = 1}, "too_old", {});
    EXPECT_THAT(box.lines(), ElementsAre("c", "d", "e"));
    grave.bury(records, {.record = 2, .unit = 1}, {.record = 3, .unit = 0}, "too_old", {});
    EXPECT_THAT(box.lines(), ElementsAre("c", "d", "e", "f"));
    EXPECT_EQ(grave.last_ticket(), 4u);
}

TEST(burial, a_line_is_kept_once_however_many_of_its_values_are_refused) {
    manual_box box;
    sinks::prometheus_options options;
    options.url = "http://store/api/v1/write";
    const sinks::prometheus sink(options);
    burial grave("p", sink, &box);
    const std::vector<journal::record_ptr> records{
        record_of(1, {"m a=1,b=2,c=3 1000000000", "n a=1 1000000000", "o a=1,b=\"x\" 1000000000"})};
    for (std::size_t unit = 0; unit < 3; ++unit)
        grave.bury(records, {.record = 0, .unit = unit}, {.record = 0, .unit = unit + 1}, "x", {});
    EXPECT_THAT(box.lines(), ElementsAre("m a=1,b=2,c=3 1000000000"));
    grave.bury(records, {.record = 0, .unit = 4}, {.record = 0, .unit = 5}, "x", {});
    EXPECT_EQ(box.lines().back(), "o a=1,b=\"x\" 1000000000");
    EXPECT_EQ(box.letters().back().number, 3u);
}

TEST(burial, a_record_without_its_text_is_inflated) {
    manual_box box;
    line_sink sink;
    burial grave("s", sink, &box);
    auto one = std::make_shared<journal::record>();
    one->header.sequence = 1;
    protocol::gzip_compressor().compress("a v=1 1\nb v=1 1\n", {}, one->member);
    const std::vector<journal::record_ptr> records{one};
    grave.bury(records, {.record = 0, .unit = 1}, {.record = 1, .unit = 0}, "x", {});
    EXPECT_THAT(box.lines(), ElementsAre("b v=1 1"));
}

}  // namespace
}  // namespace relay::delivery::tests
