// The plan over hours: what it costs, whom it spares, what it makes of every fault.
#include "relay/topology/timetable.hpp"
#include "tests/unit/topology/rehearsed_cluster.hpp"

namespace relay::topology {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

outcome ok() {
    return {.status = 200, .elapsed = 50ms};
}
outcome refused(int status, std::string reason) {
    return {.status = status, .reason = std::move(reason), .elapsed = 20ms};
}
outcome no_answer() {
    return {.reason = "Connection refused", .elapsed = 5ms};
}

TEST(plan, asks_a_large_cluster_less_than_once_a_second) {
    rehearsed_cluster lab(32, 2000, 3);

    lab.run(6h);

    EXPECT_LT(lab.all.size(), 6u * 3600);
    EXPECT_EQ(lab.most_at_one_node, 1u);
    // Once every guest is known, it is half of that.
    const auto settled = lab.now.steady;
    lab.run(6h);
    EXPECT_LT(lab.count_since(settled), 6u * 3600 * 55 / 100);
}

TEST(plan, asks_no_more_where_addresses_of_guests_are_wanted) {
    rehearsed_cluster lab(32, 2000, 3, {.asks_addresses = true});
    for (auto& one : lab.known.guests)
        one.config = guest_config{.has_agent = true};

    lab.run(3h);

    EXPECT_LT(lab.all.size(), 3u * 3600);
    EXPECT_EQ(lab.most_at_one_node, 1u);
    EXPECT_GT(lab.count(ask::guest_addresses), 2000u);
}

TEST(plan, keeps_the_average_in_the_first_minutes_too) {
    rehearsed_cluster lab(32, 2000, 32);

    lab.run(10min);

    EXPECT_LT(lab.all.size(), 600u);
    EXPECT_EQ(lab.most_at_one_node, 1u);
}

TEST(plan, knows_the_names_within_seconds) {
    rehearsed_cluster lab(32, 2000, 3);
    const auto start = lab.now.steady;

    lab.run(5s);

    const auto first = std::ranges::find_if(
        lab.all, [](const auto& one) { return one.what.call.what == ask::cluster_resources; });
    ASSERT_NE(first, lab.all.end());
    EXPECT_LT(first->at - start, 1s);
}

TEST(plan, asks_a_small_cluster_little) {
    rehearsed_cluster lab(1, 10, 1);
    lab.run(1h);  // everything once
    const auto settled = lab.now.steady;

    lab.run(1h);

    EXPECT_LT(lab.count_since(settled), 450u);
    EXPECT_EQ(lab.most_at_once, 1u);
}

TEST(plan, resources_are_asked_of_the_node_that_told_its_quorum_and_the_nodes_take_turns) {
    rehearsed_cluster lab(5, 10, 3);

    lab.run(10min);

    std::map<std::size_t, int> turns;
    std::optional<std::size_t> told;
    for (const auto& one : lab.all) {
        if (one.what.call.what == ask::cluster_status) told = one.what.address;
        if (one.what.call.what != ask::cluster_resources) continue;
        EXPECT_EQ(one.what.address, told);
        ++turns[one.what.address];
    }
    EXPECT_EQ(turns.size(), 3u);
    EXPECT_NEAR(static_cast<double>(lab.count(ask::cluster_resources)), 20, 2);
}

TEST(plan, a_node_that_is_slow_is_asked_half_as_often) {
    rehearsed_cluster lab(3, 10, 1);
    lab.answer = [](const errand& of) {
        auto came = ok();
        if (of.call.what == ask::cluster_resources) came.elapsed = 800ms;
        return came;
    };

    lab.run(1h);

    EXPECT_NEAR(static_cast<double>(lab.count(ask::cluster_resources)), 60, 6);
}

TEST(plan, a_node_is_asked_about_itself_and_others_through_one_that_is_reachable) {
    rehearsed_cluster lab(3, 6, 2);

    lab.run(2h);

    for (const auto& [at, what] : lab.all) {
        if (what.call.node.empty() || at < lab.all.front().at + 2min) continue;
        const bool has_address = what.call.node != "pve03";
        EXPECT_EQ(what.is_forwarded, !has_address) << what.call.node;
        EXPECT_GE(what.timeout, what.is_forwarded ? 35s : 10s);
    }
}

TEST(plan, smart_is_asked_once_a_day_and_only_of_nodes_that_are_there) {
    rehearsed_cluster lab(4, 0, 1);
    lab.known.nodes.back().status = "offline";

    lab.run(72h);

    EXPECT_LE(lab.count(ask::disks_with_smart), 3u * 3);
    EXPECT_GE(lab.count(ask::disks_with_smart), 3u * 2);
    for (const auto& one : lab.all)
        EXPECT_NE(one.what.call.node, "pve04");
}

TEST(plan, a_guest_is_asked_again_when_it_changes) {
    rehearsed_cluster lab(2, 4, 2);
    lab.run(10min);
    ASSERT_EQ(lab.count(ask::guest_config), 4u);

    lab.known.guests[1].tags = {"prod"};
    lab.known.guests[2].node = "pve02";
    lab.known.guests[3].lock = "backup";
    lab.run(1min);
    EXPECT_EQ(lab.count(ask::guest_config), 6u);

    lab.known.guests[3].lock.clear();
    lab.known.guests.erase(lab.known.guests.begin());
    lab.run(1min);
    EXPECT_EQ(lab.count(ask::guest_config), 7u);
}

TEST(plan, replication_and_storages_are_asked_where_there_is_something_to_ask) {
    rehearsed_cluster lab(3, 0, 1);
    lab.run(1h);
    EXPECT_EQ(lab.count(ask::node_replication), 0u);
    EXPECT_EQ(lab.count(ask::node_storages), 0u);

    lab.known.replication = {{.id = "100-0", .source = "pve02"}};
    lab.known.storages = {{.name = "nas", .node = "pve01", .status = "unknown"}};
    lab.run(1h);

    EXPECT_NEAR(static_cast<double>(lab.count(ask::node_replication)), 12, 2);
    EXPECT_NEAR(static_cast<double>(lab.count(ask::node_storages)), 4, 1);
}

// ---- faults, for ten minutes each

TEST(plan_faults, an_address_that_does_not_answer_is_left_alone_and_another_takes_over) {
    rehearsed_cluster lab(3, 10, 3);
    lab.run(5min);
    const auto begin = lab.all.size();
    lab.answer = [](const errand& of) { return of.address == 1 ? no_answer() : ok(); };

    lab.run(10min);

    std::size_t tries = 0;
    std::size_t resources = 0;
    for (std::size_t i = begin; i < lab.all.size(); ++i) {
        tries += lab.all[i].what.address == 1 ? 1 : 0;
        resources += lab.all[i].what.call.what == ask::cluster_resources ? 1 : 0;
    }
    EXPECT_LE(tries, 8u);
    EXPECT_GE(resources, 18u);
    EXPECT_THAT(lab.said(severity::warning), ElementsAre(HasSubstr("https://pve02:8006 gives no")));

    lab.answer = [](const errand&) { return ok(); };
    lab.run(10min);
    EXPECT_THAT(lab.said(severity::notice), ElementsAre(HasSubstr("answers again")));
}

TEST(plan_faults, an_api_that_is_down_is_asked_ever_more_rarely_and_said_once) {
    rehearsed_cluster lab(3, 10, 1);
    lab.answer = [](const errand&) { return no_answer(); };

    lab.run(1h);

    EXPECT_LE(lab.all.size(), 30u);
    EXPECT_EQ(lab.log.messages.size(), 1u);

    lab.answer = [](const errand&) { return ok(); };
    lab.run(6min);
    EXPECT_GE(lab.count(ask::cluster_resources), 2u);
}

TEST(plan_faults, a_node_that_another_cannot_reach_is_left_alone) {
    rehearsed_cluster lab(3, 30, 1);
    lab.answer = [](const errand& of) {
        return of.call.node == "pve03" ? refused(595, "No route to host") : ok();
    };

    lab.run(10min);

    EXPECT_LE(std::ranges::count_if(lab.all,
                                    [](const auto& one) { return one.what.call.node == "pve03"; }),
              8);
    EXPECT_GE(lab.count(ask::cluster_resources), 18u);
    EXPECT_THAT(lab.said(severity::warning), IsEmpty());
    EXPECT_THAT(lab.said(severity::notice), ElementsAre(HasSubstr("node pve03 does not answer")));
    EXPECT_TRUE(lab.asked->silent().at("pve03"));
}

TEST(plan_faults, a_node_that_hangs_does_not_stop_the_others) {
    rehearsed_cluster lab(3, 30, 1);
    lab.answer = [](const errand& of) {
        if (of.call.node != "pve03") return ok();
        return outcome{.reason = "Timeout was reached", .elapsed = of.timeout};
    };

    lab.run(10min);

    EXPECT_GE(lab.count(ask::cluster_resources), 10u);
    EXPECT_TRUE(lab.asked->silent().at("pve03"));
    EXPECT_FALSE(lab.asked->silent().at("https://pve01:8006"));
}

TEST(plan_faults, a_refused_token_is_said_once_with_its_remedy_and_tried_slowly) {
    rehearsed_cluster lab(3, 10, 3);
    const auto no = [](const errand&) {
        return outcome{.status = 401, .reason = "Authentication failed!", .elapsed = 3s};
    };
    lab.answer = no;

    lab.run(10min);

    EXPECT_LE(lab.all.size(), 12u);
    for (std::size_t i = 1; i < lab.all.size(); ++i)
        EXPECT_GE(lab.all[i].at - lab.all[i - 1].at, 3s);
    ASSERT_EQ(lab.log.messages.size(), 1u);
    EXPECT_EQ(lab.log.messages[0].first, severity::error);
    EXPECT_THAT(lab.log.messages[0].second, HasSubstr("pveum user token list relay@pve"));
    EXPECT_TRUE(lab.asked->is_token_refused());

    lab.answer = [](const errand&) { return ok(); };
    lab.run(6min);
    EXPECT_FALSE(lab.asked->is_token_refused());
    EXPECT_GE(lab.count(ask::cluster_resources), 1u);
}

// Every call of a large cluster fails, of some 250: each would be a line with its remedy.
TEST(plan_faults, a_cluster_that_fails_everywhere_fills_no_log_and_is_found_again_within_minutes) {
    for (const int status : {403, 500, 501}) {
        rehearsed_cluster lab(32, 100, 3);
        lab.run(10min);
        lab.answer = [status](const errand&) { return refused(status, "why"); };

        lab.run(20min);
        const auto told = lab.log.messages.size();
        lab.run(4h);

        EXPECT_LE(told, 13u) << status;
        EXPECT_LE(lab.log.messages.size(), told + 4 * 6 + 1) << status;
        lab.answer = [](const errand&) { return ok(); };
        const auto over = lab.now.steady;
        lab.run(5min + 31s);
        EXPECT_TRUE(std::ranges::any_of(lab.all, [&](const auto& one) {
            return one.at >= over && one.what.call.what == ask::cluster_resources;
        })) << status;
    }
}

TEST(plan_faults, what_is_not_allowed_is_asked_hourly_and_told_with_its_command) {
    rehearsed_cluster lab(3, 10, 3);
    lab.answer = [](const errand& of) {
        const bool needs_audit =
            of.call.what == ask::cluster_status || of.call.what == ask::ha_status;
        return needs_audit ? refused(403, "Permission check failed (/, Sys.Audit)") : ok();
    };

    lab.run(10min);

    EXPECT_LE(lab.count(ask::cluster_status), 3u);  // what everything rests on: every five minutes
    EXPECT_EQ(lab.count(ask::ha_status), 1u);
    EXPECT_GE(lab.count(ask::cluster_resources), 18u);  // all the same
    const auto said = lab.said(severity::warning);
    ASSERT_EQ(said.size(), 2u);
    EXPECT_THAT(said[0], HasSubstr("pveum acl modify / -token 'relay@pve!relay' -role PVEAuditor"));
}

TEST(plan_faults, what_was_not_allowed_is_asked_at_once_when_the_rights_change) {
    rehearsed_cluster lab(3, 10, 3);
    lab.known.rights = rights{.missing = {"Sys.Audit"}};
    lab.answer = [](const errand& of) {
        return of.call.what == ask::ha_status ? refused(403, "Permission check failed") : ok();
    };
    lab.run(2min);
    lab.answer = [](const errand&) { return ok(); };
    lab.known.rights = rights{};

    lab.run(1min);

    EXPECT_GE(lab.count(ask::ha_status), 2u);
}

TEST(plan_faults, what_an_older_version_lacks_is_asked_daily) {
    rehearsed_cluster lab(3, 0, 3);
    lab.answer = [](const errand& of) {
        return of.call.what == ask::certificates
                   ? refused(501, "Method 'GET /nodes/pve01/certificates/info' not implemented")
                   : ok();
    };

    lab.run(23h);

    EXPECT_LE(lab.count(ask::certificates), 2u * 3);
    EXPECT_THAT(lab.said(severity::warning), IsEmpty());
}

TEST(plan_faults, an_answer_that_is_not_believed_is_told_once_and_backs_off) {
    rehearsed_cluster lab(3, 10, 3);
    lab.answer = [](const errand& of) {
        auto came = ok();
        if (of.call.what == ask::ha_status) came.doubt = "no JSON";
        return came;
    };

    lab.run(10min);

    EXPECT_LE(lab.count(ask::ha_status), 8u);
    EXPECT_THAT(lab.said(severity::warning), ElementsAre(HasSubstr("no JSON")));
}

TEST(plan, disks_are_asked_for_smart_twice_a_day_at_most_whatever_comes_of_it) {
    const std::vector<outcome> answers{ok(),
                                       refused(500, "smartctl failed"),
                                       refused(403, "no"),
                                       refused(596, "Connection timed out"),
                                       {.reason = "Timeout was reached", .elapsed = 35s}};
    for (const auto& came : answers) {
        rehearsed_cluster lab(2, 0, 2);
        lab.answer = [&](const errand& of) {
            return of.call.what == ask::disks_with_smart ? came : ok();
        };

        lab.run(24h);

        EXPECT_GE(lab.count(ask::disks_with_smart), 2u) << came.status;
        if (came.status == 403) continue;  // asked hourly, and no disk hears of it
        EXPECT_LE(lab.count(ask::disks_with_smart), 2u * 2) << came.status;
    }
}

TEST(plan, a_restart_asks_no_disk_for_smart_that_was_asked_within_a_day) {
    rehearsed_cluster lab(2, 0, 2);
    const auto now_s =
        std::chrono::duration_cast<std::chrono::seconds>(lab.now.wall.time_since_epoch());
    lab.known.nodes[0].smart_asked_s = (now_s - 10h).count();
    lab.known.nodes[1].smart_asked_s = (now_s + 10h).count();  // by a clock that was wrong

    lab.run(13h);

    for (const auto& one : lab.all) {
        EXPECT_FALSE(one.what.call.what == ask::disks_with_smart && one.what.call.node == "pve01");
    }
    EXPECT_EQ(lab.count(ask::disks_with_smart), 1u);
    lab.run(2h);
    EXPECT_EQ(lab.count(ask::disks_with_smart), 2u);
}

TEST(plan_faults, nodes_that_nobody_configured_are_asked_while_no_configured_one_answers) {
    rehearsed_cluster lab(3, 6, 1);
    for (std::size_t i = 0; i < 3; ++i)
        lab.known.nodes[i].address = "192.0.2.1" + std::to_string(i + 1);
    lab.run(5min);
    for (const auto& one : lab.all)
        EXPECT_EQ(one.what.url, "https://pve01:8006");

    lab.answer = [](const errand& of) {
        return of.url == "https://pve01:8006" || of.url == "https://192.0.2.12:8006" ? no_answer()
                                                                                     : ok();
    };
    const auto down = lab.now.steady;
    lab.run(10min);

    EXPECT_GE(std::ranges::count_if(lab.all,
                                    [&](const auto& one) {
                                        return one.at > down &&
                                               one.what.call.what == ask::cluster_resources &&
                                               one.what.url == "https://192.0.2.13:8006";
                                    }),
              15);
    EXPECT_EQ(lab.most_at_one_node, 1u);
    EXPECT_THAT(lab.said(severity::warning), ElementsAre(HasSubstr("https://pve01:8006 gives no")));
    EXPECT_THAT(lab.said(severity::notice),
                ElementsAre(HasSubstr("pve03 is asked at https://192.0.2.13:8006")));
    lab.answer = [](const errand&) { return ok(); };
    lab.run(6min);
    const auto back = lab.now.steady;
    lab.run(5min);
    for (const auto& one : lab.all) {
        EXPECT_TRUE(one.at <= back || one.what.url == "https://pve01:8006") << one.what.url;
    }
}

TEST(plan_faults, nodes_that_nobody_configured_are_left_alone_by_choice) {
    rehearsed_cluster lab(2, 6, 1, {.asks_others = false});
    lab.known.nodes[1].address = "192.0.2.12";
    lab.run(5min);
    lab.answer = [](const errand&) { return no_answer(); };

    lab.run(10min);

    for (const auto& one : lab.all)
        EXPECT_EQ(one.what.url, "https://pve01:8006");
}

TEST(plan_faults, a_guest_that_has_moved_is_looked_for_without_a_word) {
    rehearsed_cluster lab(2, 4, 2);
    lab.answer = [](const errand& of) {
        const bool gone = of.call.what == ask::guest_config && of.call.node == "pve01";
        return gone ? refused(500, "Configuration file 'nodes/pve01/…' does not exist") : ok();
    };
    lab.run(1min);
    for (auto& one : lab.known.guests)
        one.node = "pve02";

    lab.run(2min);

    std::set<std::uint32_t> read;
    for (const auto& one : lab.all) {
        if (one.what.call.what == ask::guest_config && one.what.call.node == "pve02") {
            read.insert(one.what.call.guest.vmid);
        }
    }
    EXPECT_EQ(read.size(), 4u);
    EXPECT_THAT(lab.log.messages, IsEmpty());
}

TEST(plan_faults, an_agent_that_may_not_be_asked_stands_for_all) {
    rehearsed_cluster lab(2, 200, 2, {.asks_addresses = true});
    for (auto& one : lab.known.guests)
        one.config = guest_config{.has_agent = true};
    lab.answer = [](const errand& of) {
        const bool agent =
            of.call.what == ask::guest_addresses && of.call.guest.kind == guest_kind::qemu;
        return agent ? refused(403, "Permission check failed (/vms/100, VM.Monitor)") : ok();
    };

    lab.run(30min);

    const auto agents = std::ranges::count_if(lab.all, [](const auto& one) {
        return one.what.call.what == ask::guest_addresses &&
               one.what.call.guest.kind == guest_kind::qemu;
    });
    EXPECT_LE(agents, 2);
    EXPECT_THAT(lab.said(severity::warning), ElementsAre(HasSubstr("guest_addresses = false")));
}

TEST(plan_faults, every_fault_at_random_never_brings_two_requests_to_a_node) {
    rehearsed_cluster lab(8, 200, 4, {.asks_addresses = true});
    std::mt19937 chance(7);
    lab.answer = [&](const errand& of) {
        switch (chance() % 12) {
            case 0:
                return no_answer();
            case 1:
                return refused(595, "Connection refused");
            case 2:
                return of.call.node.empty()
                           ? ok()
                           : refused(403, "Permission check failed (/, Sys.Audit)");
            case 3:
                return refused(500, "got timeout");
            case 4:
                return outcome{.status = 0, .reason = "Timeout", .elapsed = of.timeout};
            case 5:
                return outcome{.status = 200, .elapsed = 100ms, .doubt = "no JSON"};
            case 6:
                return outcome{.status = 200, .elapsed = 9s};
            default:
                return ok();
        }
    };

    lab.run(10h);

    EXPECT_EQ(lab.most_at_one_node, 1u);
    EXPECT_LT(lab.all.size(), 10u * 3600);
    EXPECT_GT(lab.count(ask::cluster_resources), 100u);
}

TEST(plan, pins_are_learnt_of_the_first_node_that_is_known_before_another_is_asked) {
    rehearsed_cluster lab(3, 10, 3, {.learns_pins = true});

    lab.run(10s);

    ASSERT_GT(lab.all.size(), 5u);
    for (const std::size_t i : {0u, 1u, 2u})
        EXPECT_EQ(lab.all[i].what.address, 0u);
    EXPECT_EQ(lab.all[1].what.call.what, ask::cluster_resources);
    EXPECT_EQ(lab.all[2].what.call.what, ask::nodes);
}

TEST(plan, a_question_that_came_up_is_asked_once) {
    rehearsed_cluster lab(2, 0, 1);
    lab.run(1min);
    lab.asked->want({.what = ask::task_log, .node = "pve02", .upid = "UPID:a"}, lab.now.steady);

    lab.run(3h);

    EXPECT_EQ(lab.count(ask::task_log), 1u);
}

TEST(plan, backups_are_looked_for_far_back_once) {
    rehearsed_cluster lab(1, 0, 1);

    lab.run(1h);

    std::vector<std::int64_t> back;
    const auto begin = lab.all.front().at;
    for (const auto& one : lab.all) {
        if (one.what.call.what != ask::backup_tasks) continue;
        const auto passed = std::chrono::floor<std::chrono::seconds>(one.at - begin).count();
        back.push_back((1'755'785'271 + passed - one.what.call.since_s) / 86'400);
    }
    ASSERT_GE(back.size(), 3u);
    EXPECT_EQ(back[0], 15);
    EXPECT_EQ(back[1], 2);
}

TEST(timetable, every_call_has_its_place) {
    std::set<int> ranks;
    for (std::size_t i = 0; i < ask_count; ++i) {
        const auto what = static_cast<ask>(i);
        EXPECT_GE(period_of(what), 30s);
        ranks.insert(rank_of(what));
    }
    EXPECT_EQ(ranks.size(), ask_count);
}

}  // namespace
}  // namespace relay::topology
