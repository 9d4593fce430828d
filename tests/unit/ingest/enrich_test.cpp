// [enrich]: what the API says of a guest becomes tags of its lines.
#include "tests/unit/ingest/guest_fixture.hpp"

namespace relay::ingest {
namespace {

using testing::HasSubstr;
using testing::Not;

class enrich_test : public guests_test {
protected:
    static ingest_options with(std::vector<guest_property> enrich) {
        ingest_options options;
        options.enrich = std::move(enrich);
        return options;
    }
};

constexpr std::string_view time = " 1755785270000000000\n";

TEST_F(enrich_test, adds_what_the_snapshot_says_among_the_other_tags) {
    auto guest = guest_of(100, "prod", {"db", "web"});
    guest.is_template = true;
    guest.ha_state = "started";
    guest.config = topology::guest_config{.starts_at_boot = true, .os_type = "l26"};
    board_.publish(snapshot_of("lab", {guest}));
    look_at_board(with({std::begin(guest_properties), std::end(guest_properties)}));

    EXPECT_EQ(refined(line_of(100)),
              "system,cluster=lab,hastate=started,host=vm100,nodename=pve1,object=qemu,onboot=1,"
              "ostype=l26,pool=prod,tags=db;web,template=1,vmid=100 cpu=1" +
                  std::string(time));
}

TEST_F(enrich_test, leaves_out_what_is_empty_or_not_known) {
    board_.publish(snapshot_of("lab", {guest_of(100, "")}));
    look_at_board(with({std::begin(guest_properties), std::end(guest_properties)}));

    const auto bare = "system,cluster=lab,host=vm100,nodename=pve1,object=qemu,vmid=100 cpu=1" +
                      std::string(time);
    EXPECT_EQ(refined(line_of(100)), bare);
    EXPECT_THAT(refined(line_of(200)), HasSubstr("object=qemu,vmid=200 cpu=1"))
        << "a guest that no snapshot has";
}

TEST_F(enrich_test, leaves_lines_alone_that_name_no_guest) {
    board_.publish(snapshot_of("lab", {guest_of(100, "prod")}));
    look_at_board(with({guest_property::pool}));

    EXPECT_THAT(refined("cpustat,object=nodes,host=pve1,pool=theirs cpu=1\n"),
                HasSubstr("pool=theirs "));
    EXPECT_THAT(refined("m,vmid=abc,pool=theirs cpu=1\n"), HasSubstr("pool=theirs,"));
}

// Who could send a pool could write into the series of a guest in it.
TEST_F(enrich_test, wins_over_a_senders_own_tag) {
    board_.publish(snapshot_of("lab", {guest_of(100, "prod"), guest_of(101, "")}));
    look_at_board(with({guest_property::pool}));

    const auto pushed = [&](const char* vmid) {
        return refined("m,vmid=" + std::string(vmid) + ",pool=theirs cpu=1\n");
    };
    EXPECT_THAT(pushed("100"), HasSubstr("m,cluster=lab,pool=prod,vmid=100 "));
    EXPECT_THAT(pushed("101"), HasSubstr("m,cluster=lab,vmid=101 "));
    EXPECT_THAT(pushed("102"), HasSubstr("m,cluster=lab,vmid=102 ")) << "not known";
    EXPECT_EQ(counters_.replaced_tags.value(), 3U);
}

TEST_F(enrich_test, escapes_values_and_leaves_out_what_no_store_could_read) {
    board_.publish(snapshot_of("lab", {guest_of(100, "a b,c=d"), guest_of(101, "a\nm x=1"),
                                       guest_of(102, "a\\"), guest_of(103, "\xff")}));
    look_at_board(with({guest_property::pool}));

    EXPECT_THAT(refined(line_of(100)), HasSubstr(",pool=a\\ b\\,c\\=d,vmid=100 "));
    for (const auto vmid : {101U, 102U, 103U})
        EXPECT_THAT(refined(line_of(vmid)), Not(HasSubstr("pool"))) << vmid;
}

// InfluxDB 3 refuses a name that is a tag and a field of one table.
TEST_F(enrich_test, puts_a_tag_in_the_place_of_the_field_of_its_name) {
    board_.publish(snapshot_of("lab", {guest_of(100, "prod", {"web"})}));
    look_at_board(with({guest_property::tags}));

    EXPECT_THAT(refined(line_of(100, "cpu=1,tags=\"web\",template=1")),
                HasSubstr(",tags=web,vmid=100 cpu=1,template=1 "));
    EXPECT_THAT(refined(line_of(200, "cpu=1,tags=\"web\"")), HasSubstr(",vmid=200 cpu=1 "))
        << "nor may the name be a field until the guest is known";
    EXPECT_THAT(refined("m,object=nodes tags=\"x\",y=1\n"), HasSubstr(" tags=\"x\",y=1 "));
}

TEST_F(enrich_test, follows_the_snapshot_from_body_to_body) {
    look_at_board(with({guest_property::pool}));
    EXPECT_THAT(refined(line_of(100)), Not(HasSubstr("pool")));

    board_.publish(snapshot_of("lab", {guest_of(100, "a")}));
    EXPECT_THAT(refined(line_of(100)), HasSubstr("pool=a"));

    board_.publish(snapshot_of("lab", {guest_of(100, "b")}));
    EXPECT_THAT(refined(line_of(100)), HasSubstr("pool=b"));

    board_.publish(snapshot_of("lab", {}));
    EXPECT_THAT(refined(line_of(100)), Not(HasSubstr("pool")));
}

TEST_F(enrich_test, looks_in_the_snapshot_of_the_lines_own_cluster) {
    board_.publish(snapshot_of("lab", {guest_of(100, "a")}));
    board_.publish(snapshot_of("prod", {guest_of(100, "b")}));
    look_at_board(with({guest_property::pool}));

    for (const auto* cluster : {"lab", "prod", "unasked"}) {
        auto body = intake_->open({.cluster = cluster, .bucket = "", .tenant = ""},
                                  protocol::precision::ns, noon, nullptr, "");
        body->feed(line_of(100));
        std::ignore = body->finish();
    }

    const auto text = journal_.text();
    EXPECT_THAT(text, HasSubstr("cluster=lab,host=vm100,nodename=pve1,object=qemu,pool=a"));
    EXPECT_THAT(text, HasSubstr("cluster=prod,host=vm100,nodename=pve1,object=qemu,pool=b"));
    EXPECT_THAT(text, HasSubstr("cluster=unasked,host=vm100,nodename=pve1,object=qemu,vmid"));
}

TEST_F(enrich_test, is_the_same_for_datagrams) {
    board_.publish(snapshot_of("lab", {guest_of(100, "prod")}));
    look_at_board(with({guest_property::pool}));

    intake_->datagram(lab, line_of(100), noon, "");
    intake_->flush_all();

    EXPECT_THAT(journal_.text(), HasSubstr("pool=prod,vmid=100"));
}

// Forged numbers fill no memory, and push no known guest out for good.
TEST_F(enrich_test, knows_its_guests_among_any_number_of_others) {
    board_.publish(snapshot_of("lab", {guest_of(100, "prod")}));
    look_at_board(with({guest_property::pool}));

    for (std::uint32_t vmid = 1000; vmid < 20'000; ++vmid)
        std::ignore = push(line_of(vmid));

    EXPECT_THAT(refined(line_of(100)), HasSubstr("pool=prod"));
}

TEST_F(enrich_test, any_chunking_gives_the_same) {
    board_.publish(snapshot_of("lab", {guest_of(100, "a"), guest_of(101, "b")}));
    look_at_board(with({guest_property::pool, guest_property::tags}));
    const auto text = line_of(100) + "m x=1 1\n" + line_of(101, "tags=\"b\",x=1") + line_of(102);

    const auto whole = refined(text);
    for (const std::size_t bytes : {1U, 7U, 64U}) {
        journal_.batches.clear();
        std::ignore = push(text, bytes);
        EXPECT_EQ(journal_.text(), whole) << bytes;
    }
}

}  // namespace
}  // namespace relay::ingest
