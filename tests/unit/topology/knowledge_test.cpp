// Answers come in any order and from nodes of any mind; what is known of a cluster stays whole.
#include "relay/topology/knowledge.hpp"

#include "tests/unit/topology/sample_bodies.hpp"

#include <gmock/gmock.h>

#include <chrono>

namespace relay::topology {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr wall_time start{std::chrono::seconds(1'755'785'270)};

struct cluster_knowledge : testing::Test {
    knowledge known{"lab"};

    void learn(ask what, const std::string& body, wall_time now = start,
               std::string_view place = {}) {
        const auto taken = known.take({.what = what}, body, now, place);
        EXPECT_TRUE(taken) << taken.error();
    }
    std::string refusal(ask what, const std::string& body, wall_time now = start,
                        std::string_view place = {}) {
        const auto taken = known.take({.what = what}, body, now, place);
        EXPECT_FALSE(taken);
        return taken ? "" : taken.error();
    }
    const guest& guest_of(std::uint32_t vmid) {
        const auto* found = known.snapshot()->find_guest(vmid);
        EXPECT_TRUE(found) << vmid;
        static const guest none;
        return found ? *found : none;
    }
};

TEST_F(cluster_knowledge, begins_empty_under_its_configured_name) {
    ASSERT_TRUE(known.snapshot());
    EXPECT_EQ(known.snapshot()->cluster, "lab");
    EXPECT_EQ(known.snapshot()->taken_s, 0);
}

TEST_F(cluster_knowledge, resources_tell_guests_nodes_storages_and_pools) {
    // The sample shows one of two nodes online, so its place has to say that it is quorate.
    learn(ask::cluster_status, sample("cluster_status_cluster"));
    learn(ask::cluster_resources, sample("cluster_resources_pve9"));

    const auto now = known.snapshot();
    EXPECT_EQ(now->name, "prod");
    EXPECT_EQ(now->is_quorate, true);
    EXPECT_EQ(now->taken_s, 1'755'785'270);
    EXPECT_EQ(now->guests.size(), 5u);
    const auto& web = guest_of(100);
    EXPECT_EQ(web.name, "web01");
    EXPECT_EQ(web.pool, "prod");
    EXPECT_EQ(web.ha_state, "started");
    EXPECT_THAT(web.tags, ElementsAre("prod", "web"));
    EXPECT_EQ(web.memory_bytes, 8'589'934'592u);
    EXPECT_EQ(guest_of(200).id.kind, guest_kind::lxc);
    EXPECT_TRUE(guest_of(9000).is_template);
    EXPECT_EQ(guest_of(9000).lock, "backup");
    EXPECT_EQ(guest_of(300).status, "unknown");
    EXPECT_FALSE(guest_of(300).memory_bytes);
    ASSERT_EQ(now->nodes.size(), 2u);
    EXPECT_EQ(now->find_node("pve3")->status, "offline");
    ASSERT_EQ(now->storages.size(), 3u);
    EXPECT_EQ(now->storages[0].name, "ceph-rbd");
    EXPECT_EQ(now->storages[0].content, "images,rootdir");  // sorted
    ASSERT_EQ(now->pools.size(), 1u);
    EXPECT_EQ(now->pools[0].name, "prod");
}

TEST_F(cluster_knowledge, rights_are_judged) {
    learn(ask::permissions, sample("access_permissions_privsep_no_acl"));
    EXPECT_TRUE(known.snapshot()->rights->none_at_all);
    learn(ask::permissions, sample("access_permissions_pveauditor_pve9"));
    EXPECT_FALSE(known.snapshot()->rights->none_at_all);
    EXPECT_THAT(known.snapshot()->rights->missing, ElementsAre());
}

TEST_F(cluster_knowledge, is_the_same_pointer_while_nothing_changed) {
    learn(ask::cluster_status, sample("cluster_status_cluster"));
    learn(ask::cluster_resources, sample("cluster_resources_pve9"));
    const auto before = known.snapshot();
    learn(ask::cluster_resources, sample("cluster_resources_pve9"));
    EXPECT_EQ(known.snapshot(), before);
}

}  // namespace
}  // namespace relay::topology
