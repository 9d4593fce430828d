// What an operator leaves out.
#include "sinks/naming/series_rules.hpp"

#include "sinks/naming/series_selector.hpp"
#include "tests/unit/sinks/sent_samples.hpp"

#include <gmock/gmock.h>

namespace relay::sinks {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Key;
using testing::SizeIs;
using testing::UnorderedElementsAre;

const std::string noon = " 1755785270000000000\n";

bool selects(std::string_view rule, std::string_view metric,
             std::vector<protocol::label> labels = {}, protocol::label extra = {}) {
    const auto selector = series_selector::parse(rule);
    EXPECT_TRUE(selector) << rule << ": " << selector.error();
    return selector && selector->selects(metric, labels, extra);
}

std::string problem_of(std::string_view rule) {
    const auto selector = series_selector::parse(rule);
    return selector ? "" : selector.error();
}

TEST(series_selector, the_name_is_an_anchored_expression) {
    EXPECT_TRUE(selects("pve_up", "pve_up"));
    EXPECT_TRUE(selects("pve_.*", "pve_up"));
    EXPECT_FALSE(selects("pve", "pve_up"));
    EXPECT_FALSE(selects("up", "pve_up"));
    EXPECT_TRUE(selects("a{2}b", "aab")) << "braces of the expression itself";
    EXPECT_TRUE(selects("a{2}{x=\"y\"}", "aa", {{"x", "y"}}));
}

TEST(series_selector, matchers_are_those_of_prometheus) {
    const std::vector<protocol::label> tap{{"device", "tap100i0"}, {"node", "pve1"}};

    EXPECT_TRUE(selects("m{device=\"tap100i0\"}", "m", tap));
    EXPECT_FALSE(selects("m{device=\"tap\"}", "m", tap));
    EXPECT_TRUE(selects("m{device=~\"(tap|fwbr).*\"}", "m", tap));
    EXPECT_FALSE(selects("m{device=~\"tap\"}", "m", tap)) << "anchored";
    EXPECT_FALSE(selects("m{device!~\"tap.*\"}", "m", tap));
    EXPECT_TRUE(selects("m{device!=\"eno1\"}", "m", tap));
    EXPECT_TRUE(selects("m{ device =~ \"tap.*\" , node = \"pve1\", }", "m", tap));
    EXPECT_FALSE(selects("m{device=~\"tap.*\",node=\"pve2\"}", "m", tap));
    EXPECT_TRUE(selects("{node=\"pve1\"}", "whatever", tap));
}

TEST(series_selector, a_label_that_is_not_there_is_empty) {
    EXPECT_TRUE(selects("m{state=\"\"}", "m"));
    EXPECT_FALSE(selects("m{state=~\".+\"}", "m"));
    EXPECT_TRUE(selects("m{state=\"x\"}", "m", {}, {"state", "x"}));
}

TEST(series_selector, says_what_is_wrong) {
    EXPECT_THAT(problem_of("a("), HasSubstr("is no regular expression"));
    EXPECT_THAT(problem_of("a{b=~\"(\"}"), HasSubstr("is no regular expression"));
    EXPECT_THAT(problem_of("a{b~\"x\"}"), HasSubstr("one of = != =~ !~ follows the label b"));
    EXPECT_THAT(problem_of("a{b=\"x}"), HasSubstr("is a text in quotes"));
    EXPECT_THAT(problem_of("a{b=\"x\" c=\"y\"}"), HasSubstr("a comma stands between"));
    EXPECT_THAT(problem_of("a{1b=\"x\"}"), HasSubstr("is no name of a label"));
    EXPECT_THAT(problem_of("a\"}"), HasSubstr("a } without its {"));
}

samples sent(const std::string& text, series_rules rules,
             std::vector<naming_kind> naming = {naming_kind::proxmox}) {
    auto o = sent_options(std::move(naming));
    o.rules = std::move(rules);
    o.external = {{"site", "berlin"}};
    return sent_samples(text, o);
}

TEST(series_rules, what_a_rule_selects_is_left_out) {
    const std::string nic = "nics,object=nodes,host=pve1,instance=";
    const auto left = sent(
        nic + "eno1 receive=1,transmit=2" + noon + nic + "eno2 receive=3" + noon,
        {.drop = {"proxmox_ve_node_network_.*{device=~\"eno2|x\"}", ".*transmit.*"}, .labels = {}});

    EXPECT_THAT(left,
                ElementsAre(testing::Pair(
                    HasSubstr("proxmox_ve_node_network_receive_bytes_total{device=\"eno1\""), 1)));
}

TEST(series_rules, a_state_and_an_info_are_left_out_alone) {
    const auto left =
        sent("system,object=lxc,vmid=1,nodename=pve1,host=a status=\"running\",tags=\"x\"" + noon,
             {.drop = {".*{state=\"stopped\"}", ".*_info{tags=\"x\"}"}, .labels = {}});

    EXPECT_THAT(left, ElementsAre(Key(HasSubstr("state=\"running\""))));
}

TEST(series_rules, labels_that_are_not_listed_go_and_those_that_tell_apart_stay) {
    const std::string guest =
        "system,object=lxc,vmid=1,nodename=pve1,host=a,rack=7 uptime=5,tags=\"x\"" + noon;

    EXPECT_THAT(
        sent(guest, {.drop = {}, .labels = std::vector<std::string>{}}),
        UnorderedElementsAre(Key("proxmox_ve_guest_uptime_seconds{instance=\"lab\",job=\"pve\","
                                 "node=\"pve1\",site=\"berlin\",type=\"lxc\",vmid=\"1\"}"),
                             Key("proxmox_ve_guest_info{instance=\"lab\",job=\"pve\",node=\"pve1\","
                                 "site=\"berlin\",type=\"lxc\",vmid=\"1\"}")));
    EXPECT_THAT(
        sent(guest, {.drop = {".*_info"}, .labels = std::vector<std::string>{"name", "rack"}}),
        ElementsAre(Key("proxmox_ve_guest_uptime_seconds{instance=\"lab\",job=\"pve\","
                        "name=\"a\",node=\"pve1\",rack=\"7\",site=\"berlin\","
                        "type=\"lxc\",vmid=\"1\"}")));
}

TEST(series_rules, of_lines_of_others_every_label_stays) {
    EXPECT_THAT(sent("weather,place=roof degrees=1" + noon,
                     {.drop = {}, .labels = std::vector<std::string>{}}),
                ElementsAre(Key(HasSubstr("place=\"roof\""))));
    EXPECT_THAT(sent("weather,place=roof degrees=1" + noon, {.drop = {"weather_.*"}, .labels = {}}),
                IsEmpty());
}

TEST(series_rules, problems_are_told) {
    EXPECT_EQ(find_problem(series_rules{}), std::nullopt);
    EXPECT_THAT(*find_problem(series_rules{.drop = {""}, .labels = {}}), HasSubstr("all series"));
    EXPECT_THAT(*find_problem(series_rules{.drop = {"("}, .labels = {}}), HasSubstr("of `drop`"));
    EXPECT_THAT(*find_problem(series_rules{.drop = {}, .labels = std::vector<std::string>{"a-b"}}),
                HasSubstr("in `labels`"));
}

}  // namespace
}  // namespace relay::sinks
