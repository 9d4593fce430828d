// Bodies as real nodes of Proxmox VE 7, 8 and 9 send them, and as they must never be sent.
#include "relay/topology/api_reply.hpp"

#include "tests/unit/topology/sample_bodies.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <functional>

namespace relay::topology {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

template <class T>
T good(reply<T> said) {
    EXPECT_TRUE(said) << said.error();
    return said ? *std::move(said) : T{};
}

std::string list(const std::string& items) {
    return R"({"data":[)" + items + "]}";
}

TEST(api_reply, resources_of_a_real_cluster) {
    const auto said = good(read_resources(sample("pve7-8_cluster_resources")));

    EXPECT_EQ(said.items_lost, 0u);
    ASSERT_THAT(said.guests, testing::Not(IsEmpty()));
    EXPECT_EQ(said.guests[0].name, "server1");
    EXPECT_EQ(said.guests[0].cpus, 1.0);
    EXPECT_EQ(said.guests[0].uptime_s, 874'350);
    EXPECT_TRUE(said.guests[1].is_template);
    EXPECT_THAT(said.guests[2].tags, ElementsAre("go-proxmox+cloud-init"));
    EXPECT_EQ(said.nodes.size(), 4u);
}

TEST(api_reply, numbers_may_be_strings_and_flags_anything) {
    const auto said = good(read_resources(
        list(R"({"type":"qemu","vmid":"113","node":"a","template":"","maxmem":"8589934592",)"
             R"("maxcpu":"2","maxdisk":1.5e+15,"uptime":"","name":null,"tags":"b a;;a"},)"
             R"({"type":"lxc","vmid":114.0,"node":"a","template":true,"maxcpu":0.5,"name":7})")));

    ASSERT_EQ(said.guests.size(), 2u);
    const auto& first = said.guests[0];
    EXPECT_EQ(first.id.vmid, 113u);
    EXPECT_FALSE(first.is_template);
    EXPECT_EQ(first.memory_bytes, 8'589'934'592u);
    EXPECT_EQ(first.cpus, 2.0);
    EXPECT_EQ(first.disk_bytes, 1'500'000'000'000'000u);
    EXPECT_FALSE(first.uptime_s);
    EXPECT_EQ(first.name, "");
    EXPECT_THAT(first.tags, ElementsAre("a", "b"));
    EXPECT_EQ(said.guests[1].id, (guest_id{guest_kind::lxc, 114}));
    EXPECT_TRUE(said.guests[1].is_template);
    EXPECT_EQ(said.guests[1].name, "7");
}

TEST(api_reply, a_garbled_item_costs_itself) {
    const auto said = good(read_resources(list(
        R"(1,null,"x",[],{},{"type":"qemu"},{"type":"qemu","vmid":0,"node":"a"},)"
        R"({"type":"qemu","vmid":-5,"node":"a"},{"type":"qemu","vmid":99999999999,"node":"a"},)"
        R"({"type":"qemu","vmid":"12x","node":"a"},{"type":"lxc","vmid":200,"node":["a"]},)"
        R"({"type":"node"},{"type":"storage","storage":"s"},{"type":"pool"},)"
        R"({"type":"quantum","id":"x"},{"type":"qemu","vmid":100,"node":"a","maxmem":{}})")));

    ASSERT_EQ(said.guests.size(), 1u);
    EXPECT_EQ(said.guests[0].id.vmid, 100u);
    EXPECT_FALSE(said.guests[0].memory_bytes);
    EXPECT_EQ(said.items_lost, 14u);
}

TEST(api_reply, texts_are_bounded_and_hold_no_control_characters) {
    const auto said =
        good(read_resources(list(R"({"type":"qemu","vmid":1,"node":"a\nb\u0000c","name":")" +
                                 std::string(255, 'x') + R"(\u00fc"})")));
    ASSERT_EQ(said.guests.size(), 1u);
    EXPECT_EQ(said.guests[0].node, "a b c");
    EXPECT_EQ(said.guests[0].name, std::string(255, 'x'));  // half a character is none
}

// Every reader, for what must hold of all of them.
struct any_reader {
    const char* name;
    std::function<std::optional<std::string>(std::string_view)> refusal;
};

template <class Read>
any_reader any(const char* name, Read read) {
    return {name, [read](std::string_view body) -> std::optional<std::string> {
                const auto said = read(body);
                if (said) return {};
                return said.error();
            }};
}

const std::vector<any_reader>& all_readers() {
    static const std::vector<any_reader> all{
        any("resources", read_resources),
        any("cluster_status", read_cluster_status),
        any("nodes", read_nodes),
        any("permissions", read_permissions),
        any("version", read_version),
        any("ha_services", read_ha_services),
        any("pools", read_pools),
        any("replication", read_replication),
        any("not_backed_up", read_not_backed_up),
        any("ceph_health", read_ceph_health),
        any("node_status", read_node_status),
        any("subscription", read_subscription),
        any("certificates", read_certificates),
        any("zfs_pools", read_zfs_pools),
        any("disks", read_disks),
        any("node_storages", read_node_storages),
        any("tasks", read_tasks),
        any("task_log", read_task_log),
        any("qemu_config", [](auto body) { return read_guest_config(guest_kind::qemu, body); }),
        any("lxc_config", [](auto body) { return read_guest_config(guest_kind::lxc, body); }),
        any("qemu_addresses",
            [](auto body) { return read_guest_addresses(guest_kind::qemu, body); }),
        any("lxc_addresses", [](auto body) { return read_guest_addresses(guest_kind::lxc, body); }),
    };
    return all;
}

TEST(api_reply, a_garbled_body_is_refused_with_a_reason) {
    for (const auto& reader : all_readers()) {
        for (const auto* body : {"", " ", "{", "not JSON", "[]", "1", "null", R"({"message":"x"})",
                                 R"({"data":7})", R"({"data":"x"})", "{\"data\":[}",
                                 "\xff\xfe{\"data\":[]}", "<html>", R"({"data":[]} trailing)"}) {
            const auto reason = reader.refusal(body);
            ASSERT_TRUE(reason) << reader.name << " took " << body;
            EXPECT_FALSE(reason->empty()) << reader.name;
        }
        std::string deep = R"({"data":)";
        deep += std::string(100'000, '[') + std::string(100'000, ']') + "}";
        EXPECT_TRUE(reader.refusal(deep)) << reader.name;
    }
}

TEST(api_reply, every_sample_cut_anywhere_is_refused_or_read_and_never_more) {
    for (const auto& entry : std::filesystem::directory_iterator(RELAY_API_SAMPLES)) {
        const auto body = sample(entry.path().stem().string());
        for (const auto& reader : all_readers()) {
            reader.refusal(body);  // of another call: whatever it says, it holds
            const auto end = body.find_last_of('}');
            EXPECT_TRUE(reader.refusal(body.substr(0, end))) << reader.name << entry.path();
        }
    }
}

TEST(api_reply, cluster_status_of_a_cluster_and_of_a_node_alone) {
    const auto cluster = good(read_cluster_status(sample("pve7_cluster_status")));
    EXPECT_EQ(cluster.name, "clustername");
    EXPECT_EQ(cluster.is_quorate, true);
    EXPECT_EQ(cluster.nodes.size(), 4u);
    const auto alone = good(read_cluster_status(sample("cluster_status_standalone")));
    EXPECT_EQ(alone.name, "");
    EXPECT_EQ(alone.is_quorate, true);
    ASSERT_EQ(alone.nodes.size(), 1u);
    EXPECT_EQ(alone.nodes[0].address, "10.0.0.11");
    EXPECT_EQ(alone.nodes[0].status, "online");
}

TEST(api_reply, nodes_have_fingerprints) {
    const auto nodes = good(read_nodes(sample("pve7_nodes"))).items;
    ASSERT_EQ(nodes.size(), 4u);
    EXPECT_THAT(nodes[0].fingerprint, testing::StartsWith("80:D4:F2:DF:"));
}

TEST(api_reply, permissions_say_what_is_granted_everywhere) {
    EXPECT_TRUE(good(read_permissions(sample("access_permissions_privsep_no_acl"))).none_at_all);
    const auto auditor = good(read_permissions(sample("access_permissions_pveauditor_pve9")));
    EXPECT_FALSE(auditor.none_at_all);
    EXPECT_THAT(auditor.everywhere, Contains("VM.GuestAgent.Audit"));
    const auto root = good(read_permissions(sample("pve7_access_permissions_root")));
    EXPECT_TRUE(root.some_guests);
    const auto part = good(read_permissions(
        R"({"data":{"/":{"Sys.Audit":0},"/vms/100":{"VM.Audit":1},"/pool/x":{}}})"));
    EXPECT_FALSE(part.none_at_all);
    EXPECT_TRUE(part.some_guests);
    EXPECT_THAT(part.everywhere, IsEmpty());  // not below "/", where everything is
}

TEST(api_reply, versions) {
    EXPECT_EQ(good(read_version(sample("version_pve9"))), "9.2.11");
    EXPECT_EQ(good(read_version(sample("pve7_version"))), "7.4-16");
}

TEST(api_reply, node_status_of_old_and_new) {
    const auto old = good(read_node_status(sample("pve7_nodes_status")));
    EXPECT_EQ(old.version, "7.4-16");
    EXPECT_EQ(old.kernel, "5.15.108-1-pve");
    EXPECT_EQ(old.cpus, 8u);
    EXPECT_EQ(old.memory_bytes, 65'919'459'328u);
    const auto now = good(read_node_status(sample("node_status_pve9")));
    EXPECT_EQ(now.version, "9.2.11");
    EXPECT_EQ(now.kernel, "6.14.11-1-pve");
    EXPECT_EQ(now.cpu_model, "AMD EPYC 7313 16-Core Processor");
}

TEST(api_reply, subscription_with_and_without) {
    const auto none = good(read_subscription(R"({"data":{"status":"NotFound","message":"x"}})"));
    EXPECT_EQ(none.subscription, "notfound");
    EXPECT_FALSE(none.subscription_ends_s);
    const auto odd =
        good(read_subscription(R"({"data":{"status":"active","nextduedate":"0000-00-00"}})"));
    EXPECT_FALSE(odd.subscription_ends_s);
}

TEST(api_reply, hardware_of_a_node) {
    const auto pools = good(read_zfs_pools(sample("disks_zfs"))).items;
    ASSERT_EQ(pools.size(), 2u);
    EXPECT_EQ(pools[1].health, "DEGRADED");
    EXPECT_EQ(pools[1].fragmentation_ratio, 0.21);
    const auto disks = good(read_disks(sample("disks_list"))).items;
    ASSERT_EQ(disks.size(), 3u);
    EXPECT_EQ(disks[0].life_left_ratio, 0.98);
    EXPECT_EQ(disks[1].device, "/dev/sda");
    EXPECT_FALSE(disks[1].life_left_ratio);  // "N/A"
    EXPECT_EQ(disks[2].health, "");          // "UNKNOWN"
    EXPECT_EQ(disks[2].serial, "");
    const auto certificates =
        good(read_certificates(list(R"({"filename":"b","notafter":"2"},{"filename":"a",)"
                                    R"("notafter":1},{"filename":"c"})")));
    EXPECT_THAT(certificates.items, ElementsAre(certificate{"a", 1}, certificate{"b", 2}));
    EXPECT_EQ(certificates.items_lost, 1u);
    const auto storages = good(read_node_storages(sample("nodes_storage"))).items;
    ASSERT_EQ(storages.size(), 2u);  // a disabled one is nobody's concern
    EXPECT_EQ(storages[1].name, "nfs-down");
    EXPECT_EQ(storages[1].is_active, false);
}

TEST(api_reply, what_a_cluster_does) {
    const auto ha = good(read_ha_services(sample("ha_status_current")));
    EXPECT_EQ(ha.items_lost, 0u);
    EXPECT_THAT(ha.items, ElementsAre(ha_service{"ct:200", "pve2", "error"},
                                      ha_service{"vm:100", "pve1", "started"}));
    EXPECT_THAT(good(read_pools(sample("pve7_pools"))).items,
                ElementsAre(pool{"test-pool", "Test pool"}));
    const auto jobs = good(read_replication(sample("node_replication"))).items;
    ASSERT_EQ(jobs.size(), 2u);
    EXPECT_EQ(jobs[0].kind, guest_kind::qemu);
    EXPECT_EQ(jobs[1].job.failures, 7u);
    EXPECT_THAT(jobs[1].job.error, HasSubstr("exit code 255"));
    EXPECT_FALSE(good(read_replication(sample("cluster_replication"))).items.at(0).kind);
    EXPECT_THAT(good(read_not_backed_up(sample("not_backed_up"))).items, ElementsAre(115u, 203u));
    EXPECT_EQ(good(read_ceph_health(R"({"data":{"health":{"status":"HEALTH_OK"}}})")), "HEALTH_OK");
}

TEST(api_reply, tasks_and_their_results) {
    const auto tasks = good(read_tasks(sample("cluster_tasks"))).items;
    ASSERT_EQ(tasks.size(), 2u);
    EXPECT_EQ(tasks[0].id, "100");
    EXPECT_EQ(tasks[0].result, task_result::ok);
    EXPECT_EQ(tasks[1].ended_s, 0);
    EXPECT_EQ(tasks[1].result, task_result::none_yet);
    const auto node = good(read_tasks(sample("node_tasks"))).items;
    EXPECT_EQ(node.at(1).result, task_result::failed);
    const auto warned = good(
        read_tasks(list(R"({"upid":"u","type":"vzdump","endtime":5,"status":"WARNINGS: 2"})")));
    EXPECT_EQ(warned.items.at(0).result, task_result::warnings);
    EXPECT_EQ(good(read_task_log(list(R"({"n":1,"t":"a"},{"n":2,"t":"b\nc"},{"n":3})"))),
              "a\nb c\n\n");
}

TEST(api_reply, a_virtual_machine_s_configuration) {
    const auto config = good(read_guest_config(guest_kind::qemu, sample("qemu_config")));
    EXPECT_TRUE(config.starts_at_boot);
    EXPECT_TRUE(config.has_agent);
    EXPECT_EQ(config.os_type, "l26");
    EXPECT_EQ(config.boot_drive, "scsi0");
    EXPECT_THAT(config.cards,
                ElementsAre(network_card{"net0", "virtio", "bc:24:11:2e:c5:4a", "vmbr0", 20},
                            network_card{"net1", "virtio", "bc:24:11:00:00:01", "vnet1", {}}));
    constexpr std::uint64_t gib = 1u << 30;
    EXPECT_THAT(config.drives,
                ElementsAre(drive{"ide2", "", "", {}, true},
                            drive{"scsi0", "local-zfs", "vm-100-disk-0", 32 * gib, false},
                            drive{"scsi1", "ceph-rbd", "vm-100-disk-1", 100 * gib, false}));
}

TEST(api_reply, configurations_of_older_versions) {
    const auto config = good(read_guest_config(
        guest_kind::qemu,
        R"({"data":{"boot":"cdn","bootdisk":"virtio0","agent":1,"onboot":"0",)"
        R"("virtio0":"file=local:100/vm-100-disk-0.qcow2,size=4.5G","scsi0":"/dev/sdb,size=528K",)"
        R"("net0":"model=e1000,macaddr=BC:24:11:2E:C5:4A,bridge=vmbr1","net1":"bridge=x",)"
        R"("scsihw":"lsi","netxyz":"x","unused0":"local:old"}})"));
    EXPECT_TRUE(config.has_agent);
    EXPECT_FALSE(config.starts_at_boot);
    EXPECT_EQ(config.boot_drive, "virtio0");
    EXPECT_THAT(config.cards,
                ElementsAre(network_card{"net0", "e1000", "bc:24:11:2e:c5:4a", "vmbr1", {}}));
    EXPECT_THAT(config.drives, ElementsAre(drive{"scsi0", "", "", 528u << 10, false},
                                           drive{"virtio0", "local", "100/vm-100-disk-0.qcow2",
                                                 std::uint64_t{9} << 29, false}));
}

TEST(api_reply, a_container_s_configuration) {
    const auto config = good(read_guest_config(guest_kind::lxc, sample("lxc_config")));
    EXPECT_EQ(config.boot_drive, "rootfs");
    EXPECT_FALSE(config.has_agent);
    EXPECT_THAT(config.cards,
                ElementsAre(network_card{"net0", "veth", "bc:24:11:89:67:07", "vmbr0", 20}));
    ASSERT_EQ(config.drives.size(), 2u);
    EXPECT_EQ(config.drives[0].storage, "tank");
    const auto real = good(read_guest_config(guest_kind::lxc, sample("pve7_lxc_config")));
    ASSERT_EQ(real.drives.size(), 2u);
    EXPECT_EQ(real.drives[0], (drive{"mp0", "", "", {}, false}));  // a bind mount
}

TEST(api_reply, addresses_but_for_loopback_and_link_local) {
    const auto addresses = [](guest_kind kind, const std::string& body) {
        std::vector<std::string> found;
        for (const auto& one : good(read_guest_addresses(kind, body)))
            found.push_back(one.mac + " " + one.address);
        return found;
    };
    EXPECT_THAT(addresses(guest_kind::qemu, sample("qemu_agent_network_get_interfaces")),
                ElementsAre("bc:24:11:2e:c5:4a 10.1.2.3", "bc:24:11:2e:c5:4a fd8c:4687:e88d::293"));
    EXPECT_THAT(addresses(guest_kind::lxc, sample("lxc_interfaces_pve9")),
                ElementsAre("bc:24:11:89:67:07 192.168.3.95"));
    EXPECT_THAT(addresses(guest_kind::lxc, sample("pve7_lxc_interfaces")),
                ElementsAre("bc:24:11:89:67:07 192.168.3.95"));
    EXPECT_THAT(addresses(guest_kind::lxc, sample("lxc_interfaces_stopped")), IsEmpty());
    EXPECT_THAT(addresses(guest_kind::qemu, sample("qemu_agent_unsupported")), IsEmpty());
}

TEST(api_reply, addresses_that_would_lead_elsewhere_are_none) {
    const auto of = [](const std::string& address) {
        return good(read_guest_addresses(
                        guest_kind::qemu,
                        R"({"data":{"result":[{"name":"e","ip-addresses":[{"ip-address":")" +
                            address + R"("}]}]}})"))
            .size();
    };
    EXPECT_EQ(of("192.0.2.7"), 1u);
    EXPECT_EQ(of("2001:DB8::1"), 1u);
    for (const auto* none :
         {"127.0.0.1", "127.9.9.9", "0.0.0.0", "169.254.169.254", "224.0.0.1", "255.255.255.255",
          "::", "::1", "fe80::1", "fe80::1%eth0", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
          "::127.0.0.1", "localhost", "10.1.2", "1", "", "10.0.0.1 10.0.0.2"}) {
        EXPECT_EQ(of(none), 0u) << none;
    }
}

}  // namespace
}  // namespace relay::topology
