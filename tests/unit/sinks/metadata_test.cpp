// TYPE, HELP and UNIT of what was sent, told to a receiver of remote write 1.0.

#include "sinks/metadata_book.hpp"
#include "sinks/metadata_news.hpp"
#include "sinks/naming/proxmox_names.hpp"
#include "sinks/naming/pve_exporter_names.hpp"
#include "sinks/prometheus.hpp"
#include "tests/support/remote_write_reader.hpp"
#include "tests/unit/sinks/records.hpp"

#include <gmock/gmock.h>

#include <chrono>
#include <string>
#include <vector>

namespace relay::sinks {
namespace {

using namespace std::chrono_literals;
using test_support::read_metadata_body;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

const std::string noon = " 1755785270000000000\n";
constexpr steady_time start{1h};

std::string node(const std::string& field) {
    return "cpustat,cluster=lab,host=pve1,object=nodes " + field + "=0.5" + noon;
}

class telling {
public:
    explicit telling(prometheus_options o = {}) : sink_(with_url(std::move(o))) {}
    void send(const std::string& text, journal::lane lane = lab()) {
        static_cast<void>(
            sink_.encode(std::vector{text_record(++sequence_, text, std::move(lane))}, {}, 10'000));
    }
    /// The names of the metrics that are told.
    std::vector<std::string> told(steady_time now) {
        const auto request = sink_.aside(now);
        if (!request) return {};
        const auto read = read_metadata_body(request->body);
        EXPECT_TRUE(read) << "metadata and nothing else";
        std::vector<std::string> names;
        for (const auto& one : read.value_or(std::vector<test_support::read_metadata>{}))
            names.push_back(one.metric);
        return names;
    }
    prometheus& sink() { return sink_; }

private:
    static prometheus_options with_url(prometheus_options o) {
        o.url = "http://127.0.0.1:9090/api/v1/write";
        o.naming = {naming_kind::proxmox};
        return o;
    }
    prometheus sink_;
    journal::sequence sequence_ = 0;
};

TEST(metadata, type_help_and_unit_of_a_metric_are_told) {
    telling one;
    one.send(node("cpu"));
    const auto request = one.sink().aside(start);
    ASSERT_TRUE(request);
    const auto read = read_metadata_body(request->body);
    ASSERT_TRUE(read);
    const auto* const family = find_family(proxmox_families(), "proxmox_ve_node_cpu_usage_ratio");
    ASSERT_NE(family, nullptr);
    EXPECT_THAT(*read,
                ElementsAre(test_support::read_metadata{2, family->name, family->help, "ratio"}));
    EXPECT_THAT(request->headers,
                Contains(http_header("X-Prometheus-Remote-Write-Version", "0.1.0")));
}

TEST(metadata, what_is_new_is_told_at_once_and_all_of_it_every_so_often) {
    telling one;
    EXPECT_THAT(one.told(start), IsEmpty()) << "nothing was sent";
    one.send(node("cpu"));
    EXPECT_THAT(one.told(start), ElementsAre("proxmox_ve_node_cpu_usage_ratio"));
    one.send(node("cpu"));
    EXPECT_THAT(one.told(start + 1s), IsEmpty());
    one.send(node("cpus"));
    EXPECT_THAT(one.told(start + 2s), SizeIs(1));
    EXPECT_THAT(one.told(start + 59s), IsEmpty());
    EXPECT_THAT(one.told(start + 60s), SizeIs(2));
    EXPECT_THAT(one.told(start + 61s), IsEmpty());
}

TEST(metadata, each_tenant_is_told) {
    prometheus_options o;
    o.headers = {{"X-Scope-OrgID", secret("{tenant}")}};
    telling one(std::move(o));
    for (const auto* tenant : {"a", "b"}) {
        auto lane = lab();
        lane.tenant = tenant;
        one.send(node("cpu"), lane);
        EXPECT_THAT(one.told(start), SizeIs(1)) << tenant;
        EXPECT_THAT(one.told(start), IsEmpty());
    }
}

TEST(metadata, nothing_is_told_where_it_is_switched_off_or_stands_with_the_samples) {
    prometheus_options off;
    off.metadata_interval = 0s;
    telling one(off);
    one.send(node("cpu"));
    EXPECT_THAT(one.told(start), IsEmpty());

    prometheus_options of_2;
    of_2.version = remote_write_choice::negotiated;
    telling two(of_2);
    two.send(node("cpu"));
    EXPECT_THAT(two.told(start), IsEmpty());
    http_response of_1;
    of_1.status = 415;
    ASSERT_TRUE(two.sink().adapts_to(of_1));
    EXPECT_THAT(two.told(start), SizeIs(1)) << "a receiver of 1.0, then";
}

TEST(metadata, of_names_that_nobody_describes_nothing_is_said) {
    telling one;
    one.send("weather,place=x celsius=21.5" + noon);
    EXPECT_THAT(one.told(start), IsEmpty());
}

TEST(metadata, a_book_knows_the_metrics_of_all_its_namings) {
    const std::vector both{naming_kind::proxmox, naming_kind::pve_exporter};
    metadata_book book(both);
    for (const auto* families : {&proxmox_families(), &pve_exporter_families()}) {
        for (const auto& family : *families) {
            const auto* const known = book.meet(family.name);
            ASSERT_NE(known, nullptr) << family.name;
            EXPECT_EQ(known->help, family.help);
            EXPECT_FALSE(family.help.empty()) << family.name;
        }
    }
    EXPECT_EQ(book.meet("up"), nullptr);
    EXPECT_EQ(book.met().size(), proxmox_families().size() + pve_exporter_families().size());
}

}  // namespace
}  // namespace relay::sinks
