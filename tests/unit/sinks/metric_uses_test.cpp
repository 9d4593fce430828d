// A metric is its measurement's own as long as equal series have lines of equal labels.

#include "sinks/metric_uses.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace relay::sinks {
namespace {

using samples = std::vector<named_sample>;

TEST(metric_uses, a_metric_of_one_measurement_is_its_own) {
    metric_uses uses;
    const auto& owner = uses.note(1, samples{{0, "m", {}}, {1, "n", {"state", "x"}, 1}});
    uses.note(1, samples{{0, "m", {}}, {1, "n", {"state", "y"}, 1}});
    EXPECT_TRUE(owner.is_alone);
    EXPECT_EQ(uses.conflicts(), 0u);
}

TEST(metric_uses, a_metric_of_two_measurements_is_of_neither) {
    metric_uses uses;
    const auto& one = uses.note(1, samples{{0, "m", {}}});
    const auto& other = uses.note(2, samples{{0, "m", {}}});
    EXPECT_FALSE(one.is_alone);
    EXPECT_FALSE(other.is_alone);
    EXPECT_EQ(uses.conflicts(), 2u);
}

TEST(metric_uses, nor_is_one_with_and_without_an_extra_label) {
    metric_uses uses;
    const auto& owner = uses.note(1, samples{{0, "m", {}}});
    uses.note(1, samples{{0, "m", {"state", "x"}, 1}});
    EXPECT_FALSE(owner.is_alone);
}

TEST(metric_uses, nor_is_one_whose_labels_are_not_its_lines) {
    metric_uses uses;
    const auto& owner = uses.note(1, samples{{0, "m", {}}});
    named_sample with_labels_of_its_own{0, "m", {}};
    with_labels_of_its_own.label_set = 1;
    uses.note(1, samples{with_labels_of_its_own});
    EXPECT_FALSE(owner.is_alone);
    EXPECT_EQ(uses.conflicts(), 1u);
}

}  // namespace
}  // namespace relay::sinks
