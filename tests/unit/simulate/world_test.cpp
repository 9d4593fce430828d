// The simulated world.
#include "relay/simulate/world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace relay::simulate {
namespace {

using testing::Contains;
using testing::Not;

TEST(world, has_what_was_asked_for) {
    const auto made = make_world({.clusters = 2, .nodes = 5, .guests_per_node = 60, .storages = 3});

    ASSERT_EQ(made.clusters.size(), 2u);
    for (const auto& cluster : made.clusters) {
        ASSERT_EQ(cluster.nodes.size(), 5u);
        for (const auto& node : cluster.nodes) {
            EXPECT_EQ(node.guests.size(), 60u);
            EXPECT_EQ(std::ranges::count(node.guests, guest_kind::lxc, &guest::kind), 10);
            EXPECT_EQ(node.storages.size(), 3u);
        }
    }
}

TEST(world, vmids_are_unique_in_a_cluster_and_repeat_in_the_next) {
    const auto made = make_world({.clusters = 2, .nodes = 4, .guests_per_node = 10});

    std::set<std::uint32_t> first, second;
    for (const auto& node : made.clusters[0].nodes) {
        for (const auto& guest : node.guests)
            EXPECT_TRUE(first.insert(guest.vmid).second);
    }
    for (const auto& node : made.clusters[1].nodes) {
        for (const auto& guest : node.guests)
            second.insert(guest.vmid);
    }
    EXPECT_EQ(first, second);
    EXPECT_EQ(made.clusters[0].nodes[0].name, made.clusters[1].nodes[0].name);
    EXPECT_NE(made.clusters[0].nodes[0].guests[0].own, made.clusters[1].nodes[0].guests[0].own);
}

TEST(world, shows_what_a_cluster_in_the_field_has) {
    const auto made = make_world({.nodes = 4, .guests_per_node = 60});

    unsigned stopped = 0, templates = 0, unnamed = 0, without_driver = 0;
    for (const auto& node : made.clusters[0].nodes) {
        for (const auto& it : node.guests) {
            stopped += it.state == guest_state::stopped;
            templates += it.state == guest_state::template_image;
            unnamed += it.name.starts_with("VM ");
            without_driver += it.balloon != balloon_state::driver;
        }
    }
    EXPECT_GT(stopped, 0u);
    EXPECT_GT(templates, 0u);
    EXPECT_GT(unnamed, 0u);
    EXPECT_GT(without_driver, 0u);
}

TEST(world, only_running_guests_have_interfaces_on_their_node) {
    const auto made = make_world({.nodes = 4, .guests_per_node = 60});

    for (const auto& node : made.clusters[0].nodes) {
        EXPECT_TRUE(std::ranges::is_sorted(node.nics));
        for (const auto& it : node.guests) {
            const bool is_container = it.kind == guest_kind::lxc;
            const auto name = (is_container ? "veth" : "tap") + std::to_string(it.vmid) + "i0";
            if (it.state == guest_state::running) {
                EXPECT_THAT(node.nics, Contains(name));
            } else {
                EXPECT_THAT(node.nics, Not(Contains(name)));
            }
        }
    }
}

TEST(world, shared_storage_is_the_same_on_every_node) {
    const auto made = make_world({.nodes = 3, .storages = 4});

    const auto& nodes = made.clusters[0].nodes;
    for (std::size_t i = 0; i < 4; ++i) {
        const bool is_same = nodes[0].storages[i].own == nodes[1].storages[i].own;
        EXPECT_EQ(is_same, nodes[0].storages[i].shared) << nodes[0].storages[i].name;
    }
}

}  // namespace
}  // namespace relay::simulate
