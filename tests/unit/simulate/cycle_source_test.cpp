// A node's cycles, fresh and prepared.
#include "relay/simulate/cycle_source.hpp"

#include <gtest/gtest.h>

namespace relay::simulate {
namespace {

constexpr std::int64_t now = 1'763'000'000;

TEST(cycle_source, fresh_cycles_are_the_nodes_own) {
    const auto made = make_world({.nodes = 1});
    const auto& node = made.clusters[0].nodes[0];
    cycle_source source(node, 0);

    const auto expected = transactions_of(node, now);
    const auto& got = source.at(now);

    ASSERT_EQ(got.size(), expected.size());
    for (std::size_t i = 0; i < got.size(); ++i)
        EXPECT_EQ(got[i].text, expected[i].text);
}

TEST(cycle_source, prepared_cycles_carry_the_second_asked_for_on_every_line) {
    const auto made = make_world({.nodes = 4, .guests_per_node = 12});

    for (const auto& node : made.clusters[0].nodes) {
        cycle_source source(node, 2);
        for (std::int64_t cycle = 0; cycle < 5; ++cycle) {
            const auto seconds = now + 10 * cycle;
            const auto wanted = transactions_of(node, seconds);
            const auto& got = source.at(seconds);
            ASSERT_EQ(got.size(), wanted.size());
            for (std::size_t i = 0; i < got.size(); ++i) {
                const auto stamp = wanted[i].text.substr(wanted[i].text.rfind(' '));
                std::uint64_t stamped = 0;
                for (auto at = got[i].text.find(stamp); at != std::string::npos;
                     at = got[i].text.find(stamp, at + 1)) {
                    ++stamped;
                }
                EXPECT_EQ(stamped, got[i].lines);
                EXPECT_EQ(got[i].lines, wanted[i].lines);
            }
        }
    }
}

TEST(cycle_source, stamping_changes_seconds_and_nothing_else) {
    std::string text = "m f=1755785270 1755785270000000000\nm s=\"x\" 1755785271000000000\n";

    stamp_lines(text, now);

    EXPECT_EQ(text, "m f=1755785270 1763000000000000000\nm s=\"x\" 1763000000000000000\n");
}

}  // namespace
}  // namespace relay::simulate
