// The bodies of the simulated API have exactly the members that Proxmox's have: held against
// recorded answers of PVE 7 and against bodies written from the Perl source of PVE 9
// (tests/samples/api).
#include "tests/unit/simulate/asked.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <string>

namespace relay::simulate {
namespace {

using nlohmann::json;
using shape = std::set<std::string>;

json sample(const std::string& name) {
    std::ifstream file(RELAY_SOURCE_DIR "/tests/samples/api/" + name + ".json");
    return json::parse(file).at("data");
}

/// The members of an object, but for those that it may have or not; a "type" that tells entries
/// apart goes with it.
shape shape_of(const json& object, const shape& optional) {
    shape keys;
    for (const auto& [member, value] : object.items()) {
        if (!optional.contains(member)) keys.insert(member);
    }
    if (object.contains("type") && object["type"].is_string() && object.contains("id") &&
        !object.contains("upid"))
        keys.insert("type=" + object["type"].get<std::string>());
    return keys;
}

std::set<shape> shapes_of(const json& entries, const shape& optional) {
    std::set<shape> all;
    for (const auto& it : entries)
        all.insert(shape_of(it, optional));
    return all;
}

/// Every entry of ours is like one of the sample's, and there is one for each of those.
void expect_same_shapes(const json& ours, const json& theirs, const shape& optional = {}) {
    ASSERT_TRUE(ours.is_array());
    ASSERT_FALSE(theirs.empty());
    EXPECT_EQ(shapes_of(ours, optional), shapes_of(theirs, optional));
}

/// Of objects within objects, too.
void expect_same_members(const json& ours, const json& theirs, const shape& optional = {}) {
    ASSERT_TRUE(ours.is_object());
    EXPECT_EQ(shape_of(ours, optional), shape_of(theirs, optional));
    for (const auto& [member, value] : theirs.items()) {
        if (value.is_object() && ours.contains(member)) {
            EXPECT_EQ(shape_of(ours[member], {}), shape_of(value, {})) << member;
        }
    }
}

const shape optional_of_guests{"tags", "lock", "pool", "hastate"};

simulated_cluster pve9(std::string_view scenario = {}) {
    return cluster_of({.nodes = 3, .guests_per_node = 24}, scenario);
}
simulated_cluster pve7() {
    return cluster_of({.nodes = 4, .guests_per_node = 24}, "pve 7\n");
}

TEST(api_shapes, resources_of_pve_9) {
    // After five minutes nothing is left of a node that is down but its name.
    const auto cluster = pve9("at 0 offline pve3\n");
    const auto ours = data_of(cluster, "cluster/resources", 400);
    const auto theirs = sample("cluster_resources_pve9");

    auto optional = optional_of_guests;
    optional.insert({"uptime", "mem", "maxmem", "cpu", "maxcpu"});  // of a pool where nothing runs
    auto expected = shapes_of(theirs, optional);
    // The sample has no container on a dead node, and its dead node keeps what is configuration.
    const auto unknown = entry_of(theirs, "id", "qemu/300");
    auto container = unknown;
    container["type"] = "lxc";
    expected.insert(shape_of(container, optional));
    EXPECT_EQ(shapes_of(ours, optional), expected);
}

TEST(api_shapes, resources_of_pve_7) {
    auto ours = data_of(pve7(), "cluster/resources");
    json known = json::array();
    for (const auto& it : ours) {  // the recorded cluster has no containers, pools or zones
        const auto type = it.at("type").get<std::string>();
        if (type == "qemu" || type == "node" || type == "storage") known.push_back(it);
    }
    expect_same_shapes(known, sample("pve7-8_cluster_resources"), optional_of_guests);
}

TEST(api_shapes, status_of_a_cluster_and_of_a_node_that_stands_alone) {
    expect_same_shapes(data_of(pve9(), "cluster/status"), sample("cluster_status_cluster"));
    expect_same_shapes(data_of(pve7(), "cluster/status"), sample("pve7_cluster_status"));
    const auto alone = cluster_of({.nodes = 1, .guests_per_node = 1});
    expect_same_shapes(data_of(alone, "cluster/status"), sample("cluster_status_standalone"));
}

TEST(api_shapes, nodes_and_their_status) {
    expect_same_shapes(data_of(pve7(), "nodes"), sample("pve7_nodes"));
    expect_same_members(data_of(pve9(), "nodes/pve1/status"), sample("node_status_pve9"));
    expect_same_members(data_of(pve7(), "nodes/pve1/status"), sample("pve7_nodes_status"));
}

TEST(api_shapes, versions_and_permissions) {
    expect_same_members(data_of(pve9(), "version"), sample("version_pve9"));
    expect_same_members(data_of(pve7(), "version"), sample("pve7_version"));
    auto theirs = sample("access_permissions_pveauditor_pve9");
    const auto ours = data_of(pve9(), "access/permissions");
    theirs.erase("/vms/100");  // that depends on the guests
    for (const auto& [path, granted] : theirs.items())
        EXPECT_EQ(ours.value(path, json()), granted) << path;
    EXPECT_EQ(data_of(pve9("rights none\n"), "access/permissions"),
              sample("access_permissions_privsep_no_acl"));
}

TEST(api_shapes, pools_high_availability_and_backups) {
    const shape comment{"comment"};
    expect_same_shapes(data_of(pve7(), "pools"), sample("pve7_pools"), comment);
    const auto unavailable = pve9("at 0 offline pve3\n");
    expect_same_shapes(data_of(unavailable, "cluster/ha/status/current", 1),
                       sample("ha_status_current"), {"max_restart", "max_relocate"});
    expect_same_shapes(data_of(pve9(), "cluster/backup-info/not-backed-up"),
                       sample("not_backed_up"), {"name"});
}

TEST(api_shapes, replication) {
    expect_same_shapes(data_of(pve9(), "cluster/replication"), sample("cluster_replication"),
                       {"comment"});
    // Node 2 replicates to node 3, which goes down; node 1 replicates to node 2.
    const auto cluster = cluster_of({.nodes = 3, .guests_per_node = 40}, "at 0 offline pve3\n");
    auto ours = data_of(cluster, "nodes/pve1/replication", 1'000);
    for (const auto& it : data_of(cluster, "nodes/pve2/replication", 1'000))
        ours.push_back(it);
    expect_same_shapes(ours, sample("node_replication"));
    EXPECT_GT(entry_of(ours, "source", "pve2").value("fail_count", 0), 0);
}

TEST(api_shapes, storages_disks_and_pools_of_a_node) {
    const auto cluster = pve9("at 0 storage-dead pbs-main\n");
    expect_same_shapes(data_of(cluster, "nodes/pve1/storage", 1), sample("nodes_storage"));
    expect_same_shapes(data_of(pve7(), "nodes/pve1/storage"), sample("pve7_nodes_storage"),
                       {"used_fraction"});
    expect_same_shapes(data_of(pve9(), "nodes/pve1/disks/zfs"), sample("disks_zfs"));
    expect_same_shapes(data_of(pve9(), "nodes/pve1/disks/list"), sample("disks_list"),
                       {"used", "bluestore", "osdencrypted", "by_id_link"});
}

TEST(api_shapes, tasks) {
    const auto cluster = pve9("at 10 backup 101 60 ok\n");
    expect_same_shapes(data_of(cluster, "cluster/tasks", 30), sample("cluster_tasks"));
    auto ours = data_of(cluster, "nodes/pve1/tasks", 30);
    expect_same_shapes(ours, sample("node_tasks"), {"tokenid"});
    const auto running = data_of(cluster, "nodes/pve1/tasks?source=all", 30);
    EXPECT_EQ(entry_of(running, "id", "101").value("status", ""), "RUNNING");
}

TEST(api_shapes, configurations) {
    const auto qemu = sample("qemu_config");
    const auto container = sample("lxc_config");
    const shape sometimes{"lock", "template", "mp1", "description"};
    const auto cluster = pve9();
    for (const auto& it : cluster.base.nodes[0].guests) {
        const bool is_qemu = it.kind == guest_kind::qemu;
        const auto kind = is_qemu ? "qemu" : "lxc";
        const auto ours =
            data_of(cluster, fmt::format("nodes/pve1/{}/{}/config?current=1", kind, it.vmid));
        ASSERT_TRUE(ours.is_object()) << it.vmid;
        for (const auto& [member, value] : ours.items()) {
            if (sometimes.contains(member)) continue;
            const auto& theirs = is_qemu ? qemu : container;
            ASSERT_TRUE(theirs.contains(member)) << member << " of " << it.vmid;
            EXPECT_EQ(theirs[member].type(), value.type()) << member << " of " << it.vmid;
        }
    }
}

TEST(api_shapes, addresses) {
    const auto cluster = pve9();
    std::set<shape> agents;
    for (const auto& it : cluster.base.nodes[0].guests) {
        const bool is_qemu = it.kind == guest_kind::qemu;
        const auto path =
            is_qemu ? fmt::format("nodes/pve1/qemu/{}/agent/network-get-interfaces", it.vmid)
                    : fmt::format("nodes/pve1/lxc/{}/interfaces", it.vmid);
        const auto ours = data_of(cluster, path);
        if (ours.is_null()) continue;
        if (!is_qemu) {
            expect_same_shapes(ours, sample("lxc_interfaces_pve9"));
        } else if (ours["result"].is_array()) {
            expect_same_shapes(ours["result"],
                               sample("qemu_agent_network_get_interfaces")["result"],
                               {"statistics"});
        } else {
            EXPECT_EQ(ours, sample("qemu_agent_unsupported"));
        }
    }
    const auto old = pve7();
    for (const auto& it : old.base.nodes[0].guests) {
        if (it.kind == guest_kind::qemu || it.state != guest_state::running) continue;
        expect_same_shapes(data_of(old, fmt::format("nodes/pve1/lxc/{}/interfaces", it.vmid)),
                           sample("pve7_lxc_interfaces"));
    }
}

}  // namespace
}  // namespace relay::simulate
