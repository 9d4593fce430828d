// A cluster without a name gets one before anything is built of it, or nothing is.
#include "relay/cluster_naming.hpp"

#include "tests/support/recording_log.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/unit/app/api_server.hpp"

#include <gmock/gmock.h>

#include <fstream>
#include <memory>

namespace relay {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

class cluster_naming : public testing::Test {
protected:
    [[nodiscard]] config::settings nameless(const api_server& api) const {
        auto settings = api.settings("");
        settings.topology_directory = directory_.path() / "topology";
        return settings;
    }

    tests::temporary_directory directory_;
    tests::recording_log log_;
    const system_time time_;
};

TEST_F(cluster_naming, takes_what_the_api_says_and_keeps_it) {
    auto api = std::make_unique<api_server>("name prod\n");
    auto settings = nameless(*api);
    auto later = settings;
    ASSERT_TRUE(name_clusters(settings, time_, log_));
    EXPECT_EQ(settings.clusters[0].name, "prod");
    EXPECT_EQ(settings.apis[0].cluster, "prod");

    api.reset();
    later.apis[0].nodes.insert(later.apis[0].nodes.begin(), "http://127.0.0.1:9");
    ASSERT_TRUE(name_clusters(later, time_, log_));
    EXPECT_EQ(later.clusters[0].name, "prod");
}

TEST_F(cluster_naming, leaves_a_name_that_was_given_alone_and_asks_nobody) {
    const api_server api("name prod\n");
    auto settings = api.settings("lab");

    ASSERT_TRUE(name_clusters(settings, time_, log_));

    EXPECT_EQ(settings.clusters[0].name, "lab");
    EXPECT_THAT(log_.messages, IsEmpty());
}

TEST_F(cluster_naming, says_of_every_address_why_it_gave_none) {
    const api_server api("at 0 fault 401\n");
    auto settings = nameless(api);
    settings.apis[0].nodes.emplace_back("http://127.0.0.1:9");

    const auto named = name_clusters(settings, time_, log_);

    ASSERT_FALSE(named);
    EXPECT_THAT(named.error(), HasSubstr("http://127.0.0.1:9: Failed to connect"));
    EXPECT_THAT(named.error(), HasSubstr(": 401"));
}

TEST_F(cluster_naming, refuses_two_that_are_one) {
    const api_server api("name prod\n");
    auto settings = nameless(api);
    settings.clusters.emplace_back().name = "prod";

    const auto named = name_clusters(settings, time_, log_);

    ASSERT_FALSE(named);
    EXPECT_THAT(named.error(), HasSubstr("two [[cluster]] are called \"prod\""));
}

TEST_F(cluster_naming, does_without_a_directory_that_cannot_be_written) {
    const api_server api("name prod\n");
    auto settings = nameless(api);
    std::ofstream(settings.topology_directory) << "a file";

    ASSERT_TRUE(name_clusters(settings, time_, log_));

    ASSERT_EQ(log_.messages.size(), 2u);
    EXPECT_THAT(log_.messages[1].second, HasSubstr("asks for the clusters' names again"));
}

}  // namespace
}  // namespace relay
