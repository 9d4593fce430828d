// A sink that wants some lines sees records that hold no others, from members and from text.
#include "relay/delivery/rewrite.hpp"

#include "tests/support/manual_box.hpp"
#include "tests/unit/delivery/rehearsal.hpp"

#include <gmock/gmock.h>

#include <string>
#include <vector>

namespace relay::delivery::tests {
namespace {

using relay::tests::manual_box;
using ::testing::ElementsAre;
using ::testing::Key;

const std::string vm = "system,object=qemu f=1 1";
const std::string container = "system,object=lxc f=1 1";
const std::string node = "system,object=nodes f=1 1";

sinks::line_filter guests() {
    return {.objects = {"qemu", "lxc"}, .measurements = {}};
}

/// As the journal hands it to a sink that reads members.
journal::record_ptr member_of(const journal::record_ptr& from) {
    auto made = *from;
    protocol::gzip_compressor().compress(made.text, {}, made.member);
    made.header.member_bytes = static_cast<std::uint32_t>(made.member.size());
    made.text.clear();
    return std::make_shared<const journal::record>(std::move(made));
}

TEST(rewrite, without_a_filter_is_the_record_itself) {
    const auto record = record_of(1, {vm, node});
    rewrite all({}, true);
    const auto [same, left_out] = all.apply(record);
    EXPECT_EQ(same, record);
    EXPECT_EQ(left_out, 0u);
}

TEST(rewrite, of_a_record_of_which_all_is_wanted_is_the_record_itself) {
    const auto record = member_of(record_of(1, {vm, container}));
    rewrite some(guests(), false);
    EXPECT_EQ(some.apply(record).record, record) << "compressed once";
}

TEST(rewrite, keeps_the_lines_that_are_wanted_as_text) {
    const auto record = record_of(7, {node, vm, node, container});
    rewrite some(guests(), true);
    const auto [mine, left_out] = some.apply(record);
    EXPECT_EQ(left_out, 2u);
    EXPECT_EQ(mine->text, vm + "\n" + container + "\n");
    EXPECT_TRUE(mine->member.empty());
    EXPECT_EQ(mine->header.points, 2u);
    EXPECT_EQ(mine->header.text_bytes, mine->text.size());
    EXPECT_EQ(mine->header.sequence, 7u);
    EXPECT_EQ(mine->header.lane, record->header.lane);
    EXPECT_EQ(record->header.points, 4u) << "which others go on reading";
}

TEST(rewrite, makes_a_member_of_them_for_who_reads_members) {
    rewrite some(guests(), false);
    for (const auto& record : {member_of(record_of(7, {node, vm})), record_of(7, {node, vm})}) {
        const auto mine = some.apply(record).record;
        std::string text;
        EXPECT_EQ(protocol::inflate_member(mine->member, 1 << 20, text), mine->member.size());
        EXPECT_EQ(text, vm + "\n");
        EXPECT_TRUE(mine->text.empty());
        EXPECT_EQ(mine->header.member_bytes, mine->member.size());
        EXPECT_EQ(mine->header.points, 1u);
    }
}

TEST(rewrite, leaves_nothing_of_a_record_that_has_nothing_wanted) {
    rewrite some(guests(), true);
    const auto [nothing, left_out] = some.apply(record_of(1, {node, node}));
    EXPECT_EQ(nothing, nullptr);
    EXPECT_EQ(left_out, 2u);
}

TEST(rewrite, leaves_nothing_of_a_member_that_cannot_be_read) {
    auto broken = *member_of(record_of(1, {vm, node}));
    broken.member.resize(broken.member.size() / 2);
    rewrite some(guests(), false);
    const auto [nothing, left_out] =
        some.apply(std::make_shared<const journal::record>(std::move(broken)));
    EXPECT_EQ(nothing, nullptr);
    EXPECT_EQ(left_out, 2u);
}

TEST(rewrite, a_sink_gets_its_lines_and_the_others_are_counted) {
    rehearsal stage;
    stage.only = guests();
    stage.add({node, vm});
    stage.add({node});
    stage.add({container, node, node});
    EXPECT_TRUE(stage.play());
    EXPECT_THAT(stage.store.stored, ElementsAre(Key(container), Key(vm)));
    EXPECT_EQ(stage.counters.filtered_lines.value(), 4u);
    EXPECT_EQ(stage.counters.points.value(), 2u);
    EXPECT_EQ(stage.committed, 3u) << "a record without such lines is passed";
}

TEST(rewrite, a_search_and_a_dead_letter_know_no_other_lines) {
    manual_box box;
    rehearsal stage;
    stage.letters = &box;
    stage.only = guests();
    std::vector<std::string> lines;
    for (int i = 0; i < 50; ++i) {
        lines.push_back(node);
        lines.push_back("system,object=qemu,vmid=" + std::to_string(i) + " f=1 1");
    }
    stage.add(lines);
    stage.store.refuses = {"system,object=qemu,vmid=17 f=1 1", node};
    EXPECT_TRUE(stage.play());
    EXPECT_THAT(box.lines(), ElementsAre("system,object=qemu,vmid=17 f=1 1"));
    EXPECT_EQ(stage.store.stored.size(), 49u);
    EXPECT_EQ(stage.dropped(), 1u);
}

TEST(rewrite, a_restart_in_the_middle_loses_and_adds_nothing) {
    rehearsal stage;
    stage.only = guests();
    stage.sink.units_max = 1;
    stage.add({node, vm, container});
    stage.add({node, "system,object=qemu g=1 1"});
    EXPECT_FALSE(stage.play(2));
    stage.restart();
    EXPECT_TRUE(stage.play());
    EXPECT_EQ(stage.store.stored.size(), 3u);
    EXPECT_FALSE(stage.store.stored.contains(node));
}

}  // namespace
}  // namespace relay::delivery::tests
