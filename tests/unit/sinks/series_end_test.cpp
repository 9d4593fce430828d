// What ends at a store when something ends in the cluster, in every naming: a marker for each of
// its series, once, and for no other.

#include "sinks/prometheus.hpp"
#include "tests/support/remote_write_reader.hpp"
#include "tests/unit/sinks/records.hpp"
#include "tests/unit/sinks/sent_samples.hpp"

#include <gmock/gmock.h>
#include <snappy.h>

#include <bit>
#include <cstdint>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace relay::sinks {
namespace {

using testing::Contains;
using testing::ContainsRegex;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::UnorderedElementsAre;
using enum naming_kind;

constexpr std::int64_t start_s = 1'755'785'270;
constexpr std::size_t everything = 1'000'000;

bool is_marker(double value) {
    return std::bit_cast<std::uint64_t>(value) == 0x7ff0000000000002;
}

std::string at(std::int64_t seconds) {
    return " " + std::to_string(start_s + seconds) + "000000000\n";
}

std::string guest(const std::string& vmid, const std::string& node, const std::string& name,
                  std::int64_t seconds, const std::string& more = "") {
    return "system,object=qemu,vmid=" + vmid + ",nodename=" + node + ",host=" + name +
           " cpu=0.25,mem=1024,status=\"running\"" + more + at(seconds);
}

std::string up(const std::string& tags, int value, std::int64_t seconds) {
    return "relay_up," + tags + " up=" + std::to_string(value) + at(seconds);
}

std::string event(const std::string& tags, const std::string& kind, std::int64_t seconds,
                  const std::string& more = "") {
    return "relay_event," + tags + " kind=\"" + kind + "\",text=\"It ended.\"" + more + at(seconds);
}

const std::string guest_100 = "object=qemu,vmid=100,nodename=a,host=web";

/// A sink, and what a store that it writes to would have.
class store {
public:
    explicit store(prometheus_options options) : sink(std::move(options)) {}

    /// A record more; @returns the series that end with it.
    std::vector<std::string> send(const std::string& text, journal::lane lane = lab()) {
        std::vector<std::string> ended;
        const auto one = text_record(next_++, text, std::move(lane));
        for (const auto& [series, sample] : samples_of(one)) {
            EXPECT_GT(sample.time_ms, times[series]) << series;
            times[series] = sample.time_ms;
            if (is_marker(sample.value)) {
                ended.push_back(series);
                EXPECT_EQ(alive.erase(series), 1u) << series;
                marker_ms = sample.time_ms;
            } else {
                alive.insert(series);
            }
        }
        return ended;
    }

    /// Series that an instant query would find, whose text has that in it.
    [[nodiscard]] std::vector<std::string> living(const std::string& part) const {
        std::vector<std::string> out;
        for (const auto& one : alive) {
            if (one.find(part) != std::string::npos) out.push_back(one);
        }
        return out;
    }

