// Which series a sink leaves out, and which labels: what an operator chose, applied when a line is
// named and never per sample.
//
//     drop   = ["proxmox_ve_node_network_.*{device=~\"bond.*\"}"]   as Prometheus selects series
//     labels = ["name"]                                             beside those that tell apart
//
// A rule is a regular expression for the metric's name and, in braces, matchers of labels: = and !=
// with a text, =~ and !~ with a regular expression. All are anchored, as Prometheus has them, and
// RE2's: their time is linear in what senders choose. A label that is not there is empty.
#pragma once

#include "relay/base/expected.hpp"
#include "sinks/naming/naming.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace relay::sinks {

struct series_rules {
    std::vector<std::string> drop;
    /// Labels that stay beside those that tell series apart; none given: all of them.
    std::optional<std::vector<std::string>> labels;

    [[nodiscard]] bool empty() const noexcept { return drop.empty() && !labels; }
    bool operator==(const series_rules&) const = default;
};

/// What is wrong with the rules, as a sentence.
[[nodiscard]] std::optional<std::string> find_problem(const series_rules& rules);

/// Whether series are told apart by labels of that name: a rule never removes it. `host` of
/// measurement_field is among them, and `vmid`; `name` and `tags` are not.
[[nodiscard]] bool is_identity(std::string_view label) noexcept;

/// What `names` gives, but for what the rules leave out. Labels of lines of other senders all stay:
/// nobody knows which tell them apart.
/// @param rules in which find_problem() finds none
/// @param kept  labels that stay in any case: the external ones
[[nodiscard]] std::unique_ptr<naming> with_rules(std::unique_ptr<naming> names,
                                                 const series_rules& rules,
                                                 const std::vector<std::string>& kept);

}  // namespace relay::sinks
