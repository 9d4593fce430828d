#include "tests/unit/ingest/intake_fixture.hpp"

namespace relay::ingest {
namespace {

using intake_body = intake_test;

TEST_F(intake_body, a_line_gets_the_cluster_and_sorted_tags) {
    const auto result = push("nics,object=nodes,host=pve1,instance=eth0 receive=3,transmit=4 5\n");

    EXPECT_EQ(journal_.text(),
              "nics,cluster=lab,host=pve1,instance=eth0,object=nodes receive=3,transmit=4 5\n");
    EXPECT_EQ(result.accepted, 1U);
    EXPECT_EQ(result.rejected, 0U);
    EXPECT_EQ(result.batches, 1U);
    EXPECT_EQ(result.first_error, "");
}

}  // namespace
}  // namespace relay::ingest
