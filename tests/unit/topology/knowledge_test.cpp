// Answers come in any order and from nodes of any mind; what is known of a cluster stays whole.
#include "relay/topology/knowledge.hpp"

#include "tests/unit/topology/sample_bodies.hpp"

#include <fmt/format.h>
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
    void learn(const api_call& call, const std::string& body, wall_time now = start) {
        const auto taken = known.take(call, body, now);
        EXPECT_TRUE(taken) << to_string(call.what) << ": " << taken.error();
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

TEST_F(cluster_knowledge, remembers_when_disks_were_asked_for_smart) {
    learn(ask::cluster_status, sample("cluster_status_cluster"));
    learn(ask::cluster_resources, sample("cluster_resources_pve9"));

    ASSERT_EQ(known.snapshot()->nodes.size(), 2u);
    const auto name = [&](std::size_t i) { return known.snapshot()->nodes[i].name; };

    known.note_asked({.what = ask::disks_with_smart, .node = name(0)}, start + 60s);
    known.note_asked({.what = ask::disks, .node = name(1)}, start + 60s);
    learn(ask::cluster_resources, sample("cluster_resources_pve9"));

    EXPECT_EQ(known.snapshot()->nodes[0].smart_asked_s, 1'755'785'330);
    EXPECT_EQ(known.snapshot()->nodes[1].smart_asked_s, 0);
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

/// Resources of three nodes, `online` of them online, with these guests.
std::string resources_of(int online, const std::string& guests) {
    std::string items = guests;
    for (int i = 1; i <= 3; ++i) {
        items += fmt::format(R"({}{{"type":"node","node":"pve{}","status":"{}"}})",
                             items.empty() ? "" : ",", i, i <= online ? "online" : "offline");
    }
    return R"({"data":[)" + items + "]}";
}

const std::string web =
    R"({"type":"qemu","vmid":100,"node":"pve1","name":"web","status":"running",)"
    R"("template":0,"maxcpu":4,"maxmem":8,"maxdisk":9,"tags":"a"})";
const std::string dns =
    R"({"type":"lxc","vmid":200,"node":"pve2","name":"dns","status":"running"})";

std::string status_of(int quorate) {
    return fmt::format(R"({{"data":[{{"type":"cluster","name":"prod","quorate":{}}},)"
                       R"({{"type":"node","name":"pve1","nodeid":1,"online":1}},)"
                       R"({{"type":"node","name":"pve2","nodeid":2,"online":0}}]}})",
                       quorate);
}

TEST_F(cluster_knowledge, a_guest_keeps_its_name_while_its_node_is_down) {
    learn(ask::cluster_resources, resources_of(3, web + "," + dns));
    learn(ask::cluster_resources,
          resources_of(2, R"({"type":"qemu","vmid":100,"node":"pve1","status":"unknown"},)" + dns));

    EXPECT_EQ(guest_of(100).name, "web");
    EXPECT_EQ(guest_of(100).status, "unknown");
    EXPECT_EQ(guest_of(100).memory_bytes, 8u);
    EXPECT_EQ(guest_of(100).cpus, 4.0);
    EXPECT_THAT(guest_of(100).tags, ElementsAre());  // tags are live: there are none any more
}

TEST_F(cluster_knowledge, a_guest_that_moves_is_renamed_or_tagged_is_the_same_guest) {
    learn(ask::cluster_resources, resources_of(3, web));
    learn({.what = ask::guest_config, .node = "pve1", .guest = {guest_kind::qemu, 100}},
          sample("qemu_config"));
    learn(ask::cluster_resources,
          resources_of(3, R"({"type":"qemu","vmid":100,"node":"pve2","name":"www","tags":"b;a"})"));

    EXPECT_EQ(guest_of(100).node, "pve2");
    EXPECT_EQ(guest_of(100).name, "www");
    EXPECT_THAT(guest_of(100).tags, ElementsAre("a", "b"));
    EXPECT_TRUE(guest_of(100).config);
}

TEST_F(cluster_knowledge, a_guest_that_is_deleted_is_forgotten_with_all_that_was_known_of_it) {
    learn(ask::cluster_resources, resources_of(3, web + "," + dns));
    learn({.what = ask::guest_config, .node = "pve1", .guest = {guest_kind::qemu, 100}},
          sample("qemu_config"));
    learn(ask::cluster_resources, resources_of(3, dns));
    EXPECT_EQ(known.snapshot()->find_guest(100), nullptr);

    learn(ask::cluster_resources, resources_of(3, web + "," + dns));  // a new one of that number
    EXPECT_FALSE(guest_of(100).config);
}

TEST_F(cluster_knowledge, a_number_that_goes_to_a_container_is_another_guest) {
    learn(ask::cluster_resources, resources_of(3, web));
    learn({.what = ask::guest_config, .node = "pve1", .guest = {guest_kind::qemu, 100}},
          sample("qemu_config"));
    learn(ask::cluster_resources, resources_of(3, R"({"type":"lxc","vmid":100,"node":"pve1"})"));

    EXPECT_EQ(guest_of(100).name, "");
    EXPECT_FALSE(guest_of(100).config);
}

TEST_F(cluster_knowledge, a_garbled_guest_in_a_list_is_not_a_deleted_one) {
    learn(ask::cluster_resources, resources_of(3, web + "," + dns));
    learn(ask::cluster_resources, resources_of(3, R"({"type":"qemu","vmid":null},)" + dns));

    EXPECT_EQ(guest_of(100).name, "web");
    EXPECT_EQ(known.items_lost(), 1u);
}

TEST_F(cluster_knowledge, a_garbled_body_changes_nothing) {
    learn(ask::cluster_resources, resources_of(3, web));
    const auto before = known.snapshot();
    for (std::size_t what = 0; what < ask_count; ++what) {
        const auto taken = known.take(
            {.what = static_cast<ask>(what), .node = "pve1", .guest = {guest_kind::qemu, 100}},
            "<html>502 Bad Gateway</html>", start);
        EXPECT_FALSE(taken) << to_string(static_cast<ask>(what));
    }
    EXPECT_EQ(known.snapshot(), before);
}

TEST_F(cluster_knowledge, a_node_that_says_it_has_no_quorum_is_not_believed) {
    learn(ask::cluster_resources, resources_of(3, web + "," + dns), start, "pve1");
    learn(ask::cluster_status, status_of(0), start, "pve3");
    EXPECT_EQ(known.snapshot()->is_quorate, false);

    EXPECT_THAT(refusal(ask::cluster_resources, resources_of(3, web), start + 10s, "pve3"),
                HasSubstr("no quorum"));
    EXPECT_EQ(guest_of(200).name, "dns");
    EXPECT_EQ(known.snapshot()->find_node("pve2")->status, "online");

    learn(ask::cluster_status, status_of(1), start + 20s, "pve3");
    learn(ask::cluster_resources, resources_of(3, web), start + 20s, "pve3");
    EXPECT_EQ(known.snapshot()->find_guest(200), nullptr);
}

TEST_F(cluster_knowledge,
       a_node_that_sees_no_majority_is_believed_once_it_says_that_it_is_quorate) {
    learn(ask::cluster_resources, resources_of(3, web + "," + dns), start, "pve1");

    EXPECT_THAT(refusal(ask::cluster_resources, resources_of(1, web), start + 30s, "pve1"),
                HasSubstr("1 of 3 nodes online"));
    EXPECT_EQ(guest_of(200).name, "dns");

    learn(ask::cluster_status, status_of(1), start + 31s, "pve1");
    // Another place's word is not this one's.
    EXPECT_NE(refusal(ask::cluster_resources, resources_of(1, web), start + 31s, "pve2"), "");
    learn(ask::cluster_resources, resources_of(1, web), start + 31s, "pve1");
    EXPECT_EQ(known.snapshot()->find_guest(200), nullptr);
    // And no word holds for ever.
    EXPECT_NE(refusal(ask::cluster_resources, resources_of(1, web), start + 10min, "pve1"), "");
}

TEST_F(cluster_knowledge, a_cluster_is_quorate_while_one_of_its_parts_says_so) {
    learn(ask::cluster_status, status_of(1), start, "pve1");
    learn(ask::cluster_status, status_of(0), start + 60s, "pve3");
    EXPECT_EQ(known.snapshot()->is_quorate, true);
    learn(ask::cluster_status, status_of(0), start + 10min, "pve3");
    EXPECT_EQ(known.snapshot()->is_quorate, false);
}

TEST_F(cluster_knowledge, a_token_that_lost_its_rights_deletes_nothing) {
    learn(ask::permissions, sample("access_permissions_pveauditor_pve9"));
    learn(ask::cluster_resources, resources_of(3, web));

    EXPECT_THAT(refusal(ask::cluster_resources, resources_of(3, ""), start + 30s),
                HasSubstr("lost its rights"));
    learn(ask::permissions, sample("access_permissions_privsep_no_acl"), start + 40s);
    EXPECT_NE(refusal(ask::cluster_resources, resources_of(3, ""), start + 60s), "");
    EXPECT_EQ(guest_of(100).name, "web");
    // The last guest was really deleted: the token still sees guests.
    learn(ask::permissions, sample("access_permissions_pveauditor_pve9"), start + 70s);
    learn(ask::cluster_resources, resources_of(3, ""), start + 90s);
    EXPECT_EQ(known.snapshot()->guests.size(), 0u);
}

TEST_F(cluster_knowledge, rights_that_are_missing_are_named) {
    learn(ask::permissions, R"({"data":{"/":{"VM.Audit":1,"Datastore.Audit":1,"Sys.Audit":0}}})");
    EXPECT_THAT(known.snapshot()->rights->missing, ElementsAre("Sys.Audit", "Pool.Audit"));
}

TEST(rights, of_the_guest_agent_have_another_name_in_each_version) {
    const permissions auditor8{
        .everywhere = {"Datastore.Audit", "Pool.Audit", "Sys.Audit", "VM.Audit"}};
    auto auditor9 = auditor8;
    auditor9.everywhere.emplace_back("VM.GuestAgent.Audit");
    auto monitor = auditor8;
    monitor.everywhere.emplace_back("VM.Monitor");
    const auto missing = [](const permissions& granted, std::string_view version) {
        return judge_rights(granted, version, guest_addresses_are::asked).missing;
    };

    EXPECT_THAT(missing(auditor8, "8.4.1"), ElementsAre("VM.Monitor"));
    EXPECT_THAT(missing(monitor, "7.4-16"), ElementsAre());
    EXPECT_THAT(missing(monitor, "9.2.11"), ElementsAre("VM.GuestAgent.Audit"));
    EXPECT_THAT(missing(auditor9, "10.0"), ElementsAre());
    EXPECT_THAT(missing(auditor8, ""), ElementsAre());  // not known yet
    EXPECT_THAT(judge_rights(auditor8, "9.2", guest_addresses_are::not_asked).missing,
                ElementsAre());
}

TEST_F(cluster_knowledge, addresses_count_only_on_cards_that_the_configuration_names) {
    const api_call addresses{
        .what = ask::guest_addresses, .node = "pve1", .guest = {guest_kind::qemu, 100}};
    const api_call config{
        .what = ask::guest_config, .node = "pve1", .guest = {guest_kind::qemu, 100}};
    learn(ask::cluster_resources, resources_of(3, web));
    learn(addresses, sample("qemu_agent_network_get_interfaces"));
    EXPECT_EQ(guest_of(100).addresses.size(), 0u);  // nothing is known of its cards

    learn(config, sample("qemu_config"));
    learn(addresses, sample("qemu_agent_network_get_interfaces"));
    EXPECT_EQ(guest_of(100).addresses.size(), 2u);

    learn(config, R"({"data":{"net0":"virtio=BC:24:11:00:00:99,bridge=vmbr0"}})");
    EXPECT_EQ(guest_of(100).addresses.size(), 0u);
}

TEST_F(cluster_knowledge, a_guest_that_stopped_has_no_address) {
    learn(ask::cluster_resources, resources_of(3, web));
    learn({.what = ask::guest_config, .guest = {guest_kind::qemu, 100}}, sample("qemu_config"));
    learn({.what = ask::guest_addresses, .guest = {guest_kind::qemu, 100}},
          sample("qemu_agent_network_get_interfaces"));
    learn(ask::cluster_resources,
          resources_of(3, R"({"type":"qemu","vmid":100,"node":"pve1","status":"stopped"})"));
    EXPECT_EQ(guest_of(100).addresses.size(), 0u);
    EXPECT_TRUE(guest_of(100).config);
}

TEST_F(cluster_knowledge, health_of_disks_outlives_answers_without_smart) {
    learn(ask::cluster_resources, resources_of(3, web));
    learn({.what = ask::disks_with_smart, .node = "pve1"}, sample("disks_list"));
    learn({.what = ask::disks, .node = "pve1"},
          R"({"data":[{"devpath":"/dev/nvme0n1","serial":"S64GNE0R000001","size":1,)"
          R"("health":"UNKNOWN","wearout":"N/A"},)"
          R"({"devpath":"/dev/sda","serial":"new","size":1,"health":"UNKNOWN"}]})");

    const auto& disks = known.snapshot()->find_node("pve1")->disks;
    ASSERT_EQ(disks.size(), 2u);
    EXPECT_EQ(disks[0].health, "PASSED");
    EXPECT_EQ(disks[0].life_left_ratio, 0.98);
    EXPECT_EQ(disks[1].health, "");  // another disk in that place
}

TEST_F(cluster_knowledge, whether_a_storage_is_active_is_known_until_it_is_available_again) {
    const auto nfs = [](const char* status) {
        return resources_of(3, fmt::format(R"({{"type":"storage","storage":"nfs","node":"pve1",)"
                                           R"("status":"{}","content":"iso,backup"}})",
                                           status));
    };
    learn(ask::cluster_resources, nfs("unknown"));
    learn({.what = ask::node_storages, .node = "pve1"},
          R"({"data":[{"storage":"nfs","type":"nfs","active":0,"enabled":1}]})");
    learn(ask::cluster_resources, nfs("unknown"));
    EXPECT_EQ(known.snapshot()->storages.at(0).is_active, false);
    EXPECT_EQ(known.snapshot()->storages.at(0).content, "backup,iso");
    learn(ask::cluster_resources, nfs("available"));
    EXPECT_FALSE(known.snapshot()->storages.at(0).is_active);
}

TEST_F(cluster_knowledge, replication_is_what_there_is_and_how_it_went) {
    learn(ask::cluster_resources, resources_of(3, web));
    learn({.what = ask::node_replication, .node = "pve1"}, sample("node_replication"));
    learn(ask::replication_jobs, sample("cluster_replication"));

    const auto& jobs = known.snapshot()->replication;
    ASSERT_EQ(jobs.size(), 1u);  // the other one is gone
    EXPECT_EQ(jobs[0].guest, (guest_id{guest_kind::qemu, 100}));
    EXPECT_EQ(jobs[0].last_sync_s, 1'755'785'700);
    EXPECT_EQ(jobs[0].failures, 0u);
}

TEST_F(cluster_knowledge, guests_in_no_backup_job_are_known) {
    EXPECT_EQ(known.snapshot()->guests.size(), 0u);
    learn(ask::cluster_resources, resources_of(3, web + "," + dns));
    EXPECT_FALSE(guest_of(100).is_in_backup_job);  // unknown until asked
    learn(ask::not_backed_up, R"({"data":[{"vmid":"200","type":"lxc"}]})");
    EXPECT_EQ(guest_of(100).is_in_backup_job, true);
    EXPECT_EQ(guest_of(200).is_in_backup_job, false);
}

// Tasks and backups.

std::string task_of(const std::string& upid, const std::string& type, const std::string& id,
                    std::int64_t ended_s, const std::string& status) {
    return fmt::format(R"({{"upid":"{}","node":"pve1","type":"{}","id":"{}","starttime":{},)"
                       R"("endtime":{},"status":"{}"}})",
                       upid, type, id, ended_s - 100, ended_s, status);
}

std::string answer_of(const std::string& items) {
    return R"({"data":[)" + items + "]}";
}

constexpr std::int64_t start_s = 1'755'785'270;

TEST_F(cluster_knowledge, a_failed_task_is_counted_once) {
    learn(ask::cluster_tasks, answer_of(""));
    const auto failed = answer_of(task_of("U1", "qmigrate", "100", start_s + 5, "aborted") + "," +
                                  task_of("U2", "qmstart", "100", start_s + 5, "OK") + "," +
                                  task_of("U3", "vzdump", "100", start_s + 5, "WARNINGS: 1"));
    learn(ask::cluster_tasks, failed, start + 10s);
    learn(ask::cluster_tasks, failed, start + 70s);
    EXPECT_EQ(known.snapshot()->failures, (failed_tasks{{"qmigrate", 1}}));

    // Nor does a restart count it again, and what failed meanwhile is not lost.
    knowledge restarted("lab", known.snapshot());
    const auto more = answer_of(task_of("U1", "qmigrate", "100", start_s + 5, "aborted") + "," +
                                task_of("U4", "qmigrate", "100", start_s + 100, "aborted"));
    ASSERT_TRUE(restarted.take({.what = ask::cluster_tasks}, more, start + 10min));
    EXPECT_EQ(restarted.snapshot()->failures, (failed_tasks{{"qmigrate", 2}}));
}

TEST_F(cluster_knowledge, what_failed_before_the_relay_looked_is_not_counted) {
    learn(ask::cluster_tasks, answer_of(task_of("U1", "qmigrate", "100", start_s - 5, "aborted")));
    EXPECT_THAT(known.snapshot()->failures, testing::IsEmpty());
}

TEST_F(cluster_knowledge, a_run_of_many_guests_is_resolved_by_its_log) {
    learn(ask::cluster_resources, resources_of(3, web + "," + dns));
    learn({.what = ask::backup_tasks, .node = "pve1"},
          answer_of(task_of("U1", "vzdump", "", start_s - 50, "job errors")));

    ASSERT_EQ(known.logs_wanted().size(), 1u);
    const auto call = known.logs_wanted()[0];
    EXPECT_EQ(call, (api_call{.what = ask::task_log, .node = "pve1", .upid = "U1"}));
    learn(call, answer_of(R"j({"t":"INFO: Starting Backup of VM 100 (qemu)"},)j"
                          R"j({"t":"ERROR: Backup of VM 100 failed - no space"},)j"
                          R"j({"t":"INFO: Starting Backup of VM 200 (lxc)"},{"t":"WARN: x"},)j"
                          R"j({"t":"INFO: Finished Backup of VM 200 (00:00:09)"})j"));

    EXPECT_EQ(guest_of(100).backup->last_result, "failed");
    EXPECT_FALSE(guest_of(100).backup->last_success_s);
    EXPECT_EQ(guest_of(200).backup->last_result, "warnings");
    EXPECT_EQ(guest_of(200).backup->last_success_s, start_s - 50);
    EXPECT_EQ(guest_of(200).backup->duration_s, 9.0);
    EXPECT_TRUE(known.logs_wanted().empty());
    // It is not wanted again, nor after a restart.
    learn({.what = ask::backup_tasks, .node = "pve1"},
          answer_of(task_of("U1", "vzdump", "", start_s - 50, "job errors")));
    EXPECT_TRUE(known.logs_wanted().empty());
    knowledge restarted("lab", known.snapshot());
    ASSERT_TRUE(restarted.take({.what = ask::backup_tasks},
                               answer_of(task_of("U1", "vzdump", "", start_s - 50, "OK")), start));
    EXPECT_TRUE(restarted.logs_wanted().empty());
    EXPECT_EQ(restarted.snapshot()->find_guest(200)->backup->last_result, "warnings");
}

TEST_F(cluster_knowledge, backups_are_told_in_any_order) {
    learn(ask::cluster_resources, resources_of(3, web));
    learn(ask::cluster_tasks,
          answer_of(task_of("OLD", "vzdump", "100", start_s - 5'000, "OK") + "," +
                    task_of("NEW", "vzdump", "100", start_s - 50, "job errors")));
    ASSERT_EQ(known.logs_wanted().size(), 2u);
    EXPECT_EQ(known.logs_wanted()[0].upid, "NEW");  // the newest first
    const auto log = [&](const std::string& upid, const std::string& last) {
        learn({.what = ask::task_log, .node = "pve1", .upid = upid},
              answer_of(R"j({"t":"INFO: Starting Backup of VM 100 (qemu)"},{"t":")j" + last +
                        R"("})"));
    };
    log("NEW", "ERROR: Backup of VM 100 failed - x");
    log("OLD", "INFO: Finished Backup of VM 100 (00:00:07)");

    EXPECT_EQ(guest_of(100).backup->last_result, "failed");
    EXPECT_EQ(guest_of(100).backup->last_run_s, start_s - 50);
    EXPECT_EQ(guest_of(100).backup->last_success_s, start_s - 5'000);
    EXPECT_EQ(guest_of(100).backup->duration_s, 7.0);
}

TEST_F(cluster_knowledge, without_its_log_a_run_of_one_guest_of_its_node_tells_its_own_result) {
    learn(ask::cluster_resources, resources_of(3, web + "," + dns));
    learn(ask::cluster_tasks, answer_of(task_of("U1", "vzdump", "100", start_s - 50, "OK") + "," +
                                        task_of("U2", "vzdump", "200", start_s - 50, "OK")));
    known.forget_log("U1");
    known.forget_log("U2");  // of a guest of another node: skipped, perhaps

    EXPECT_EQ(guest_of(100).backup->last_success_s, start_s - 50);
    EXPECT_EQ(guest_of(100).backup->duration_s, 100.0);
    EXPECT_FALSE(guest_of(200).backup);
    EXPECT_TRUE(known.logs_wanted().empty());
}

TEST_F(cluster_knowledge, no_log_is_read_before_the_guests_are_known) {
    learn(ask::cluster_tasks, answer_of(task_of("U1", "vzdump", "100", start_s - 50, "OK")));
    EXPECT_TRUE(known.logs_wanted().empty());
    learn(ask::cluster_resources, resources_of(3, web));
    learn(ask::cluster_tasks, answer_of(task_of("U1", "vzdump", "100", start_s - 50, "OK")));
    EXPECT_EQ(known.logs_wanted().size(), 1u);
}

TEST_F(cluster_knowledge, a_restart_knows_what_was_known) {
    learn(ask::cluster_resources, resources_of(3, web));
    knowledge restarted("lab", known.snapshot());
    EXPECT_EQ(*restarted.snapshot(), *known.snapshot());
}

}  // namespace
}  // namespace relay::topology
