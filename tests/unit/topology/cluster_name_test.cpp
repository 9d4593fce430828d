// How a cluster is called that nobody named, and what is kept of it.
#include "relay/topology/cluster_name.hpp"

#include "tests/unit/topology/sample_bodies.hpp"

#include <gmock/gmock.h>

namespace relay::topology {
namespace {

using testing::HasSubstr;

TEST(cluster_name, is_the_clusters) {
    EXPECT_EQ(cluster_name_in(sample("cluster_status_cluster")).value(), "prod");
}

TEST(cluster_name, of_a_node_that_stands_alone_is_the_nodes) {
    EXPECT_EQ(cluster_name_in(R"({"data":[{"id":"node/pve","name":"pve","type":"node","local":1,
        "nodeid":0,"online":1,"ip":"192.0.2.11","level":""}]})")
                  .value(),
              "pve");
}

TEST(cluster_name, is_none_where_no_store_would_take_it) {
    const auto named = [](const std::string& name) {
        return cluster_name_in(R"({"data":[{"type":"cluster","name":")" + name +
                               R"(","nodes":2,"quorate":1},{"type":"node","name":"a","id":"node/a"},
            {"type":"node","name":"b","id":"node/b"}]})");
    };
    EXPECT_TRUE(named("a-Z.9"));
    for (const auto* bad : {"", "two words", "ends\\\\", "ü", "line\\nbreak"})
        EXPECT_FALSE(named(bad)) << bad;
    EXPECT_THAT(cluster_name_in("<html>").error(), HasSubstr("JSON"));
}

TEST(cluster_name, is_kept_by_address) {
    const names_by_url names{{"https://192.0.2.11:8006", "prod"}, {"https://pve9:8006", "pve9"}};

    EXPECT_EQ(read_names(write_names(names)), names);
}

TEST(cluster_name, is_not_read_from_what_is_no_name) {
    EXPECT_EQ(read_names("# pverelay names 1\nhttps://a b c\n x\nhttps://d\n\nhttps://e f\n"),
              (names_by_url{{"https://e", "f"}}));
    EXPECT_EQ(read_names("https://e f").size(), 1u);
    EXPECT_TRUE(read_names("").empty());
}

}  // namespace
}  // namespace relay::topology
