// The page of last values: what stands on it, for how long, and what does not fit.
#include "sinks/scrape.hpp"

#include "sinks/exposition.hpp"
#include "tests/unit/sinks/records.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace relay::sinks {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::int64_t second = 1'000'000'000;
constexpr std::int64_t appended = 1'755'785'270 * second;  // of text_record()

scrape_query plain() {
    return {.naming = {naming_kind::measurement_field}, .cluster = {}};
}

std::string page_of(scrape& from, const scrape_query& asked = plain()) {
    const auto made = from.page(asked);
    EXPECT_TRUE(made) << made.error();
    return made.value_or("");
}

scrape with(const std::string& text, scrape_options options = {}) {
    scrape made(options);
    made.fold(*text_record(1, text));
    return made;
}

TEST(scrape_page, the_newest_line_of_a_series_key_stands_on_it) {
    auto values = with("m,host=a v=1 10\nm,host=a v=3 30\nm,host=b v=5 10\nm,host=a v=2 20\n");
    EXPECT_EQ(page_of(values),
              "# TYPE m_v untyped\n"
              "m_v{host=\"a\",instance=\"lab\",job=\"pve\"} 3\n"
              "m_v{host=\"b\",instance=\"lab\",job=\"pve\"} 5\n");
}

TEST(scrape_page, lines_of_one_time_are_one) {
    auto values = with("m,host=a v=1 10\nm,host=a w=2 10\nm,host=a v=1 10\n");
    EXPECT_THAT(page_of(values), HasSubstr("m_v{host=\"a\",instance=\"lab\",job=\"pve\"} 1\n"));
    EXPECT_THAT(page_of(values), HasSubstr("m_w{host=\"a\",instance=\"lab\",job=\"pve\"} 2\n"));
    EXPECT_EQ(values.lines().all().at("lab").begin()->second.text,
              "m,host=a v=1 10\nm,host=a w=2 10\n");
}

TEST(scrape_page, every_metric_stands_together_behind_its_help_and_type) {
    auto values = with(
        "system,object=nodes,host=pve1 uptime=7,cpu=1 10\n"
        "system,object=nodes,host=pve2 uptime=8,cpu=2 10\n");
    const auto text = page_of(values, {.naming = {naming_kind::pve_exporter}, .cluster = {}});
    const auto first = text.find("pve_uptime_seconds{id=\"node/pve1\"");
    const auto second_one = text.find("pve_uptime_seconds{id=\"node/pve2\"");
    ASSERT_NE(first, std::string::npos) << text;
    ASSERT_NE(second_one, std::string::npos) << text;
    EXPECT_EQ(text.substr(first, second_one - first).find('#'), std::string::npos);
    EXPECT_THAT(text, HasSubstr("# TYPE pve_uptime_seconds gauge\npve_uptime_seconds{"));
    EXPECT_THAT(text, HasSubstr("# HELP pve_uptime_seconds "));
}

TEST(scrape_page, two_namings_follow_one_another_and_one_cluster_can_be_asked_for) {
    scrape values({});
    values.fold(*text_record(1, "system,object=nodes,host=pve1 uptime=7 10\n"));
    values.fold(*text_record(2, "system,object=nodes,host=pve9 uptime=9 10\n",
                             {.cluster = "far", .bucket = "", .tenant = ""}));
    const auto both = page_of(
        values, {.naming = {naming_kind::proxmox, naming_kind::pve_exporter}, .cluster = {}});
    EXPECT_THAT(both, HasSubstr("pve_uptime_seconds{id=\"node/pve9\",instance=\"far\""));
    EXPECT_THAT(both, HasSubstr("proxmox_ve_node_"));
    const auto far = page_of(values, {.naming = {naming_kind::pve_exporter}, .cluster = "far"});
    EXPECT_THAT(far, HasSubstr("pve9"));
    EXPECT_THAT(far, Not(HasSubstr("pve1")));
}

TEST(scrape_page, what_was_not_said_again_in_time_is_forgotten) {
    auto values = with("m,host=a v=1 10\n", {.max_age = std::chrono::seconds(60)});
    values.look(appended + 60 * second);
    EXPECT_NE(page_of(values), "");
    values.look(appended + 61 * second);
    EXPECT_EQ(page_of(values), "");
    EXPECT_EQ(values.lines().bytes(), 0u);
}

