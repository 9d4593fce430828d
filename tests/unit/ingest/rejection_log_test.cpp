#include "relay/ingest/rejection_log.hpp"

#include "tests/unit/ingest/intake_fixture.hpp"

namespace relay::ingest {
namespace {

using namespace std::chrono_literals;

class rejections : public intake_test {
protected:
    void send(std::string_view bytes, std::chrono::milliseconds at) {
        intake_->datagram(lab, bytes, {.steady = steady_time(at), .wall = noon.wall}, "192.0.2.7");
    }
};

TEST_F(rejections, a_message_names_sender_lane_place_and_reason) {
    send("m f=1 5\nm f= 5\n", 0ms);

    ASSERT_EQ(log_.messages.size(), 1U);
    EXPECT_EQ(log_.messages[0].first, severity::warning);
    EXPECT_EQ(log_.messages[0].second,
              "refused from 192.0.2.7 (cluster lab, bucket proxmox): line 2, byte 4: missing field "
              "value: \"m f= 5\"");
}

TEST_F(rejections, there_is_one_message_per_reason_and_second) {
    send("m f= 5\nm f= 5\nm f=x 5\n", 1'000ms);
    send("m f= 5\nm f=x 5\n", 1'999ms);
    ASSERT_EQ(log_.messages.size(), 2U);

    send("m f= 5\n", 2'000ms);

    ASSERT_EQ(log_.messages.size(), 3U);
    EXPECT_THAT(log_.messages[2].second, testing::EndsWith(" (and 2 more since the last message)"));
}

TEST_F(rejections, a_hostile_bucket_can_not_forge_a_message) {
    const journal::lane evil{.cluster = "lab", .bucket = "b\nfake", .tenant = ""};
    intake_->datagram(evil, "m f=\n", noon, "192.0.2.7\n");

    EXPECT_THAT(log_.messages.at(0).second, testing::HasSubstr("bucket b\\x0afake"));
    EXPECT_THAT(log_.messages.at(0).second, testing::Not(testing::HasSubstr("\n")));
}

}  // namespace
}  // namespace relay::ingest
