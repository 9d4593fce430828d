// [[tenant]]: the lines of a tenant's guests go to lanes of theirs.
#include "tests/unit/ingest/guest_fixture.hpp"

#include <map>

namespace relay::ingest {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

class tenant_test : public guests_test {
protected:
    tenant_test() {
        options_.tenants = {
            {.name = "a", .clusters = {}, .pools = {"a"}, .tags = {"team-a"}, .vmids = {}},
            {.name = "b", .clusters = {}, .pools = {"b"}, .tags = {}, .vmids = {{500, 599}}},
        };
        board_.publish(snapshot_of("lab", {guest_of(100, "a"), guest_of(101, "b"),
                                           guest_of(102, "", {"team-a"}), guest_of(103, "other")}));
        look_at_board(options_);
    }

    /// What the journal holds, by tenant.
    [[nodiscard]] std::map<std::string, std::string> texts() const {
        std::map<std::string, std::string> all;
        for (const auto& batch : journal_.batches)
            all[batch.lane.tenant] += batch.text;
        return all;
    }

    ingest_options options_;
};

TEST(tenant_rules, the_first_that_matches_wins) {
    const std::vector<tenant_rule> rules{
        {.name = "one", .clusters = {"lab"}, .pools = {"p"}, .tags = {}, .vmids = {}},
        {.name = "two", .clusters = {}, .pools = {"p", "q"}, .tags = {"t"}, .vmids = {{200, 299}}},
    };
    const auto find = [&](std::string_view cluster, const topology::guest& guest) {
        const auto* const rule = find_tenant(rules, cluster, guest.id.vmid, &guest);
        return rule == nullptr ? "" : rule->name;
    };

    EXPECT_EQ(find("lab", guest_of(1, "p")), "one");
    EXPECT_EQ(find("prod", guest_of(1, "p")), "two");
    EXPECT_EQ(find("lab", guest_of(1, "p/inner")), "one") << "pools nest";
    EXPECT_EQ(find("lab", guest_of(1, "pp")), "");
    EXPECT_EQ(find("lab", guest_of(1, "", {"s", "t"})), "two");
    EXPECT_EQ(find("lab", guest_of(200, "")), "two");
    EXPECT_EQ(find("lab", guest_of(300, "")), "");
    ASSERT_NE(find_tenant(rules, "lab", 299, nullptr), nullptr) << "a number needs no snapshot";
    EXPECT_EQ(find_tenant(rules, "lab", 199, nullptr), nullptr);
}

TEST(tenant_rules, read_numbers_and_ranges) {
    EXPECT_EQ(parse_vmid_range("100"), (vmid_range{100, 100}));
    EXPECT_EQ(parse_vmid_range("100-199"), (vmid_range{100, 199}));
    for (const auto* text :
         {"", "-", "100-", "-100", "199-100", "1e3", "+1", "1234567890", "1-2-3"})
        EXPECT_FALSE(parse_vmid_range(text)) << text;
}

TEST_F(tenant_test, one_body_fills_a_batch_of_each_lane_in_order) {
    const auto result =
        push(line_of(100, "n=1") + line_of(101, "n=2") + "m n=3 1\n" + line_of(102, "n=4") +
             line_of(103, "n=5") + line_of(999, "n=6") + line_of(100, "n=7") + line_of(500, "n=8"));

    EXPECT_EQ(result.accepted, 8U);
    EXPECT_EQ(result.batches, 3U);
    const auto numbers = [](const std::string& text) {
        std::string all;
        for (auto at = text.find(" n="); at != std::string::npos; at = text.find(" n=", at + 1))
            all += text[at + 3];
        return all;
    };
    auto by_tenant = texts();
    EXPECT_EQ(numbers(by_tenant[""]), "356");
    EXPECT_EQ(numbers(by_tenant["a"]), "147");
    EXPECT_EQ(numbers(by_tenant["b"]), "28");
    for (const auto& batch : journal_.batches) {
        EXPECT_EQ(batch.lane.cluster, "lab");
        EXPECT_EQ(batch.lane.bucket, "proxmox");
    }
}

// The answer waits for each of them.
TEST_F(tenant_test, every_batch_of_a_body_has_its_receipt) {
    struct counting final : journal::receipt {
        void written() noexcept override {}
        void settled(journal::durability) noexcept override { ++settlements; }
        std::size_t settlements = 0;
    };
    const auto receipt = std::make_shared<counting>();

    auto body = intake_->open(lab, protocol::precision::ns, noon, receipt, "");
    body->feed(line_of(100) + line_of(101) + line_of(103));
    const auto result = body->finish();

    EXPECT_EQ(result.batches, 3U);
    EXPECT_EQ(receipt->settlements, 3U);
}

TEST_F(tenant_test, memory_of_every_open_batch_is_counted) {
    auto body = intake_->open(lab, protocol::precision::ns, noon, nullptr, "");
    body->feed(line_of(103));
    const auto one = body->bytes_held();
    body->feed(line_of(100));
    const auto two = body->bytes_held();
    body->feed(line_of(101));

    EXPECT_GT(one, 0U);
    EXPECT_GE(two, one + 4096);
    EXPECT_GE(body->bytes_held(), two + 4096);
}

TEST_F(tenant_test, refused_lines_are_counted_and_the_good_ones_kept) {
    const auto result = push(line_of(100) + "bad\n" + line_of(101, "x=") + line_of(101));

    EXPECT_EQ(result.accepted, 2U);
    EXPECT_EQ(result.rejected, 2U);
    EXPECT_THAT(result.first_error, HasSubstr("line 2"));
}

TEST_F(tenant_test, a_line_that_fell_in_two_is_taken_back_from_its_own_lane) {
    const auto result = push(line_of(103, "n=1") +
                             "system,object=qemu,vmid=100,nodename=pve1,host=x name=\"nl\",x=12\n"
                             ",y=1 1755785270000000000\n" +
                             line_of(100, "n=2"));

    EXPECT_EQ(result.accepted, 2U);
    EXPECT_EQ(result.rejected, 2U);
    EXPECT_EQ(texts()["a"],
              "system,cluster=lab,host=vm100,nodename=pve1,object=qemu,vmid=100 n=2 "
              "1755785270000000000\n");
}

TEST_F(tenant_test, datagrams_wait_in_the_lane_of_the_tenant) {
    const auto later = [](int ms) {
        return moment{.steady = noon.steady + std::chrono::milliseconds(ms), .wall = noon.wall};
    };
    intake_->datagram(lab, line_of(103) + line_of(100), noon, "");
    intake_->datagram(lab, line_of(101), later(600), "");

    EXPECT_EQ(intake_->flush_due(later(999).steady), later(1000).steady);
    EXPECT_THAT(journal_.batches, IsEmpty());
    EXPECT_EQ(intake_->flush_due(later(1000).steady), later(1600).steady);
    EXPECT_EQ(journal_.batches.size(), 2U);
    intake_->datagram(lab, line_of(100), later(1200), "");
    EXPECT_EQ(intake_->flush_due(later(1600).steady), later(2200).steady);
    EXPECT_EQ(intake_->flush_due(later(2200).steady), steady_time::max());

    auto by_tenant = texts();
    EXPECT_EQ(by_tenant[""],
              "system,cluster=lab,host=vm103,nodename=pve1,object=qemu,vmid=103 "
              "cpu=1 1755785270000000000\n");
    EXPECT_EQ(std::ranges::count(by_tenant["a"], '\n'), 2);
    EXPECT_EQ(std::ranges::count(by_tenant["b"], '\n'), 1);
}

TEST_F(tenant_test, flush_all_leaves_nothing_behind) {
    intake_->datagram(lab, line_of(103) + line_of(100) + line_of(101), noon, "");
    intake_->flush_all();

    EXPECT_EQ(journal_.points(), 3U);
}

// Only buckets are the senders' to invent: a tenant's lines stay its own.
TEST_F(tenant_test, a_lane_too_many_loses_its_bucket_and_keeps_its_tenant) {
    options_.lanes_max = 2;
    look_at_board(options_);
    for (const auto* bucket : {"x", "y"}) {
        auto body = intake_->open({.cluster = "lab", .bucket = bucket, .tenant = ""},
                                  protocol::precision::ns, noon, nullptr, "");
        body->feed(line_of(100) + line_of(103));
        std::ignore = body->finish();
    }

    std::vector<std::string> lanes;
    for (const auto& batch : journal_.batches)
        lanes.push_back(batch.lane.bucket + "/" + batch.lane.tenant);
    EXPECT_THAT(lanes, testing::UnorderedElementsAre("x/", "x/a", "/", "/a"));
    EXPECT_GT(counters_.rest_lane.value(), 0U);
}

// Dead letters that an operator sends again know whose they were.
TEST_F(tenant_test, a_lane_that_names_its_tenant_keeps_it) {
    auto body = intake_->open({.cluster = "lab", .bucket = "", .tenant = "b"},
                              protocol::precision::ns, noon, nullptr, "");
    body->feed(line_of(100) + line_of(103));
    std::ignore = body->finish();

    EXPECT_EQ(std::ranges::count(texts()["b"], '\n'), 2);
}

TEST_F(tenant_test, nothing_but_numbers_is_known_without_an_api) {
    intake_ = std::make_unique<intake>(options_, journal_, counters_, log_);

    std::ignore = push(line_of(100) + line_of(555));

    EXPECT_THAT(texts()[""], HasSubstr("vmid=100"));
    EXPECT_THAT(texts()["b"], HasSubstr("vmid=555"));
}

}  // namespace
}  // namespace relay::ingest
