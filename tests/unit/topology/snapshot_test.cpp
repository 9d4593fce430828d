// A snapshot is found by name and number, and swapped whole.
#include "relay/topology/snapshot.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace relay::topology {
namespace {

snapshot_ptr with_guests(std::string cluster, const std::vector<std::uint32_t>& vmids) {
    auto made = std::make_shared<snapshot>();
    made->cluster = std::move(cluster);
    for (const auto vmid : vmids)
        made->guests.push_back({.id = {guest_kind::qemu, vmid}});
    return made;
}

TEST(snapshot, finds_a_guest_by_its_number) {
    const auto lab = with_guests("lab", {100, 102, 9000});

    EXPECT_EQ(lab->find_guest(102), &lab->guests[1]);
    EXPECT_EQ(lab->find_guest(101), nullptr);
    EXPECT_EQ(lab->find_guest(9001), nullptr);
}

TEST(snapshot, finds_a_node_by_its_name) {
    snapshot lab;
    lab.nodes = {{.name = "pve1"}, {.name = "pve2"}};

    EXPECT_EQ(lab.find_node("pve2"), &lab.nodes[1]);
    EXPECT_EQ(lab.find_node("pve"), nullptr);
}

TEST(snapshot_board, gives_the_latest_of_each_cluster_and_tells_that_it_is_new) {
    snapshot_board board;
    EXPECT_EQ(board.find("lab"), nullptr);
    const auto before = board.version();

    board.publish(with_guests("lab", {1}));
    board.publish(with_guests("lab", {2}));
    board.publish(with_guests("shop", {3}));

    EXPECT_EQ(board.version(), before + 3);
    EXPECT_EQ(board.find("lab")->guests.front().id.vmid, 2u);
    EXPECT_EQ(board.find("shop")->guests.front().id.vmid, 3u);
}

TEST(snapshot_board, forgets_whom_nobody_asks_any_more) {
    snapshot_board board;
    board.publish(with_guests("lab", {1}));
    board.publish(with_guests("shop", {2}));
    const auto before = board.version();

    board.keep_only({"shop", "other"});

    EXPECT_EQ(board.find("lab"), nullptr);
    EXPECT_NE(board.find("shop"), nullptr);
    EXPECT_GT(board.version(), before);
}

TEST(snapshot_board, a_reader_keeps_the_snapshot_it_has) {
    snapshot_board board;
    board.publish(with_guests("lab", {1}));

    const auto held = board.find("lab");
    board.publish(with_guests("lab", {2}));

    EXPECT_EQ(held->guests.front().id.vmid, 1u);
}

}  // namespace
}  // namespace relay::topology
