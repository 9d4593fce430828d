// Every line that an inventory holds is one that our own parser reads, and says only what is known.
#include "relay/topology/inventory.hpp"

#include "protocol/line_parser.hpp"
#include "relay/topology/knowledge.hpp"
#include "tests/unit/topology/sample_bodies.hpp"

#include <gmock/gmock.h>

#include <chrono>
#include <map>
#include <set>

namespace relay::topology {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsSupersetOf;
using testing::Not;

constexpr std::int64_t now_s = 1'755'785'270;

/// A cluster of which every call was answered.
snapshot_ptr all_known() {
    knowledge known("lab");
    const wall_time now{std::chrono::seconds(now_s)};
    const auto learn = [&](const api_call& call, const std::string& body) {
        const auto taken = known.take(call, body, now);
        EXPECT_TRUE(taken) << to_string(call.what) << ": " << taken.error();
    };
    learn({.what = ask::version}, sample("version_pve9"));
    learn({.what = ask::cluster_status}, sample("cluster_status_cluster"));
    learn({.what = ask::cluster_resources}, sample("cluster_resources_pve9"));
    learn({.what = ask::cluster_status}, sample("cluster_status_cluster"));
    learn({.what = ask::ha_status}, sample("ha_status_current"));
    learn({.what = ask::not_backed_up}, sample("not_backed_up"));
    learn({.what = ask::replication_jobs}, sample("cluster_replication"));
    learn({.what = ask::ceph_status}, R"({"data":{"health":{"status":"HEALTH_WARN"}}})");
    learn({.what = ask::node_status, .node = "pve1"}, sample("node_status_pve9"));
    learn({.what = ask::zfs_pools, .node = "pve1"}, sample("disks_zfs"));
    learn({.what = ask::disks_with_smart, .node = "pve1"}, sample("disks_list"));
    learn({.what = ask::node_replication, .node = "pve1"}, sample("node_replication"));
    learn({.what = ask::subscription, .node = "pve1"},
          R"({"data":{"status":"Active","level":"c","nextduedate":"2026-03-01"}})");
    learn({.what = ask::certificates, .node = "pve1"},
          R"({"data":[{"filename":"pve-ssl.pem","notafter":1800000000}]})");
    learn({.what = ask::guest_config, .node = "pve1", .guest = {guest_kind::qemu, 100}},
          sample("qemu_config"));
    learn({.what = ask::guest_addresses, .node = "pve1", .guest = {guest_kind::qemu, 100}},
          sample("qemu_agent_network_get_interfaces"));
    learn({.what = ask::cluster_tasks}, sample("cluster_tasks"));
    const auto wanted = known.logs_wanted();
    EXPECT_EQ(wanted.size(), 1u);
    for (const auto& call : wanted) {
        learn(call, R"j({"data":[{"n":1,"t":"INFO: Starting Backup of VM 100 (qemu)"},
                {"n":2,"t":"INFO: archive file size: 834MB"},
                {"n":3,"t":"INFO: Finished Backup of VM 100 (00:01:12)"}],"total":3})j");
    }
    return known.snapshot();
}

