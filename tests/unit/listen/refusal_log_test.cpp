#include "relay/listen/refusal_log.hpp"

#include "tests/support/recording_log.hpp"

#include <gmock/gmock.h>

#include <chrono>

namespace relay::listen {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(refusal_log, strangers_cannot_fill_the_disk) {
    tests::recording_log log;
    refusal_log refusals(log);
    const steady_time start(1h);

    for (int i = 0; i < 1000; ++i) {
        refusals.report(refused_for::token, "192.0.2.1", start + i * 1ms);
    }
    refusals.report(refused_for::address, "192.0.2.2", start);
    refusals.report(refused_for::token, "192.0.2.3", start + 10s);

    ASSERT_EQ(log.messages.size(), 3u);
    EXPECT_THAT(log.messages[0].second, HasSubstr("192.0.2.1: its token is missing or wrong"));
    EXPECT_THAT(log.messages[0].second, Not(HasSubstr("more since")));
    EXPECT_THAT(log.messages[1].second, HasSubstr("allow-list"));
    EXPECT_THAT(log.messages[2].second, HasSubstr("(999 more since the last message)"));
}

}  // namespace
}  // namespace relay::listen