    prometheus sink;
    std::set<std::string> alive;
    std::map<std::string, std::int64_t> times;
    std::int64_t marker_ms = 0;

private:
    struct sent_value {
        double value;
        std::int64_t time_ms;
    };
    std::vector<std::pair<std::string, sent_value>> samples_of(const journal::record_ptr& one) {
        std::vector<std::pair<std::string, sent_value>> out;
        const std::vector<journal::record_ptr> records{one};
        for (place at; at.record < records.size();) {
            const auto e = sink.encode(records, at, everything);
            EXPECT_GT(e.end, at);
            at = e.end;
            const auto request = test_support::read_remote_write_body(e.request.body);
            EXPECT_TRUE(request);
            EXPECT_EQ(request->size(), e.points);
            for (const auto& each : *request)
                out.push_back(
                    {each.text(), {each.samples.at(0).value, each.samples.at(0).time_ms}});
        }
        return out;
    }
    journal::sequence next_ = 1;
};

prometheus_options options(std::vector<naming_kind> naming) {
    return sent_options(std::move(naming));
}

class series_end : public testing::TestWithParam<naming_kind> {};
INSTANTIATE_TEST_SUITE_P(namings, series_end,
                         testing::Values(measurement_field, proxmox, pve_exporter));

TEST_P(series_end, a_guest_that_is_deleted_takes_all_its_series_along) {
    store to(options({GetParam()}));
    to.send(guest("100", "a", "web", 0) + up(guest_100, 1, 0) + guest("101", "a", "db", 0));
    const auto before = to.alive.size();
    const auto ended = to.send(event(guest_100, "deleted", 5));
    EXPECT_THAT(ended, Not(IsEmpty()));
    EXPECT_EQ(to.marker_ms, (start_s + 5) * 1000);
    EXPECT_THAT(to.living("100\""), IsEmpty());
    EXPECT_THAT(to.living("101\""), SizeIs(before - ended.size()));
    EXPECT_THAT(to.send(event(guest_100, "deleted", 6)), IsEmpty());
}

TEST_P(series_end, of_a_guest_that_is_gone_measurements_end_and_the_rest_stays) {
    store to(options({GetParam()}));
    to.send(guest("100", "a", "web", 0) + up(guest_100, 1, 0));
    const auto ended = to.send(event(guest_100, "gone", 20));
    EXPECT_THAT(ended, Not(IsEmpty()));
    EXPECT_THAT(ended, Each(Not(ContainsRegex("_up[{]|status|info"))));
    EXPECT_THAT(to.living("up{"), SizeIs(1));
    to.send(up(guest_100, 0, 30));
    EXPECT_THAT(to.send(event(guest_100, "deleted", 40)), Not(IsEmpty()));
    EXPECT_THAT(to.alive, IsEmpty());
}

TEST_P(series_end, what_comes_back_goes_on) {
    store to(options({GetParam()}));
    to.send(guest("100", "a", "web", 0));
    const auto before = to.alive;
    to.send(event(guest_100, "gone", 20));
    EXPECT_THAT(to.send(guest("100", "a", "web", 30) + event(guest_100, "back", 30)), IsEmpty());
    EXPECT_EQ(to.alive, before);
    EXPECT_THAT(to.send(event(guest_100, "gone", 60)), Not(IsEmpty()));
}

TEST_P(series_end, a_guest_that_moves_is_never_there_twice) {
    store to(options({GetParam()}));
    to.send(guest("100", "a", "web", 0) + up(guest_100, 1, 0));
    const auto before = to.alive.size();
    to.send(guest("100", "b", "web", 10) +
            event(guest_100, "migrated", 10, ",from=\"a\",to=\"b\"") +
            up("object=qemu,vmid=100,nodename=b,host=web", 1, 10));
    EXPECT_THAT(to.living("\"a\""), IsEmpty());
    EXPECT_EQ(to.alive.size(), before);
}

TEST_P(series_end, nor_is_one_with_another_name) {
    store to(options({GetParam()}));
    to.send(guest("100", "a", "web", 0) + up(guest_100, 1, 0));
    const auto before = to.alive.size();
    to.send(guest("100", "a", "shop", 10) +
            event(guest_100, "renamed", 10, ",from=\"web\",to=\"shop\"") +
            up("object=qemu,vmid=100,nodename=a,host=shop", 1, 10));
    EXPECT_THAT(to.living("\"web\""), IsEmpty());
    EXPECT_EQ(to.alive.size(), before);
}

TEST_P(series_end, a_silent_node_takes_the_measurements_of_all_that_is_on_it_along) {
    store to(options({GetParam()}));
    const std::string node = "object=nodes,host=a";
    to.send("cpustat," + node + " cpu=0.5" + at(0) + guest("100", "a", "web", 0) +
            up(guest_100, 1, 0) + up(node, 1, 0) + guest("200", "b", "db", 0));
    const auto of_others = to.living("200\"").size();
    const auto ended = to.send(event(node, "silent", 40) + up(node, 0, 40) + up(guest_100, 0, 40));
    EXPECT_THAT(to.living("200\""), SizeIs(of_others));
    EXPECT_THAT(ended, Contains(HasSubstr("cpu")));
    EXPECT_THAT(ended, Contains(HasSubstr("mem")));
    EXPECT_THAT(ended, Each(Not(ContainsRegex("_up[{]|status|info"))));
    EXPECT_THAT(to.send(event(node, "deleted", 90)), Contains(HasSubstr("_up{")));
    EXPECT_THAT(to.alive, SizeIs(of_others));
}

}  // namespace
}  // namespace relay::sinks
