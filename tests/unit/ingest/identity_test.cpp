#include "relay/ingest/identity.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace relay::ingest {
namespace {

const std::vector<std::string> any_bucket;

cluster_rule named(std::string name) {
    cluster_rule rule;
    rule.name = std::move(name);
    return rule;
}

std::string cluster_of(const identity& who, const sender& from) {
    const auto lane = who.resolve(from, any_bucket);
    return lane ? lane->cluster : "(refused)";
}

sender from_address(std::string_view address) {
    sender from{};
    from.address = address;
    return from;
}

TEST(identity, a_single_cluster_without_rules_accepts_everyone) {
    const identity who({named("lab")});

    const auto lane = who.resolve({"192.0.2.1", "", "secret", "proxmox", "a/b"}, any_bucket);

    ASSERT_TRUE(lane);
    EXPECT_EQ(*lane, (journal::lane{.cluster = "lab", .bucket = "proxmox", .tenant = ""}));
}

TEST(identity, each_kind_of_rule_finds_its_cluster) {
    auto by_bucket = named("bucket");
    by_bucket.buckets = {"one", "two"};
    auto by_token = named("token");
    by_token.tokens = {secret("first"), secret("second")};
    auto by_source = named("source");
    by_source.sources = {"192.0.2.0/24", "2001:db8::/32"};
    auto by_prefix = named("prefix");
    by_prefix.prefix = "/lab/";
    const identity who({by_bucket, by_token, by_source, by_prefix});

    EXPECT_EQ(cluster_of(who, {"", "", "", "two", ""}), "bucket");
    EXPECT_EQ(cluster_of(who, {"", "", "second", "", ""}), "token");
    EXPECT_EQ(cluster_of(who, {"192.0.2.200", "", "", "", ""}), "source");
    EXPECT_EQ(cluster_of(who, {"2001:db8:1::5", "", "", "", ""}), "source");
    EXPECT_EQ(cluster_of(who, {"", "", "", "", "lab"}), "prefix");
    EXPECT_EQ(cluster_of(who, {"198.51.100.1", "", "secon", "three", "lab/x"}), "(refused)");
}

// A dual-stack socket names an IPv4 peer in its mapped form.
TEST(identity, a_mapped_address_lies_in_its_ipv4_network) {
    auto rule = named("lab");
    rule.sources = {"192.0.2.0/25"};
    const identity who({rule});

    EXPECT_EQ(cluster_of(who, from_address("::ffff:192.0.2.127")), "lab");
    EXPECT_EQ(cluster_of(who, from_address("::ffff:192.0.2.128")), "(refused)");
    EXPECT_EQ(cluster_of(who, from_address("not an address")), "(refused)");
    EXPECT_EQ(cluster_of(who, from_address("")), "(refused)");
}

TEST(identity, every_rule_that_is_given_must_match) {
    auto rule = named("lab");
    rule.buckets = {"lab"};
    rule.tokens = {secret("right")};
    const identity who({rule});

    EXPECT_EQ(cluster_of(who, {"", "", "right", "lab", ""}), "lab");
    EXPECT_EQ(cluster_of(who, {"", "", "wrong", "lab", ""}), "(refused)");
    EXPECT_EQ(cluster_of(who, {"", "", "right", "other", ""}), "(refused)");
}

TEST(identity, an_empty_token_is_never_the_right_one) {
    auto rule = named("lab");
    rule.tokens = {secret("")};
    const identity who({rule});

    EXPECT_EQ(cluster_of(who, {"", "", "", "", ""}), "(refused)");
}

TEST(identity, of_several_that_match_the_first_wins_and_the_open_one_comes_last) {
    auto first = named("first");
    first.buckets = {"b"};
    auto second = named("second");
    second.buckets = {"b"};
    const identity who({named("open"), first, second});

    EXPECT_EQ(cluster_of(who, {"", "", "", "b", ""}), "first");
    EXPECT_EQ(cluster_of(who, {"", "", "", "elsewhere", ""}), "open");
}

TEST(identity, the_cluster_of_a_listener_decides_alone) {
    auto rule = named("ruled");
    rule.buckets = {"b"};
    const identity who({named("open"), rule});

    EXPECT_EQ(cluster_of(who, {"", "ruled", "", "elsewhere", ""}), "ruled");
    EXPECT_EQ(cluster_of(who, {"", "open", "", "b", ""}), "open");
    EXPECT_EQ(cluster_of(who, {"", "unheard of", "", "b", ""}), "(refused)");
}

TEST(identity, an_enforced_bucket_is_one_of_the_list) {
    const identity who({named("lab")});
    const std::vector<std::string> enforced{"proxmox", "backup"};
    sender from{};

    from.bucket = "backup";
    EXPECT_TRUE(who.resolve(from, enforced));
    for (const auto* bucket : {"", "Backup", "backup2"}) {
        from.bucket = bucket;
        EXPECT_EQ(who.resolve(from, enforced).error(), refusal::unknown_bucket) << bucket;
    }
}

// Who may not know the clusters learns nothing of the buckets either.
TEST(identity, no_cluster_is_said_before_no_bucket) {
    auto rule = named("lab");
    rule.tokens = {secret("right")};
    const identity who({rule});
    const std::vector<std::string> enforced{"proxmox"};

    EXPECT_EQ(who.resolve({"", "", "wrong", "none", ""}, enforced).error(), refusal::no_cluster);
}

TEST(identity, a_bucket_too_long_for_a_record_is_unknown) {
    const identity who({named("lab")});
    const std::string longest(bucket_bytes_max, 'b');
    sender from{};

    from.bucket = longest;
    EXPECT_TRUE(who.resolve(from, any_bucket));
    const std::string longer = longest + 'b';
    from.bucket = longer;
    EXPECT_EQ(who.resolve(from, any_bucket).error(), refusal::unknown_bucket);
}

TEST(identity, a_source_that_is_no_network_is_refused_at_start) {
    auto rule = named("lab");
    rule.sources = {"192.0.2.0/33"};

    EXPECT_THROW(identity({rule}), std::invalid_argument);
}

}  // namespace
}  // namespace relay::ingest
