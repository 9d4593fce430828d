// Scenarios: how they are written, and what is said of what is no scenario.
#include "relay/simulate/scenario.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace relay::simulate {
namespace {

using testing::HasSubstr;

std::string problem_of(std::string_view text) {
    const auto read = parse_scenario(text);
    return read ? "" : read.error();
}

TEST(scenario, settings) {
    const auto read = parse_scenario(
        "# a comment\n\n  name lab\npve 7.4-15\r\ntoken a@pve!b=c\nlevel c\n"
        "address pve1 192.0.2.11\nfingerprint pve1 AA:BB\n");

    ASSERT_TRUE(read) << read.error();
    EXPECT_EQ(read->name, "lab");
    EXPECT_EQ(read->pve.version(), "7.4-15");
    EXPECT_EQ(read->token, "a@pve!b=c");
    EXPECT_EQ(read->level, "c");
    EXPECT_EQ(read->addresses.at("pve1"), "192.0.2.11");
    EXPECT_EQ(read->fingerprints.at("pve1"), "AA:BB");
}

TEST(scenario, events_stand_in_the_order_of_time) {
    const auto read =
        parse_scenario("at 30 migrate 101 pve2\nat 10 rename 101 VM 101\nat 10 tag 5\n");

    ASSERT_TRUE(read) << read.error();
    ASSERT_EQ(read->events.size(), 3u);
    EXPECT_EQ(read->events[0].kind, event_kind::rename);
    EXPECT_EQ(read->events[0].text, "VM 101");
    EXPECT_EQ(read->events[1].kind, event_kind::tag);
    EXPECT_EQ(read->events[2].second, 30);
    EXPECT_EQ(read->events[2].node, "pve2");
}

TEST(scenario, faults) {
    const auto read =
        parse_scenario("at 60 for 600 fault slow=1500 node=pve2 path=nodes\nat 5 fault hangup\n");

    ASSERT_TRUE(read) << read.error();
    ASSERT_EQ(read->faults.size(), 2u);
    EXPECT_EQ(read->faults[0].from, 60);
    EXPECT_EQ(read->faults[0].until, 660);
    EXPECT_EQ(read->faults[0].delay, std::chrono::milliseconds(1'500));
    EXPECT_EQ(read->faults[0].node, "pve2");
    EXPECT_EQ(read->faults[0].path, "nodes");
    EXPECT_EQ(read->faults[1].kind, fault_kind::hang_up);
}

TEST(scenario, mistakes_are_named_with_their_line) {
    EXPECT_THAT(problem_of("name lab\nat x stop 1\n"), HasSubstr("line 2"));
    EXPECT_THAT(problem_of("nonsense\n"), HasSubstr("unknown statement 'nonsense'"));
    EXPECT_THAT(problem_of("at 1 fly 101"), HasSubstr("unknown event 'fly'"));
    EXPECT_THAT(problem_of("at 1 migrate 101"), HasSubstr("a node was expected"));
    EXPECT_THAT(problem_of("at 1 stop all"), HasSubstr("a guest's number"));
    EXPECT_THAT(problem_of("at 1 stop 101 now"), HasSubstr("too many words"));
    EXPECT_THAT(problem_of("at 1 backup 101 0 ok"), HasSubstr("number of seconds"));
    EXPECT_THAT(problem_of("at 1 fault 700"), HasSubstr("no fault '700'"));
    EXPECT_THAT(problem_of("at 1 fault cut where=x"), HasSubstr("node=… nor path=…"));
    EXPECT_THAT(problem_of("pve 6.4"), HasSubstr("7, 8 and 9"));
    EXPECT_THAT(problem_of("pve nine"), HasSubstr("9.2.11"));
    EXPECT_THAT(problem_of("at 99999999999 stop 1"), HasSubstr("line 1"));
}

TEST(scenario, its_help_is_one) {
    // Every line of the help that is indented by two blanks alone is a statement.
    std::string_view help = scenario_help();
    for (; !help.empty(); help.remove_prefix(help.find('\n') + 1)) {
        const auto line = help.substr(0, help.find('\n'));
        if (!line.starts_with("  ") || line.starts_with("  fault:") ||
            line.find("early)") != line.npos)
            continue;
        // Two statements may stand side by side, and a remark behind them.
        const auto second = line.find("  at ", 3);
        const auto first = line.substr(0, std::min(second, line.find("   ", 2)));
        EXPECT_EQ(problem_of(first), "") << first;
    }
}

}  // namespace
}  // namespace relay::simulate