/// Measurement to the keys of its fields, of all lines of it.
std::map<std::string, std::set<std::string>> parsed(const std::string& text) {
    std::map<std::string, std::set<std::string>> found;
    protocol::line_parser parser;
    parser.set_dialect(protocol::dialect::proxmox);
    std::string_view rest = text;
    for (;;) {
        switch (parser.next(rest, protocol::input_end::yes)) {
            case protocol::line_parser::outcome::point:
                for (const auto& field : parser.point().fields)
                    found[std::string(parser.point().measurement)].emplace(field.key);
                EXPECT_EQ(parser.point().time_ns, now_s * 1'000'000'000);
                EXPECT_FALSE(parser.point().tags.empty());
                break;
            case protocol::line_parser::outcome::failure:
                ADD_FAILURE() << "line " << parser.error().line << " of\n" << text;
                break;
            default:
                return found;
        }
    }
}

std::string inventory_of(const snapshot& of) {
    std::string text;
    append_inventory(text, of, now_s * 1'000'000'000);
    return text;
}

TEST(inventory, every_line_is_read_by_our_own_parser) {
    const auto found = parsed(inventory_of(*all_known()));

    std::set<std::string> measurements;
    for (const auto& [measurement, fields] : found)
        measurements.insert(measurement);
    // Failed tasks have a test of their own: knowledge_test.
    EXPECT_THAT(measurements,
                testing::UnorderedElementsAre(
                    "relay_backup", "relay_ceph", "relay_certificate", "relay_cluster_info",
                    "relay_disk", "relay_guest_drive", "relay_guest_info", "relay_guest_nic",
                    "relay_ha_service", "relay_node_info", "relay_pool_info", "relay_replication",
                    "relay_subscription", "relay_zfs_pool"));
    EXPECT_THAT(found.at("relay_guest_info"),
                IsSupersetOf({"name", "status", "template", "tags", "pool", "lock", "ha_state",
                              "cpus", "memory_bytes", "disk_bytes", "disk_type", "boot_drive",
                              "addresses", "in_backup_job", "starts_at_boot", "os_type", "agent"}));
}

TEST(inventory, a_guest_is_tagged_as_proxmox_tags_it) {
    const auto text = inventory_of(*all_known());

    EXPECT_THAT(text, HasSubstr("relay_guest_info,object=qemu,vmid=100,nodename=pve1,host=web01 "
                                "name=\"web01\",status=\"running\",template=0,tags=\"prod;web\","
                                "pool=\"prod\",ha_state=\"started\",cpus=4,"
                                "memory_bytes=8589934592,disk_bytes=34359738368,"
                                "disk_type=\"zfspool\",boot_drive=\"scsi0\","
                                "addresses=\"10.1.2.3 fd8c:4687:e88d::293\",in_backup_job=1,"
                                "starts_at_boot=1,os_type=\"l26\",agent=1 "));
    EXPECT_THAT(text, HasSubstr("relay_guest_nic,object=qemu,vmid=100,nodename=pve1,host=web01,"
                                "instance=net0 mac=\"bc:24:11:2e:c5:4a\",model=\"virtio\","
                                "bridge=\"vmbr0\",vlan=20,interface=\"tap100i0\" "));
    EXPECT_THAT(text, HasSubstr("instance=scsi1 storage=\"ceph-rbd\",volume=\"vm-100-disk-1\","
                                "size_bytes=107374182400 "));
    EXPECT_THAT(text, HasSubstr("relay_backup,object=qemu,vmid=100,nodename=pve1,host=web01 "
                                "last_success_timestamp_seconds=1755779249,"
                                "last_run_timestamp_seconds=1755779249,last_result=\"ok\","
                                "duration_seconds=72,size_bytes=874512384,age_seconds=6021 "));
    EXPECT_THAT(text,
                HasSubstr("relay_guest_info,object=qemu,vmid=115,nodename=pve1,host=VM\\ 115"));
}

TEST(inventory, a_node_s_hardware_is_told_by_node) {
    const auto text = inventory_of(*all_known());

    EXPECT_THAT(
        text, HasSubstr("relay_node_info,object=nodes,host=pve1 status=\"online\","
                        "ha_state=\"online\",version=\"9.2.11\",kernel=\"6.14.11-1-pve\","
                        "cpu_model=\"AMD EPYC 7313 16-Core Processor\",cpus=32,sockets=1,"
                        "memory_bytes=273643339776,level=\"c\",address=\"10.0.0.11\",node_id=1 "));
    EXPECT_THAT(text, HasSubstr("relay_zfs_pool,object=nodes,host=pve1,instance=tank "
                                "health=\"DEGRADED\",healthy=0,size_bytes=47996468199424,"
                                "allocated_bytes=31000000000000,free_bytes=16996468199424,"
                                "fragmentation_ratio=0.21,dedup_ratio=1 "));
    EXPECT_THAT(text, HasSubstr("instance=/dev/nvme0n1 disk_type=\"nvme\","
                                "model=\"SAMSUNG MZQL21T9\",serial=\"S64GNE0R000001\","
                                "size_bytes=1920383410176,health=\"PASSED\",healthy=1,"
                                "life_left_ratio=0.98 "));
    EXPECT_THAT(text, HasSubstr("relay_certificate,object=nodes,host=pve1,instance=pve-ssl.pem "
                                "expires_timestamp_seconds=1800000000 "));
    EXPECT_THAT(text, HasSubstr("relay_subscription,object=nodes,host=pve1 status=\"active\","
                                "active=1,level=\"c\",ends_timestamp_seconds=1772323200 "));
}

TEST(inventory, what_a_cluster_does_is_told) {
    const auto text = inventory_of(*all_known());

    EXPECT_THAT(
        text,
        HasSubstr(
            "relay_cluster_info,object=cluster nodes=2,"
            "nodes_online=1,guests=5,guests_without_backup_job=1,quorate=1,version=\"9.2.11\" "));
    EXPECT_THAT(text, HasSubstr("relay_ceph,object=cluster health=\"HEALTH_WARN\",healthy=0 "));
    EXPECT_THAT(text, HasSubstr("relay_pool_info,object=pools,host=prod guests=2 "));
    EXPECT_THAT(text, HasSubstr("relay_ha_service,object=ha,nodename=pve2,host=ct:200 "
                                "state=\"error\" "));
    EXPECT_THAT(text, HasSubstr("relay_replication,object=qemu,vmid=100,nodename=pve1,host=web01,"
                                "instance=100-0 target=\"pve2\",enabled=1,"
                                "last_sync_timestamp_seconds=1755785700,"
                                "last_try_timestamp_seconds=1755785700,"
                                "next_sync_timestamp_seconds=1755786600,duration_seconds=4.12,"
                                "failures=0 "));
}

TEST(inventory, what_is_not_known_is_left_out) {
    snapshot few;
    few.taken_s = now_s;
    few.guests = {{.id = {guest_kind::lxc, 200}, .node = "pve3", .status = "unknown"}};
    few.nodes = {{.name = "pve3"}};

    // Of the guest there is no name, so it has no host; of the node there is nothing to say.
    EXPECT_EQ(inventory_of(few),
              "relay_cluster_info,object=cluster nodes=1,nodes_online=0,guests=1 "
              "1755785270000000000\n"
              "relay_guest_info,object=lxc,vmid=200,nodename=pve3 status=\"unknown\",template=0 "
              "1755785270000000000\n");
}

TEST(inventory, nothing_is_told_before_anything_is_known) {
    EXPECT_EQ(inventory_of({}), "");
}

TEST(inventory, whatever_a_name_holds_a_line_stays_one_line) {
    snapshot odd;
    odd.taken_s = now_s;
    odd.pools = {{.name = "a b,c=d\"", .comment = "two\nlines \\ \"quoted\""}, {.name = "end\\"}};

    const auto text = inventory_of(odd);

    EXPECT_EQ(parsed(text).at("relay_pool_info"), (std::set<std::string>{"guests", "comment"}));
    EXPECT_THAT(text, Not(HasSubstr("end\\")));  // no two stores read it alike
}

}  // namespace
}  // namespace relay::topology
