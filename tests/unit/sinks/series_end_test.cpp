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

const std::string api_info = "relay_guest_info,object=qemu,vmid=100,nodename=a,host=web ";

TEST(series_ends, an_info_with_other_labels_takes_the_place_of_the_one_before) {
    store to(options({proxmox, pve_exporter}));
    to.send(api_info + "pool=\"x\",tags=\"old\",cpus=2" + at(0));
    EXPECT_THAT(to.living("guest_info"), SizeIs(2));

    const auto ended = to.send(api_info + "pool=\"y\",tags=\"new\",cpus=2" + at(30));
    EXPECT_THAT(ended, UnorderedElementsAre(HasSubstr("pool=\"x\""), HasSubstr("tags=\"old\"")));
    EXPECT_THAT(to.living("guest_info"), SizeIs(2));
    EXPECT_EQ(to.marker_ms, (start_s + 30) * 1000);
}

TEST(series_ends, nothing_ends_because_a_field_is_left_out_once) {
    store to(options({proxmox, pve_exporter}));
    to.send(guest("100", "a", "web", 0, ",maxmem=4096"));
    EXPECT_THAT(to.send(guest("100", "a", "web", 10)), IsEmpty());
    EXPECT_THAT(to.send(guest("100", "a", "web", 20, ",maxmem=4096")), IsEmpty());
}

TEST(series_ends, what_the_api_says_of_a_guest_that_moved_ends_where_it_was) {
    store to(options({proxmox, pve_exporter}));
    to.send(api_info + "pool=\"x\",cpus=2" + at(0));
    const auto before = to.alive.size();
    to.send("relay_guest_info,object=qemu,vmid=100,nodename=b,host=web pool=\"x\",cpus=2" + at(30));
    EXPECT_THAT(to.living("\"a\""), IsEmpty());
    EXPECT_EQ(to.alive.size(), before);
    to.send(api_info + "pool=\"x\",cpus=2" + at(60));
    EXPECT_THAT(to.living("\"b\""), IsEmpty());
    EXPECT_EQ(to.alive.size(), before);
}

TEST(series_ends, a_shared_storage_ends_with_the_last_that_reports_it) {
    const auto line = [](const std::string& node, std::int64_t seconds) {
        return "system,object=storages,host=ceph,nodename=" + node + " used=5,shared=1" +
               at(seconds);
    };
    const std::string tags = "object=storages,host=ceph,nodename=";
    store to(options({proxmox}));
    to.send(line("a", 0) + line("b", 0));
    EXPECT_THAT(to.send(event(tags + "a", "gone", 20)), IsEmpty());
    EXPECT_THAT(to.send(event(tags + "b", "gone", 30)), Contains(HasSubstr("used_bytes")));
}

TEST(series_ends, a_line_that_comes_late_does_not_wake_what_has_ended) {
    store to(options({proxmox}));
    to.send(guest("100", "a", "web", 0) + event(guest_100, "deleted", 20));
    EXPECT_THAT(to.alive, IsEmpty());
    to.send(guest("100", "a", "web", 10));
    EXPECT_THAT(to.alive, IsEmpty());
    EXPECT_GT(to.sink.counters().after_end.value(), 0u);
    to.send(guest("100", "a", "web", 30));
    EXPECT_THAT(to.alive, Not(IsEmpty()));
}

TEST(series_ends, nothing_ends_that_was_not_sent) {
    store to(options({proxmox, pve_exporter}));
    EXPECT_THAT(to.send(event(guest_100, "deleted", 0)), IsEmpty());
    to.send(guest("100", "a", "web", 10));
    // Of the sample that was sent so long ago the store knows no more.
    EXPECT_THAT(to.send(event(guest_100, "deleted", 3600)), IsEmpty());
}

TEST(series_ends, a_replay_of_older_records_ends_nothing_that_has_spoken_since) {
    prometheus sink(options({proxmox}));
    const std::vector<journal::record_ptr> before{text_record(1, guest("100", "a", "web", 0)),
                                                  text_record(2, event(guest_100, "gone", 20))};
    const std::vector<journal::record_ptr> now{text_record(3, guest("100", "a", "web", 30))};
    const auto markers = [&] { return sink.counters().stale_markers.value(); };
    static_cast<void>(sink.encode(now, {}, everything));
    for (place at; at.record < before.size();)
        at = sink.encode(before, at, everything).end;
    EXPECT_EQ(markers(), 0u);
    store another(options({proxmox}));
    EXPECT_THAT(another.send(event(guest_100, "gone", 20)), IsEmpty());
}

