// The rules of presence in simulated time: docs/presence.md has them as a table.
#include "tests/unit/ingest/presence_fixture.hpp"

namespace relay::ingest {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

pushed_node pve1() {
    return {.name = "pve1", .guests = {{100, "web01"}, {101, "db01"}}};
}
pushed_node pve2() {
    return {.name = "pve2", .guests = {{200, "mail01"}}};
}

// ---- what is up

TEST_F(presence_test, says_of_every_object_whether_it_is_up) {
    auto node = pve1();
    node.guests[1].status = "stopped";

    run({node}, 4);

    EXPECT_EQ(up("object=nodes,host=pve1"), "1");
    EXPECT_EQ(up("object=qemu,vmid=100,nodename=pve1,host=web01"), "1");
    EXPECT_EQ(up("object=qemu,vmid=101,nodename=pve1,host=db01"), "0");
    EXPECT_EQ(up("object=storages,nodename=pve1,host=local,type=dir"), "1");
    EXPECT_EQ(up("object=cluster,host=lab"), "1");
    EXPECT_THAT(events(), IsEmpty());
}

TEST_F(presence_test, says_it_every_thirty_seconds) {
    run({pve1()}, 12);
    const auto rounds = std::ranges::count_if(
        ups_, [](const auto& line) { return line.find(",object=cluster,") != std::string::npos; });
    EXPECT_EQ(rounds, 3);
}

TEST_F(presence_test, knows_cluster_and_bucket_of_the_senders) {
    run({pve1()}, 4);
    EXPECT_EQ(last_cluster_, "lab");
    EXPECT_EQ(watch_->bucket_of("lab"), "proxmox");
    EXPECT_EQ(watch_->bucket_of("other"), "");
}

TEST_F(presence_test, keeps_its_bucket_where_a_cluster_pushes_into_two) {
    for (int i = 0; i < 8; ++i) {
        for (const auto& text : transactions_of(pve1())) {
            push(text, "proxmox");
            push(text, "copy");
        }
        pass(10);
    }
    EXPECT_EQ(watch_->bucket_of("lab"), "proxmox");
    EXPECT_THAT(events(), IsEmpty());
}

TEST_F(presence_test, what_it_says_is_not_itself_a_sign_of_life) {
    run({pve1()}, 1);
    for (int i = 0; i < 6; ++i) {
        push("relay_up,object=nodes,host=pve1 up=1\n");
        pass(10);
    }
    EXPECT_THAT(events(), ElementsAre("silent nodes pve1"));
}

// ---- nodes

TEST_F(presence_test, a_skipped_cycle_is_no_end) {
    run({pve1()}, 5);
    pass(10);  // as when pvestatd restarts itself
    run({pve1()}, 5);
    EXPECT_THAT(events(), IsEmpty());
}

TEST_F(presence_test, a_node_is_silent_after_35_seconds) {
    run({pve1(), pve2()}, 5);
    const auto died = second() - 10;
    while (events_.empty() && second() < died + 100) {
        if ((second() - died) % 10 == 0) cycle(pve2());
        pass(1);
    }
    EXPECT_EQ(second() - died, 35);
    EXPECT_THAT(events(), ElementsAre("silent nodes pve1"));
    EXPECT_EQ(up("object=nodes,host=pve1"), "0");
    EXPECT_EQ(up("object=qemu,vmid=100,nodename=pve1,host=web01"), "0");
    EXPECT_EQ(up("object=storages,nodename=pve1,host=local,type=dir"), "0");

    // Its guests stay, at 0, and those of others are not touched.
    forget_ups();
    run({pve2()}, 4);
    EXPECT_EQ(up("object=qemu,vmid=100,nodename=pve1,host=web01"), "0");
    EXPECT_EQ(up("object=qemu,vmid=200,nodename=pve2,host=mail01"), "1");
    EXPECT_EQ(up("object=cluster,host=lab"), "1");
    EXPECT_THAT(events(), IsEmpty());
}

TEST_F(presence_test, a_slow_node_has_three_of_its_own_intervals) {
    for (int i = 0; i < 20; ++i) {
        cycle(pve1());
        pass(30);
    }
    events();
    pass(30);
    EXPECT_THAT(events(), IsEmpty());
    pass(31);
    EXPECT_THAT(events(), ElementsAre("silent nodes pve1"));
}

TEST_F(presence_test, a_node_that_returns_is_back_with_all_that_it_has) {
    run({pve1()}, 5);
    pass(300);
    events();

    run({pve1()}, 4);

    EXPECT_THAT(events(), ElementsAre("back nodes pve1"));
    EXPECT_EQ(up("object=nodes,host=pve1"), "1");
    EXPECT_EQ(up("object=qemu,vmid=100,nodename=pve1,host=web01"), "1");
}

TEST_F(presence_test, our_own_pause_is_nobodys_silence) {
    run({pve1()}, 5);
    second_ += 600;  // the machine was stopped
    look();
    EXPECT_THAT(events(), IsEmpty());
    pass(36);
    EXPECT_THAT(events(), ElementsAre("silent nodes pve1"));
}

// ---- guests and storages

TEST_F(presence_test, a_guest_is_gone_after_two_transactions_without_it) {
    run({pve1()}, 5);
    auto less = pve1();
    less.guests.pop_back();

    run({less}, 1);
    EXPECT_THAT(events(), IsEmpty());
    run({less}, 1);

    EXPECT_THAT(events(), ElementsAre("gone qemu db01"));
    EXPECT_EQ(up("object=qemu,vmid=101,nodename=pve1,host=db01"), "0");
    EXPECT_EQ(up("object=qemu,vmid=100,nodename=pve1,host=web01"), "1");

    run({pve1()}, 1);
    EXPECT_THAT(events(), ElementsAre("back qemu db01"));
    EXPECT_EQ(up("object=qemu,vmid=101,nodename=pve1,host=db01"), "1");
}

TEST_F(presence_test, the_last_guest_of_a_node_is_gone_as_well) {
    // Then no transaction of guests is sent at all.
    run({pve2()}, 6);
    auto empty = pve2();
    empty.guests.clear();
    run({empty}, 4);
    EXPECT_THAT(events(), ElementsAre("gone qemu mail01"));
}

TEST_F(presence_test, a_dead_storage_is_gone) {
    auto node = pve1();
    node.storages = {"local", "nfs"};
    run({node}, 5);
    run({pve1()}, 2);
    EXPECT_THAT(events(), ElementsAre("gone storages nfs"));
    EXPECT_EQ(up("object=storages,nodename=pve1,host=nfs,type=dir"), "0");
}

TEST_F(presence_test, nothing_ends_in_our_first_three_cycles) {
    run({pve1()}, 1);
    auto less = pve1();
    less.guests.pop_back();
    run({less}, 2);
    EXPECT_THAT(events(), IsEmpty());
    run({less}, 2);
    EXPECT_THAT(events(), ElementsAre("gone qemu db01"));
}

TEST_F(presence_test, a_transaction_in_several_bodies_is_one) {
    // Beyond max-body-size PVE cuts it.
    for (int i = 0; i < 6; ++i) {
        auto first = pve1();
        first.guests.pop_back();
        auto second = pve1();
        second.guests.erase(second.guests.begin());
        cycle(first);
        cycle(second);
        pass(10);
    }
    EXPECT_THAT(events(), IsEmpty());
}

TEST_F(presence_test, over_udp_a_newer_timestamp_ends_a_transaction) {
    const auto send = [this](const pushed_node& of) {
        for (const auto& text : transactions_of(of)) {
            std::istringstream lines(text);
            for (std::string line; std::getline(lines, line);)
                intake_->datagram({"lab", "", ""}, line + "\n", now(), "192.0.2.1");
        }
        pass(10);
    };
    for (int i = 0; i < 5; ++i)
        send(pve1());
    auto less = pve1();
    less.guests.pop_back();
    send(less);
    send(less);
    EXPECT_THAT(events(), ElementsAre("gone qemu db01"));
}

TEST_F(presence_test, a_lost_datagram_is_no_absence_while_others_speak_of_the_guest) {
    for (int i = 0; i < 8; ++i) {
        auto texts = transactions_of(pve1());
        texts[1].erase(texts[1].rfind("system,"));  // the last line of db01
        for (const auto& text : texts)
            intake_->datagram({"lab", "", ""}, text, now(), "192.0.2.1");
        pass(10);
    }
    EXPECT_THAT(events(), IsEmpty());
}

TEST_F(presence_test, a_container_may_take_a_virtual_machines_number) {
    run({pve2()}, 5);
    const auto time = begin_s + second();
    push(
        fmt::format("system,object=lxc,vmid=200,nodename=pve2,host=dns1 cpu=0,status=\"running\" "
                    "{}000000000\n",
                    time));
    pass(1);
    EXPECT_THAT(events(), ElementsAre("deleted qemu mail01"));
}

// ---- migration and rename

TEST_F(presence_test, a_migration_is_noticed_when_the_other_node_reports) {
    run({pve1(), pve2()}, 5);
    auto from = pve1();
    auto to = pve2();
    to.guests.push_back(from.guests.back());

    cycle(from);
    pass(3);
    cycle(to);  // both report it
    pass(7);
    EXPECT_THAT(events_,
                ElementsAre(testing::AllOf(testing::HasSubstr(",vmid=101,nodename=pve1,host=db01 "),
                                           testing::HasSubstr("kind=\"migrated\""),
                                           testing::HasSubstr("from=\"pve1\",to=\"pve2\""))));
    events();

    from.guests.pop_back();
    run({from, to}, 8);
    EXPECT_THAT(events(), IsEmpty());
    EXPECT_EQ(up("object=qemu,vmid=101,nodename=pve2,host=db01"), "1");
}

TEST_F(presence_test, the_older_of_two_reports_loses_even_where_it_comes_later) {
    run({pve1(), pve2()}, 5);
    const auto late = transactions_of(pve1());  // taken before the migration, stuck on its way
    pass(3);
    auto to = pve2();
    to.guests.push_back(pve1().guests.back());
    cycle(to);
    pass(2);
    EXPECT_THAT(events(), ElementsAre("migrated qemu db01"));

    for (const auto& text : late)
        push(text);
    pass(5);

    EXPECT_THAT(events(), IsEmpty());
    forget_ups();
    auto from = pve1();
    from.guests.pop_back();
    run({from, to}, 4);
    EXPECT_EQ(up("object=qemu,vmid=101,nodename=pve2,host=db01"), "1");
}

TEST_F(presence_test, a_node_may_live_in_a_time_of_its_own) {
    auto skewed = pve1();
    skewed.clock_seconds = -7200;
    run({skewed, pve2()}, 5);
    EXPECT_THAT(events(), IsEmpty());

    // To the node whose clock is behind, and back.
    auto other = pve2();
    skewed.guests.push_back(other.guests.back());
    other.guests.clear();
    run({skewed, other}, 6);
    EXPECT_THAT(events(), ElementsAre("migrated qemu mail01"));

    skewed.guests.pop_back();
    run({skewed, pve2()}, 6);
    EXPECT_THAT(events(), ElementsAre("migrated qemu mail01"));
}

TEST_F(presence_test, a_clock_that_is_set_back_ends_nothing) {
    auto node = pve1();
    run({node}, 5);
    node.clock_seconds = -3600;
    run({node}, 5);
    EXPECT_THAT(events(), IsEmpty());
    node.guests.pop_back();
    run({node}, 2);
    EXPECT_THAT(events(), ElementsAre("gone qemu db01"));
}

TEST_F(presence_test, a_new_name_ends_the_old_one) {
    run({pve1()}, 5);
    auto renamed = pve1();
    renamed.guests[0].name = "shop01";
    run({renamed}, 4);
    EXPECT_THAT(events(), ElementsAre("renamed qemu web01"));
    EXPECT_EQ(up("object=qemu,vmid=100,nodename=pve1,host=shop01"), "1");
}

// ---- the API

topology::snapshot whole_api() {
    topology::snapshot known;
    known.is_quorate = true;
    return known;
}

class presence_with_api_test : public presence_test {
protected:
    topology::snapshot api() {
        auto known = whole_api();
        known.guests = {known_guest(100, "web01", "pve1"), known_guest(101, "db01", "pve1"),
                        known_guest(200, "mail01", "pve2")};
        known.nodes = {known_node("pve1"), known_node("pve2")};
        known.storages = {known_storage("pve1", "local"), known_storage("pve2", "local")};
        return known;
    }
    void begin() {
        run({pve1(), pve2()}, 5);
        publish(api());
    }
};

TEST_F(presence_with_api_test, a_deletion_is_confirmed_at_once) {
    begin();
    pass(3);
    auto known = api();
    known.guests.erase(known.guests.begin() + 1);
    publish(known);
    EXPECT_THAT(events(), ElementsAre("deleted qemu db01"));

    forget_ups();
    auto less = pve1();
    less.guests.pop_back();
    run({less, pve2()}, 4);
    EXPECT_THAT(events(), IsEmpty());
    EXPECT_EQ(up("object=qemu,vmid=101,nodename=pve1,host=db01"), "");
}

TEST_F(presence_with_api_test, what_was_seen_after_it_was_asked_is_not_deleted) {
    begin();
    auto known = api();
    known.guests.erase(known.guests.begin() + 1);
    cycle(pve1());
    publish(known);  // at the same second
    EXPECT_THAT(events(), IsEmpty());
}

TEST_F(presence_with_api_test, a_guest_that_the_token_may_not_see_is_not_deleted) {
    run({pve1(), pve2()}, 5);
    auto known = api();
    known.guests.erase(known.guests.begin());
    publish(known);
    pass(5);
    publish(known);
    EXPECT_THAT(events(), IsEmpty());
}

TEST_F(presence_with_api_test, rights_that_were_taken_away_delete_nothing) {
    begin();
    pass(5);
    auto known = api();
    known.guests.clear();
    known.rights = topology::rights{.none_at_all = false, .missing = {"VM.Audit"}};
    publish(known);
    EXPECT_THAT(events(), IsEmpty());
}

TEST_F(presence_with_api_test, an_answer_without_quorum_is_not_believed) {
    begin();
    pass(5);
    auto known = api();
    known.is_quorate = false;
    known.guests.clear();
    known.nodes.resize(1);
    publish(known);
    EXPECT_THAT(events(), IsEmpty());
}

TEST_F(presence_with_api_test, without_quorum_absence_is_not_believed_and_the_cluster_is_down) {
    begin();
    auto known = api();
    known.is_quorate = false;
    auto less = pve1();
    less.guests.pop_back();
    for (int i = 0; i < 8; ++i) {
        publish(known);
        run({less, pve2()}, 1);
    }
    EXPECT_THAT(events(), IsEmpty());
    EXPECT_EQ(up("object=cluster,host=lab"), "0");
}

TEST_F(presence_with_api_test, a_node_that_the_others_have_lost_takes_no_guest_back) {
    // pve1 is cut off and goes on reporting what was started on pve2.
    begin();
    auto known = api();
    known.nodes[0].status = "offline";
    known.guests[1].node = "pve2";
    auto to = pve2();
    to.guests.push_back(pve1().guests.back());
    publish(known);
    for (int i = 0; i < 6; ++i) {
        run({pve1(), to}, 1);
        publish(known);
    }
    EXPECT_THAT(events(), ElementsAre("migrated qemu db01"));
    EXPECT_EQ(up("object=nodes,host=pve1"), "0");
    EXPECT_EQ(up("object=nodes,host=pve2"), "1");
}

TEST_F(presence_with_api_test, a_migration_is_confirmed_at_once) {
    begin();
    pass(3);
    auto known = api();
    known.guests[1].node = "pve2";
    publish(known);
    EXPECT_THAT(events(), ElementsAre("migrated qemu db01"));
    auto from = pve1();
    auto to = pve2();
    to.guests.push_back(from.guests.back());
    from.guests.pop_back();
    run({from, to}, 6);
    EXPECT_THAT(events(), IsEmpty());
}

TEST_F(presence_with_api_test, a_dead_nodes_guest_is_renamed_by_the_api_alone) {
    begin();
    pass(40);
    events();
    auto known = api();
    known.guests[0].name = "shop01";
    publish(known);
    EXPECT_THAT(events(), ElementsAre("renamed qemu web01"));
}

TEST_F(presence_with_api_test, a_node_that_left_the_cluster_is_deleted_with_what_it_had) {
    begin();
    for (int i = 0; i < 4; ++i)
        run({pve2()}, 1);
    events();
    auto known = api();
    known.guests.erase(known.guests.begin(), known.guests.begin() + 2);
    known.nodes.erase(known.nodes.begin());
    known.storages.erase(known.storages.begin());
    publish(known);
    EXPECT_THAT(events(), UnorderedElementsAre("deleted qemu web01", "deleted qemu db01",
                                               "deleted storages local", "deleted nodes pve1"));
}

TEST_F(presence_with_api_test, what_the_api_knows_is_never_forgotten) {
    begin();
    pass(40);
    events();
    for (int hour = 0; hour < 30; ++hour) {
        publish(api());
        pass(3600);
    }
    EXPECT_THAT(events(), IsEmpty());
    EXPECT_EQ(up("object=nodes,host=pve1"), "0");
}

TEST_F(presence_test, what_nobody_knows_is_forgotten_after_a_day) {
    run({pve2()}, 5);
    pass(23 * 3600);
    EXPECT_THAT(events(), ElementsAre("silent nodes pve2"));
    pass(2 * 3600);
    EXPECT_THAT(events(), UnorderedElementsAre("deleted qemu mail01", "deleted storages local",
                                               "deleted nodes pve2"));
    forget_ups();
    pass(60);
    EXPECT_THAT(ups_, IsEmpty());
    EXPECT_EQ(watch_->counters().objects.value(), 0);
}

// ---- from one process to the next

TEST_F(presence_test, a_restart_neither_flaps_nor_forgets_a_dead_node) {
    run({pve1(), pve2()}, 5);
    run({pve2()}, 5);
    EXPECT_THAT(events(), ElementsAre("silent nodes pve1"));
    const auto kept = watch_->remember();

    pass(20);
    forget_ups();
    start({}, kept);
    run({pve2()}, 6);

    EXPECT_THAT(events(), IsEmpty());
    EXPECT_EQ(up("object=nodes,host=pve1"), "0");
    EXPECT_EQ(up("object=qemu,vmid=100,nodename=pve1,host=web01"), "0");
    EXPECT_EQ(up("object=qemu,vmid=200,nodename=pve2,host=mail01"), "1");
    run({pve1(), pve2()}, 1);
    EXPECT_THAT(events(), ElementsAre("back nodes pve1"));
}

TEST_F(presence_test, what_died_while_we_were_down_is_noticed) {
    run({pve1(), pve2()}, 5);
    const auto kept = watch_->remember();
    pass(20);
    start({}, kept);
    forget_ups();
    auto less = pve2();
    less.guests.clear();
    run({less}, 3);
    EXPECT_EQ(up("object=nodes,host=pve1"), "");  // neither up nor down yet
    run({less}, 4);
    EXPECT_THAT(events(), UnorderedElementsAre("silent nodes pve1", "gone qemu mail01"));
    EXPECT_EQ(up("object=nodes,host=pve1"), "0");
}

TEST_F(presence_test, a_restart_does_not_begin_the_day_anew) {
    run({pve2()}, 5);
    pass(20 * 3600);
    events();
    const auto kept = watch_->remember();
    start({}, kept);
    pass(5 * 3600);
    EXPECT_THAT(events(), UnorderedElementsAre("deleted qemu mail01", "deleted storages local",
                                               "deleted nodes pve2"));
}

TEST_F(presence_test, what_is_kept_comes_back_as_it_was) {
    run({pve1(), pve2()}, 5);
    run({pve2()}, 5);
    const auto kept = watch_->remember();
    start({}, kept);
    EXPECT_EQ(watch_->remember(), kept);
    const auto all = watch_->overview();
    ASSERT_EQ(all.size(), 1u);
    EXPECT_EQ(all[0].nodes, 2u);
    EXPECT_EQ(all[0].guests, 3u);
    ASSERT_EQ(all[0].silent.size(), 1u);
    EXPECT_EQ(all[0].silent[0].name, "pve1");
}

TEST_F(presence_test, a_file_that_is_cut_anywhere_is_not_believed) {
    run({pve1()}, 5);
    const auto kept = watch_->remember();
    for (std::size_t bytes = 0; bytes < kept.size(); ++bytes) {
        presence other({});
        EXPECT_FALSE(other.restore(std::string_view(kept).substr(0, bytes), {"lab"}, now()));
        EXPECT_EQ(other.counters().objects.value(), 0);
    }
}

TEST_F(presence_test, a_cluster_that_is_configured_no_more_is_forgotten_without_a_word) {
    run({pve1()}, 5);
    watch_->keep_only({"other"});
    pass(60);
    EXPECT_THAT(events(), IsEmpty());
    EXPECT_EQ(watch_->counters().objects.value(), 0);
}

// ---- bounds

TEST_F(presence_test, objects_beyond_the_bound_are_counted_and_not_tracked) {
    start({.objects_max = 3});
    run({pve1()}, 5);
    EXPECT_EQ(watch_->counters().objects.value(), 3);
    EXPECT_GT(watch_->counters().untracked.value(), 0u);
}

TEST_F(presence_test, a_backup_server_is_a_node_of_its_own_even_on_a_node_of_its_name) {
    const auto push_backup = [this] {
        push(fmt::format("memory,object=host,host=pve1 memtotal=1 {}000000000\n",
                         begin_s + second()));
    };
    for (int i = 0; i < 8; ++i) {
        push_backup();
        run({pve1()}, 1);
    }
    EXPECT_THAT(events(), IsEmpty());
    EXPECT_EQ(up("object=host,host=pve1"), "1");
    EXPECT_EQ(up("object=qemu,vmid=100,nodename=pve1,host=web01"), "1");
    run({pve1()}, 4);
    EXPECT_THAT(events(), ElementsAre("silent host pve1"));
}

TEST_F(presence_test, every_line_is_one_that_ingest_takes) {
    run({pve1(), pve2()}, 5);
    auto less = pve1();
    less.guests.pop_back();
    less.guests[0].name = "new name";
    run({less}, 6);
    std::string all;
    for (const auto* lines : {&events_, &ups_}) {
        for (const auto& line : *lines)
            all += line + "\n";
    }
    intake other({}, journal_, counters_, log_);
    const auto body = other.open({"lab", "", ""}, protocol::precision::ns, now(), nullptr, "us");
    body->feed(all);
    EXPECT_EQ(body->finish().rejected, 0u);
    EXPECT_EQ(counters_.foreign_tags.value(), 0u);
    EXPECT_EQ(counters_.repeated_fields.value(), 0u);
}

}  // namespace
}  // namespace relay::ingest
