// What the simulated API refuses, leaves out, forgets and gets wrong.
#include "tests/unit/simulate/asked.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <set>
#include <string>

namespace relay::simulate {
namespace {

using std::chrono::milliseconds;

simulated_cluster three_nodes(std::string_view scenario = {}) {
    return cluster_of({.nodes = 3, .guests_per_node = 12}, scenario);
}

std::set<std::string> ids_of(const nlohmann::json& entries) {
    std::set<std::string> ids;
    for (const auto& it : entries)
        ids.insert(it.at("id").get<std::string>());
    return ids;
}

std::size_t count_of(const nlohmann::json& entries, std::string_view type) {
    std::size_t count = 0;
    for (const auto& it : entries)
        count += it.at("type") == type ? 1 : 0;
    return count;
}

TEST(api, lets_in_only_its_token) {
    const auto cluster = three_nodes("token a@pve!b=secret\n");
    const auto ask = [&](std::string_view shown) {
        return answer_api(cluster, {.target = "/api2/json/version", .authorization = shown},
                          begin_second, 0);
    };
    EXPECT_EQ(ask("PVEAPIToken=a@pve!b=secret").status, 200);
    EXPECT_EQ(ask("PVEAPIToken a@pve!b=secret").status, 200);
    EXPECT_EQ(ask("PVEAPIToken=a%40pve%21b=secret;rest").status, 200);
    for (const auto* wrong : {"", "PVEAPIToken", "PVEAPIToken=", "PVEAPIToken=a@pve!b=wrong",
                              "Bearer a@pve!b=secret", "pveapitoken=a@pve!b=secret"}) {
        const auto refused = ask(wrong);
        EXPECT_EQ(refused.status, 401) << wrong;
        EXPECT_EQ(refused.reason, "Authentication failed!");
        EXPECT_EQ(refused.body, "");
        EXPECT_EQ(refused.delay, milliseconds(3'000));
    }
}

TEST(api, older_versions_say_what_is_wrong_with_a_token) {
    const auto cluster = three_nodes("pve 8\n");
    const auto reason = [&](std::string_view shown) {
        return answer_api(cluster, {.target = "/api2/json/version", .authorization = shown},
                          begin_second, 0)
            .reason;
    };
    EXPECT_EQ(reason(""), "No ticket");
    EXPECT_EQ(reason("PVEAPIToken=a@pve!b=wrong"), "invalid token value!");
}

TEST(api, knows_nothing_but_get) {
    const auto cluster = three_nodes();
    const auto token = "PVEAPIToken=" + cluster.course.token;
    for (const auto* method : {"POST", "PUT", "DELETE", "HEAD", "get"}) {
        const auto answer = answer_api(
            cluster, {.method = method, .target = "/api2/json/version", .authorization = token},
            begin_second, 0);
        EXPECT_EQ(answer.status, 501) << method;
    }
    const auto with_body = answer_api(
        cluster, {.target = "/api2/json/version", .authorization = token, .has_body = true},
        begin_second, 0);
    EXPECT_EQ(with_body.status, 501);
    EXPECT_EQ(with_body.reason, "Unexpected content for method 'GET'");
}

TEST(api, what_it_does_not_have_is_not_implemented) {
    const auto answer = answer_of(three_nodes(), "cluster/metrics/export");
    EXPECT_EQ(answer.status, 501);
    EXPECT_EQ(answer.reason, "Method 'GET /cluster/metrics/export' not implemented");
    EXPECT_EQ(answer_api(three_nodes(), {.target = "/elsewhere"}, begin_second, 0).reason,
              "no such uri");
}

TEST(api, takes_only_parameters_that_the_call_has) {
    const auto cluster = three_nodes();
    EXPECT_EQ(answer_of(cluster, "nodes/pve1/disks/list?skipsmart=1").status, 200);
    const auto refused = answer_of(cluster, "nodes/pve1/status?full=1");
    EXPECT_EQ(refused.status, 400);
    EXPECT_EQ(refused.reason, "Parameter verification failed.");
    EXPECT_NE(refused.body.find(R"("errors":{"full":)"), std::string::npos);
}

TEST(api, messages_stand_in_bodies_since_2025) {
    const auto body = [](std::string_view scenario) {
        return answer_of(cluster_of({.nodes = 1, .guests_per_node = 1}, scenario), "nodes/x/status")
            .body;
    };
    EXPECT_EQ(body("pve 7\n"), R"({"data":null})");
    EXPECT_NE(body("pve 9\n").find("hostname lookup 'x' failed"), std::string::npos);
}

TEST(api, a_token_without_rights_sees_that_there_are_nodes) {
    const auto cluster = three_nodes("rights none\n");
    const auto entries = data_of(cluster, "cluster/resources");

    EXPECT_EQ(ids_of(entries), (std::set<std::string>{"node/pve1", "node/pve2", "node/pve3"}));
    EXPECT_FALSE(entries[0].contains("maxmem"));
    EXPECT_EQ(answer_of(cluster, "cluster/status").reason,
              "Permission check failed (/, Sys.Audit)");
    EXPECT_EQ(answer_of(cluster, "nodes/pve1/status").reason,
              "Permission check failed (/nodes/pve1, Sys.Audit)");
    EXPECT_EQ(answer_of(cluster, "nodes/pve1/qemu/100/config").reason,
              "Permission check failed (/vms/100, VM.Audit)");
    for (const auto* filtered : {"pools", "cluster/tasks", "cluster/replication",
                                 "nodes/pve1/storage", "nodes/pve1/tasks"})
        EXPECT_EQ(data_of(cluster, filtered), nlohmann::json::array()) << filtered;
}

TEST(api, rights_on_a_path_hold_below_it) {
    const auto cluster =
        three_nodes("rights none\nrights /vms VM.Audit\nrights /storage/local Datastore.Audit\n");
    const auto entries = data_of(cluster, "cluster/resources");

    EXPECT_EQ(count_of(entries, "qemu") + count_of(entries, "lxc"), 36u);
    EXPECT_EQ(count_of(entries, "storage"), 3u);
    EXPECT_EQ(count_of(entries, "pool"), 0u);
    EXPECT_FALSE(entry_of(entries, "vmid", 101).contains("pool"));
    EXPECT_EQ(answer_of(cluster, "cluster/status").status, 403);
}

TEST(api, no_access_hides_a_pool_and_its_guests) {
    const auto cluster = three_nodes("rights /pool/prod NoAccess\n");
    std::size_t hidden = 0, all = 0;
    for (const auto& node : cluster.base.nodes) {
        for (const auto& it : node.guests) {
            ++all;
            hidden += it.pool == "prod" ? 1 : 0;
        }
    }
    ASSERT_GT(hidden, 0u);
    const auto entries = data_of(cluster, "cluster/resources");
    EXPECT_EQ(count_of(entries, "qemu") + count_of(entries, "lxc"), all - hidden);
    EXPECT_TRUE(entry_of(entries, "id", "/pool/prod").is_null());
}

TEST(api, the_guest_agent_needs_more_than_an_auditor_before_9) {
    const auto path = "nodes/pve1/qemu/102/agent/network-get-interfaces";
    EXPECT_NE(answer_of(three_nodes("pve 9\n"), path).status, 403);
    EXPECT_EQ(answer_of(three_nodes("pve 8\n"), path).reason,
              "Permission check failed (/vms/102, VM.Monitor)");
    EXPECT_NE(answer_of(three_nodes("pve 8\nrights / VM.Audit,VM.Monitor\n"), path).status, 403);
}

TEST(api, a_node_that_is_down_is_forgotten_after_five_minutes) {
    const auto cluster = three_nodes("at 10 offline pve3\n");
    const auto at = [&](std::int64_t second) {
        const auto entries = data_of(cluster, "cluster/resources", second);
        EXPECT_EQ(entry_of(entries, "id", "node/pve3").value("status", ""),
                  second < 10 ? "online" : "offline");
        return entry_of(entries, "node", "pve3").is_null() ? nlohmann::json()
                                                           : entry_of(entries, "vmid", 126);
    };
    EXPECT_TRUE(at(9).contains("name"));
    EXPECT_TRUE(at(300).contains("name"));
    EXPECT_FALSE(at(320).contains("name"));
    EXPECT_EQ(at(320).value("status", ""), "unknown");

    const auto through = answer_of(cluster, "nodes/pve3/status", 20);
    EXPECT_EQ(through.status, 595);
    EXPECT_EQ(through.body, "");
    EXPECT_TRUE(answer_of(cluster, "version", 20, 2).hangs_up);
}

TEST(api, a_node_without_quorum_calls_the_others_offline) {
    const auto cluster = three_nodes("at 10 quorum-lost pve2\nat 20 quorum-back pve2\n");
    const auto online = [&](std::int64_t second, std::size_t at_node) {
        std::set<std::string> names;
        for (const auto& it : data_of(cluster, "cluster/status", second, at_node)) {
            if (it.value("online", 0) == 1) names.insert(it.at("name"));
            if (it.at("type") == "cluster" && it.at("quorate") == 1) names.insert("quorate");
        }
        return names;
    };
    using names = std::set<std::string>;
    EXPECT_EQ(online(9, 1), (names{"pve1", "pve2", "pve3", "quorate"}));
    EXPECT_EQ(online(10, 1), (names{"pve2"}));
    EXPECT_EQ(online(10, 0), (names{"pve1", "pve3", "quorate"}));
    EXPECT_EQ(online(20, 1), (names{"pve1", "pve2", "pve3", "quorate"}));

    const auto all = three_nodes("at 0 quorum-lost\n");
    EXPECT_EQ(data_of(all, "cluster/status", 1)[0].value("quorate", 1), 0);
}

TEST(api, a_guest_that_moved_is_not_found_where_it_was) {
    const auto cluster = three_nodes("at 10 migrate 102 pve2\n");
    EXPECT_EQ(answer_of(cluster, "nodes/pve1/qemu/102/config", 9).status, 200);
    const auto gone = answer_of(cluster, "nodes/pve1/qemu/102/config", 10);
    EXPECT_EQ(gone.status, 500);
    EXPECT_EQ(gone.reason, "Configuration file 'nodes/pve1/qemu-server/102.conf' does not exist");
    EXPECT_EQ(answer_of(cluster, "nodes/pve2/qemu/102/config", 10).status, 200);
}

TEST(api, a_change_of_the_configuration_changes_its_digest) {
    const auto cluster = three_nodes("at 10 tag 102 new\n");
    const auto digest = [&](std::int64_t second) {
        return data_of(cluster, "nodes/pve1/qemu/102/config", second).value("digest", "");
    };
    EXPECT_EQ(digest(1), digest(9));
    EXPECT_NE(digest(9), digest(10));
}

TEST(api, backups_are_tasks_with_a_log_that_grows) {
    const auto cluster = three_nodes("at 10 backup 102 60 failed\n");
    EXPECT_EQ(
        entry_of(data_of(cluster, "nodes/pve1/tasks?typefilter=vzdump&source=all", 9), "id", "102"),
        nlohmann::json());
    const auto running = entry_of(
        data_of(cluster, "nodes/pve1/tasks?typefilter=vzdump&source=all", 30), "id", "102");
    EXPECT_EQ(running.value("starttime", std::int64_t{0}), begin_second + 10);
    const auto path = fmt::format("nodes/pve1/tasks/{}/log?limit=1000", running.value("upid", ""));
    const auto text = [&](std::int64_t second) {
        std::string lines;
        for (const auto& it : data_of(cluster, path, second))
            lines += it.at("t").get<std::string>() + "\n";
        return lines;
    };
    EXPECT_NE(text(30).find("INFO: Starting Backup of VM 102 (qemu)\n"), std::string::npos);
    EXPECT_EQ(text(30).find("ERROR"), std::string::npos);
    EXPECT_NE(text(70).find("ERROR: Backup of VM 102 failed - "), std::string::npos);
    EXPECT_TRUE(text(70).ends_with("TASK ERROR: job errors\n"));
    const auto ended =
        entry_of(data_of(cluster, "nodes/pve1/tasks?typefilter=vzdump", 70), "id", "102");
    EXPECT_EQ(ended.value("status", ""), "job errors");
    EXPECT_EQ(ended.value("endtime", std::int64_t{0}), begin_second + 70);
}

TEST(api, the_nightly_job_has_every_guest_of_its_log) {
    const auto cluster = three_nodes();
    const auto tasks = data_of(cluster, "nodes/pve1/tasks?typefilter=vzdump&limit=1");
    ASSERT_EQ(tasks.size(), 1u);
    EXPECT_EQ(tasks[0].value("id", "x"), "");
    const auto log = data_of(
        cluster, fmt::format("nodes/pve1/tasks/{}/log?limit=100000", tasks[0].value("upid", "")));
    std::size_t begun = 0;
    for (const auto& it : log)
        begun += it.at("t").get<std::string>().starts_with("INFO: Starting Backup") ? 1 : 0;
    EXPECT_GT(begun, 6u);
}

TEST(api, faults_last_as_long_as_they_are_told_to) {
    const auto cluster = three_nodes("at 10 for 5 fault 596 node=pve2 path=cluster/\n");
    EXPECT_EQ(answer_of(cluster, "cluster/status", 9, 1).status, 200);
    EXPECT_EQ(answer_of(cluster, "cluster/status", 10, 1).status, 596);
    EXPECT_EQ(answer_of(cluster, "cluster/status", 14, 1).status, 596);
    EXPECT_EQ(answer_of(cluster, "cluster/status", 15, 1).status, 200);
    EXPECT_EQ(answer_of(cluster, "cluster/status", 12, 0).status, 200);
    EXPECT_EQ(answer_of(cluster, "nodes", 12, 1).status, 200);
}

TEST(api, faults_of_every_kind) {
    const auto at_once = [](std::string_view kind) {
        return answer_of(three_nodes(fmt::format("at 0 fault {}\n", kind)), "cluster/resources");
    };
    EXPECT_EQ(at_once("401").delay, milliseconds(3'000));
    EXPECT_EQ(at_once("403").status, 403);
    EXPECT_EQ(at_once("595").body, "");
    EXPECT_GE(at_once("slow=1500").delay, milliseconds(1'500));
    EXPECT_EQ(at_once("slow=1500").status, 200);
    EXPECT_TRUE(at_once("hangup").hangs_up);
    for (const auto* broken : {"garbled", "cut"}) {
        const auto body = at_once(broken).body;
        EXPECT_TRUE(nlohmann::json::parse(body, nullptr, false).is_discarded()) << broken;
    }
    const auto strings = nlohmann::json::parse(at_once("strings").body).at("data");
    EXPECT_EQ(entry_of(strings, "id", "qemu/102").value("vmid", ""), "102");
}

TEST(api, no_request_surprises_it) {
    const auto cluster = three_nodes();
    for (const auto* odd : {"", "/", "?", "%", "nodes/%zz/status", "nodes//status", "nodes/pve1/",
                            "nodes/pve1/qemu//config", "nodes/pve1/qemu/99999999999/config",
                            "nodes/pve1/tasks?limit=-1", "nodes/pve1/tasks?since=x&since=y",
                            "nodes/pve1/tasks/UPID/log",
                            "cluster/resources?=&&=", "cluster/resources?type=nothing"}) {
        const auto answer = answer_of(cluster, odd);
        EXPECT_GE(answer.status, 200) << odd;
        EXPECT_LE(answer.status, 599) << odd;
    }
}

}  // namespace
}  // namespace relay::simulate