TEST(scrape_page, a_shared_storage_is_there_once) {
    const std::string line =
        "system,object=storages,nodename=pve1,host=nfs,type=nfs active=1,avail=10,content=\"iso\","
        "enabled=1,shared=1,total=20,type=\"nfs\",used=";
    scrape values({});
    values.fold(*text_record(1, line + "11 10000000000\n"));
    auto other = line + "12 15000000000\n";
    other.replace(other.find("pve1"), 4, "pve2");
    values.fold(*text_record(2, other));
    const scrape_query asked{.naming = {naming_kind::proxmox}, .cluster = {}};
    const auto text = page_of(values, asked);
    const auto used = text.find("proxmox_ve_storage_used_bytes{");
    ASSERT_NE(used, std::string::npos) << text;
    EXPECT_EQ(text.find("proxmox_ve_storage_used_bytes{", used + 1), std::string::npos) << text;
    EXPECT_EQ(page_of(values, asked), text);
}

TEST(scrape_page, what_has_ended_is_gone_and_what_is_known_of_it_stays_until_it_is_deleted) {
    const std::string guest = "object=qemu,vmid=100,nodename=pve1,host=db";
    auto values = with("system," + guest + " cpu=1,uptime=7 10\nrelay_up," + guest + " up=0 10\n" +
                       "system,object=qemu,vmid=101,nodename=pve1,host=web cpu=2 10\n");
    const auto page = [&] { return page_of(values); };
    const auto event = [&](const std::string& kind) {
        values.fold(*text_record(2, "relay_event," + guest + " kind=\"" + kind + "\" 20\n"));
    };
    event("back");
    EXPECT_THAT(page(), HasSubstr("system_uptime{"));
    event("gone");
    EXPECT_THAT(page(), Not(HasSubstr("system_uptime{")));
    EXPECT_THAT(page(), HasSubstr("relay_up_up{"));
    EXPECT_THAT(page(), HasSubstr("host=\"web\""));
    event("deleted");
    EXPECT_THAT(page(), Not(HasSubstr("relay_up_up{")));
    EXPECT_THAT(page(), HasSubstr("host=\"web\""));
}

TEST(scrape_page, a_guest_that_moved_is_on_one_node) {
    auto values = with(
        "system,object=qemu,vmid=100,nodename=pve1,host=db cpu=1 10\n"
        "system,object=qemu,vmid=100,nodename=pve2,host=db cpu=2 20\n");
    values.fold(*text_record(2,
                             "relay_event,object=qemu,vmid=100,nodename=pve1,host=db "
                             "kind=\"migrated\",from=\"pve1\",to=\"pve2\" 21\n"));
    EXPECT_THAT(page_of(values), Not(HasSubstr("pve1")));
    EXPECT_THAT(page_of(values), HasSubstr("nodename=\"pve2\""));
}

TEST(scrape_page, what_does_not_fit_is_said_and_not_left_out) {
    auto narrow = with("m,host=a v=1 10\nm,host=b v=1 10\n", {.bytes_max = byte_size{300}});
    ASSERT_FALSE(narrow.page(plain()));
    EXPECT_THAT(narrow.page(plain()).error(), HasSubstr("[scrape] bytes_max"));
    narrow.look(appended + 3600 * second);
    EXPECT_TRUE(narrow.page(plain()));

    std::string many = "m,host=a f=1";
    for (int i = 0; i < 50; ++i)
        many += ",field" + std::to_string(i) + "=1";
    auto wide = with(many + " 10\n", {.bytes_max = byte_size{2000}});
    ASSERT_FALSE(wide.page(plain()));
    EXPECT_THAT(wide.page(plain()).error(), HasSubstr("?cluster="));
}

TEST(scrape_page, senders_choose_names_and_break_nothing) {
    auto values = with(R"(m,host=a"b\c v=1 10)"
                       "\n");
    EXPECT_EQ(page_of(values),
              "# TYPE m_v untyped\n"
              R"(m_v{host="a\"b\\c",instance="lab",job="pve"} 1)"
              "\n");
}

TEST(exposition, values_are_spelt_as_the_format_wants_them) {
    const metric_families none;
    exposition page(none);
    const double infinite = std::numeric_limits<double>::infinity();
    page.add("a", {}, {}, infinite);
    page.add("a", {}, {"state", "x\ny"}, -infinite);
    page.add("a", {{"b", "c"}}, {"d", "e"}, std::numeric_limits<double>::quiet_NaN());
    page.add("a", {}, {}, 0.1);
    page.add("a", {}, {}, 1e300);
    std::string text;
    page.append_to(text);
    EXPECT_EQ(text,
              "# TYPE a untyped\na{} +Inf\na{state=\"x\\ny\"} -Inf\na{b=\"c\",d=\"e\"} NaN\n"
              "a{} 0.1\na{} 1e+300\n");
    EXPECT_EQ(page.size(), text.size());
}

}  // namespace
}  // namespace relay::sinks
