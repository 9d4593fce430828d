// What is known of lines changes nothing: a sink that keeps nothing, and so parses, names and notes
// everything one by one, is the twin. The lines are made so that their series meet in every way
// that two series can.

#include "sinks/prometheus.hpp"
#include "tests/unit/sinks/records.hpp"

#include <gtest/gtest.h>
#include <snappy.h>

#include <array>
#include <random>
#include <string>
#include <vector>

namespace relay::sinks {
namespace {

using chance = std::mt19937_64;

template <std::size_t n>
std::string_view one_of(chance& engine, const std::array<std::string_view, n>& all) {
    return all[engine() % n];
}

/// Metrics, labels and times of few kinds: "a_b c" is "a b_c", a tag `state` is a state set's
/// label.
std::string line(chance& engine) {
    constexpr std::array<std::string_view, 6> measurements{"a",   "a_b",    "a-b",
                                                           "sys", "system", "system_status"};
    constexpr std::array<std::string_view, 4> tags{"", ",h=1", ",h=1,state=running",
                                                   ",state=running"};
    constexpr std::array<std::string_view, 9> fields{
        "c=1",      "b_c=2.5",    "b-c=3",     "status=\"running\"",  "status=\"stopped\"",
        "status=1", "name=\"x\"", "name=\"\"", "tem_status=\"other\""};
    std::string text(one_of(engine, measurements));
    text.append(one_of(engine, tags));
    const auto count = 1 + engine() % 3;
    for (std::size_t i = 0; i < count; ++i)
        text.append(i == 0 ? " " : ",").append(one_of(engine, fields));
    return text + (engine() % 8 == 0 ? " 1755785271000000000\n" : " 1755785270000000000\n");
}

/// Of Proxmox and of the relay: what they become has labels of its own, is said by several, hangs
/// on words, and is measured in other units.
std::string proxmox_line(chance& engine) {
    constexpr std::array<std::string_view, 10> keys{
        "system,object=storages,nodename=a,host=s,type=nfs",
        "system,object=storages,nodename=b,host=s,type=nfs",
        "system,object=qemu,vmid=1,nodename=a,host=v",
        "system,object=lxc,vmid=2,nodename=a,host=c",
        "relay_guest_info,object=qemu,vmid=1,nodename=a,host=v",
        "relay_up,object=qemu,vmid=1,nodename=a,host=v",
        "relay_node_info,object=nodes,host=a",
        "nics,object=nodes,host=a,instance=veth2i0",
        "nics,object=lxc,vmid=2,nodename=a,host=c,instance=net0",
        "cpustat,object=nodes,host=a"};
    constexpr std::array<std::string_view, 15> fields{
        "shared=1",  "shared=0", "total=100",          "used=7.5",           "active=1",
        "uptime=12", "mem=3",    "status=\"running\"", "status=\"stopped\"", "tags=\"x\"",
        "tags=2024", "up=1",     "receive=4",          "transmit=5",         "level=\"\""};
    std::string text(one_of(engine, keys));
    const auto count = 1 + engine() % 4;
    for (std::size_t i = 0; i < count; ++i)
        text.append(i == 0 ? " " : ",").append(one_of(engine, fields));
    return text + (engine() % 8 == 0 ? " 1755785280000000000\n" : " 1755785270000000000\n");
}

/// Of storages alone: those that are shared are said by two, and have their lines' labels.
std::string storage_line(chance& engine) {
    constexpr std::array<std::string_view, 2> nodes{"a", "b"};
    constexpr std::array<std::string_view, 3> fields{",total=100", ",used=7.5", ""};
    std::string text("system,object=storages,host=s,nodename=");
    text.append(one_of(engine, nodes)).append(engine() % 4 == 0 ? " shared=0" : " shared=1");
    text.append(one_of(engine, fields)).append(",avail=3");
    return text + (engine() % 8 == 0 ? " 1755785280000000000\n" : " 1755785270000000000\n");
}

/// A cycle of lines that comes several times, as it does from Proxmox, with a change now and then.
std::vector<journal::record_ptr> records(chance& engine, std::string (*line)(chance&)) {
    std::vector<std::string> cycle;
    for (auto lines = 1 + engine() % 6; lines > 0; --lines)
        cycle.push_back(line(engine));
    std::vector<journal::record_ptr> out;
    for (journal::sequence i = 1; i <= 4; ++i) {
        std::string text;
        for (auto& each : cycle) {
            if (engine() % 8 == 0) each = line(engine);
            text += each;
        }
        out.push_back(text_record(i, text + std::string(64, '\n')));
    }
    return out;
}

std::string message_of(const encoded& e) {
    std::string bytes;
    EXPECT_TRUE(snappy::Uncompress(e.request.body.data(), e.request.body.size(), &bytes));
    return bytes;
}

void expect_equal(const prometheus_counters& a, const prometheus_counters& b) {
    EXPECT_EQ(a.same_series.value(), b.same_series.value());
    EXPECT_EQ(a.without_sample.value(), b.without_sample.value());
    EXPECT_EQ(a.said_by_another.value(), b.said_by_another.value());
    EXPECT_EQ(a.oversize.value(), b.oversize.value());
    EXPECT_EQ(a.duplicate_labels.value(), b.duplicate_labels.value());
    EXPECT_EQ(a.over_max_series.value(), b.over_max_series.value());
}

TEST(known_lines, what_is_known_changes_nothing) {
    for (std::uint64_t seed = 1; seed <= 4'000; ++seed) {
        SCOPED_TRACE(seed);
        chance engine(seed);
        prometheus_options options;
        options.url = "http://127.0.0.1:9090/api/v1/write";
        options.body_bytes_max = byte_size{engine() % 4 == 0 ? 200 + engine() % 400 : 1 << 20};
        const std::size_t units_max = engine() % 2 == 0 ? 1 + engine() % 7 : 1000;
        using enum naming_kind;
        if (engine() % 2 == 0) options.naming = {proxmox};
        if (engine() % 4 == 0) options.naming = {proxmox, pve_exporter};
        // Without their infos lines may be said by several and have no labels but their own.
        if (engine() % 2 == 0) options.rules.drop = {"proxmox_ve_.*_info"};
        // Who knows no line cannot know that one has ended.
        options.stale_markers = false;
        if (engine() % 4 == 0) options.known_lines_bytes = byte_size{engine() % 4096};
        prometheus knowing(options);
        options.known_lines_bytes = byte_size{0};
        prometheus forgetful(options);
        constexpr std::array makers{line, proxmox_line, storage_line};
        const auto all = records(engine, makers[engine() % makers.size()]);
        for (place at; at.record < all.size();) {
            const auto one = knowing.encode(all, at, units_max);
            const auto twin = forgetful.encode(all, at, units_max);
            ASSERT_EQ(message_of(one), message_of(twin)) << all.front()->text;
            ASSERT_EQ(one.end, twin.end);
            ASSERT_EQ(one.units, twin.units);
            ASSERT_EQ(one.points, twin.points);
            ASSERT_EQ(one.dropped, twin.dropped);
            at = one.end;
        }
        expect_equal(knowing.counters(), forgetful.counters());
    }
}

}  // namespace
}  // namespace relay::sinks
