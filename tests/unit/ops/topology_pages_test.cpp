// What the operator sees of the Proxmox API: how old what is known is, who does not answer, and
// what the token lacks, with the command that mends it.
#include "relay/ops/metrics.hpp"
#include "relay/ops/status.hpp"

#include <gmock/gmock.h>

#include <chrono>
#include <memory>
#include <string>

namespace relay::ops {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class topology_pages : public testing::Test {
protected:
    topology_pages() {
        relay.started = now - 1h;
        relay.board = &board;
        relay.clusters = {{"lab", "relay@pve!relay", counters}};
    }
    void know(topology::snapshot known) {
        known.cluster = "lab";
        board.publish(std::make_shared<const topology::snapshot>(std::move(known)));
    }
    std::string metrics() { return metrics_text(relay, now); }
    std::string status() { return status_json(relay, now); }

    const wall_time now{1'755'785'270s};
    topology::snapshot_board board;
    std::shared_ptr<topology::api_counters> counters = std::make_shared<topology::api_counters>();
    observed relay;
};

TEST_F(topology_pages, age_counts_from_the_last_believed_answer) {
    know({.taken_s = 1'755'785'258});

    EXPECT_THAT(metrics(), HasSubstr("pverelay_topology_age_seconds{cluster=\"lab\"} 12\n"));
    EXPECT_THAT(status(), HasSubstr("\"age_seconds\":12"));
}

TEST_F(topology_pages, age_counts_from_the_start_where_nothing_was_ever_known) {
    EXPECT_THAT(metrics(), HasSubstr("pverelay_topology_age_seconds{cluster=\"lab\"} 3600\n"));
    EXPECT_THAT(status(), HasSubstr("\"clusters\":[{\"name\":\"lab\""));
}

TEST_F(topology_pages, requests_are_told_by_call_and_status) {
    counters->answers.with([](auto& all) {
        all[{topology::ask::cluster_resources, 200}] = 7;
        all[{topology::ask::ha_status, 0}] = 2;
    });

    EXPECT_THAT(metrics(),
                AllOf(HasSubstr("call=\"cluster/resources\",status=\"200\"} 7"),
                      HasSubstr("call=\"cluster/ha/status/current\",status=\"none\"} 2")));
}

TEST_F(topology_pages, a_token_without_rights_is_told_with_its_remedy) {
    know({.rights = topology::rights{.none_at_all = true}});

    EXPECT_THAT(metrics(), HasSubstr("pverelay_topology_right_missing{cluster=\"lab\","
                                     "right=\"none\"} 1"));
    EXPECT_THAT(status(),
                HasSubstr("pveum acl modify / -token 'relay@pve!relay' -role PVEAuditor"));
}

TEST_F(topology_pages, who_does_not_answer_is_named) {
    counters->silent.with([](auto& all) { all = {{"pve1", false}, {"pve2", true}}; });
    counters->last_error.with([](auto& text) { text = "cluster/resources: 595 No route"; });

    EXPECT_THAT(metrics(), AllOf(HasSubstr("target=\"pve1\"} 0"), HasSubstr("target=\"pve2\"} 1")));
    EXPECT_THAT(status(), AllOf(HasSubstr("\"unanswered\":[\"pve2\"]"), HasSubstr("595 No route")));
}

TEST_F(topology_pages, another_name_is_told) {
    know({.name = "pve-lab"});
    EXPECT_THAT(metrics(), HasSubstr("pverelay_topology_name_differs{cluster=\"lab\"} 1"));

    know({.name = "lab"});
    EXPECT_THAT(metrics(), HasSubstr("pverelay_topology_name_differs{cluster=\"lab\"} 0"));
}

TEST_F(topology_pages, without_an_api_there_is_nothing_to_tell) {
    relay.clusters.clear();

    EXPECT_THAT(metrics(), Not(HasSubstr("topology_age_seconds{")));
    EXPECT_THAT(status(), HasSubstr("\"clusters\":[]"));
}

}  // namespace
}  // namespace relay::ops