TEST(series_ends, a_sink_that_starts_again_knows_what_it_has_sent) {
    const auto sent = guest("100", "a", "web", 0) + up(guest_100, 1, 0);
    store whole(options({proxmox, pve_exporter}));
    whole.send(sent);
    const auto ended = whole.send(event(guest_100, "deleted", 20));

    prometheus again(options({proxmox, pve_exporter}));
    EXPECT_GT(again.memory(), std::chrono::minutes(5));
    again.recall(*text_record(1, sent));
    const std::vector<journal::record_ptr> next{text_record(2, event(guest_100, "deleted", 20))};
    const auto request = again.encode(next, {}, everything);
    EXPECT_EQ(request.points, ended.size());
    EXPECT_EQ(again.counters().stale_markers.value(), ended.size());
}

std::string message_of(const encoded& e) {
    std::string bytes;
    EXPECT_TRUE(snappy::Uncompress(e.request.body.data(), e.request.body.size(), &bytes));
    return bytes;
}

/// Series and times; markers are told apart.
void add_samples_of(const encoded& e, std::set<std::string>& out) {
    const auto request = test_support::read_remote_write_body(e.request.body);
    ASSERT_TRUE(request);
    for (const auto& one : *request) {
        const auto& [value, time_ms] = one.samples.at(0);
        out.insert(one.text() + std::to_string(time_ms) + (is_marker(value) ? " ends" : ""));
    }
}

/// Guests that come, move, change and go, at random.
std::vector<journal::record_ptr> a_history(std::mt19937_64& chance) {
    std::vector<journal::record_ptr> out;
    const std::string nodes[] = {"a", "b"};
    for (journal::sequence i = 1; i <= 12; ++i) {
        const auto now = static_cast<std::int64_t>(10 * i);
        std::string text;
        for (const std::string vmid : {"100", "101", "102"}) {
            const auto& node = nodes[chance() % 4 == 0];
            const auto tags = "object=qemu,vmid=" + vmid + ",nodename=" + node + ",host=web";
            switch (chance() % 6) {
                case 0:
                    text += event(tags, "deleted", now);
                    break;
                case 1:
                    text += event(tags, "gone", now);
                    break;
                case 2:
                    text += guest(vmid, node, "web", now, ",tags=\"" + tags.substr(19, 1) + "\"");
                    text += event(tags, "migrated", now, ",from=\"b\",to=\"a\"");
                    break;
                default:
                    text += guest(vmid, node, "web", now,
                                  chance() % 2 == 0 ? ",tags=\"x\"" : ",tags=\"y\"");
            }
        }
        if (chance() % 4 == 0) text += event("object=nodes,host=a", "silent", now);
        out.push_back(text_record(i, text));
    }
    return out;
}

// A request whose answer was lost, and a search for what a store refuses, make requests again.
TEST(series_ends, a_request_that_is_made_again_holds_the_same_and_so_do_its_parts) {
    std::uint64_t markers = 0;
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        SCOPED_TRACE(seed);
        std::mt19937_64 chance(seed);
        const auto records = a_history(chance);
        prometheus sink(options({proxmox, pve_exporter}));
        for (place at; at.record < records.size();) {
            const auto one = sink.encode(records, at, everything);
            ASSERT_GT(one.end, at);
            // The next one is made before this one is answered.
            if (one.end.record < records.size()) {
                static_cast<void>(sink.encode(records, one.end, everything));
            }
            ASSERT_EQ(message_of(sink.encode(records, at, everything)), message_of(one));
            std::set<std::string> samples;
            std::set<std::string> in_parts;
            add_samples_of(one, samples);
            std::size_t left = one.units;
            for (auto part = at; left > 0;) {
                const auto piece = sink.encode(records, part, std::min<std::size_t>(left, 3));
                ASSERT_GT(piece.end, part);
                ASSERT_LE(piece.units, left);
                part = piece.end;
                add_samples_of(piece, in_parts);
                left -= piece.units;
            }
            ASSERT_EQ(in_parts, samples);
            at = one.end;
        }
        markers += sink.counters().stale_markers.value();
    }
    EXPECT_GT(markers, 10'000u);
}

}  // namespace
}  // namespace relay::sinks
