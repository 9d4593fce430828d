// Pushes and API answers of a simulated cluster tell the same, in every second of a scenario.
#include "relay/simulate/moment.hpp"
#include "relay/simulate/transactions.hpp"
#include "tests/unit/simulate/asked.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <optional>
#include <set>
#include <string>

namespace relay::simulate {
namespace {

using fields = std::map<std::string, std::string>;

constexpr std::string_view eventful = R"(
at 2 rename 101 web 9
at 3 migrate 102 pve3
at 4 tag 103 a;b
at 5 tag 104
at 6 lock 106 snapshot
at 7 create 900 pve2 lxc new
at 8 delete 107
at 9 stop 108
at 11 start 108
at 12 backup 109 4 ok
at 13 offline pve3
at 18 online pve3
at 19 storage-dead local pve1
at 22 storage-back local pve1
)";

/// A tag's value as it was before PVE escaped it.
std::string unescaped(std::string text) {
    std::erase(text, '\\');
    return text;
}

/// Tags and fields of a line whose strings hold neither '"' nor ','.
fields words_of(std::string_view line) {
    fields words;
    std::string name, value;
    bool in_value = false, in_string = false;
    for (std::size_t i = 0; i <= line.size(); ++i) {
        const char c = i < line.size() ? line[i] : ' ';
        const bool is_escaped = i > 0 && line[i - 1] == '\\';
        if (c == '"') {
            in_string = !in_string;
        } else if (!in_string && !is_escaped && (c == ',' || c == ' ')) {
            words[name] = unescaped(value);
            name.clear();
            value.clear();
            in_value = false;
        } else if (c == '=' && !in_string && !in_value) {
            in_value = true;
        } else {
            (in_value ? value : name) += c;
        }
    }
    return words;
}

/// The `system` lines of all nodes that push in that second, by the API's id of what they are of.
std::map<std::string, fields> pushed_at(const simulated_cluster& of, std::int64_t second) {
    std::map<std::string, fields> all;
    const auto add = [&](const transaction& pushed) {
        std::string_view text = pushed.text;
        for (; !text.empty(); text.remove_prefix(text.find('\n') + 1)) {
            const auto line = text.substr(0, text.find('\n'));
            if (!line.starts_with("system,")) continue;
            auto words = words_of(line);
            const auto object = words["object"];
            const auto id = object == "nodes" ? "node/" + words["host"]
                            : object == "storages"
                                ? fmt::format("storage/{}/{}", words["nodename"], words["host"])
                                : fmt::format("{}/{}", object, words["vmid"]);
            EXPECT_TRUE(all.emplace(id, std::move(words)).second) << id << " is pushed twice";
        }
    };
    for (std::size_t i = 0; i < of.base.nodes.size(); ++i) {
        const auto node = pushing_node_at(of, i, second);
        if (!node) continue;
        transaction pushed;
        append_node(pushed, *node, second);
        for (const auto& it : node->guests)
            (it.kind == guest_kind::qemu ? append_qemu : append_lxc)(pushed, *node, it, second);
        for (const auto& it : node->storages)
            append_storage(pushed, *node, it, second);
        add(pushed);
    }
    return all;
}

std::string text_of(const nlohmann::json& entry, const char* member) {
    return entry.value(member, "");
}

/// What is not pushed is nothing.
void expect_number(const nlohmann::json& entry, const char* member, const fields& words,
                   const char* field) {
    ASSERT_TRUE(entry.contains(member)) << entry;
    const auto at = words.find(field);
    const auto pushed = at == words.end() ? 0 : std::strtod(at->second.c_str(), nullptr);
    EXPECT_DOUBLE_EQ(entry[member].get<double>(), pushed) << member << " of " << entry;
}

void expect_guest(const nlohmann::json& entry, const fields& words) {
    const auto word = [&](const char* member) {
        const auto at = words.find(member);
        return at == words.end() ? std::string() : at->second;
    };
    EXPECT_EQ(text_of(entry, "node"), word("nodename"));
    EXPECT_EQ(text_of(entry, "name"), word("host"));
    EXPECT_EQ(text_of(entry, "name"), word("name"));
    EXPECT_EQ(text_of(entry, "status"), word("status"));
    EXPECT_EQ(text_of(entry, "tags"), word("tags"));
    EXPECT_EQ(text_of(entry, "lock"), word("lock"));
    EXPECT_EQ(entry.value("template", 0), word("template") == "1" ? 1 : 0);
    expect_number(entry, "maxcpu", words, "cpus");
    for (const char* same : {"cpu", "mem", "maxmem", "disk", "maxdisk", "netin", "netout",
                             "diskread", "diskwrite", "uptime"})
        expect_number(entry, same, words, same);
}

TEST(api_agreement, every_second_of_a_scenario) {
    // 36 guests, of which 100 … 111 are on pve1; 105 and 111 are containers.
    const auto cluster = cluster_of({.nodes = 3, .guests_per_node = 12}, eventful);
    std::set<std::string> seen;
    for (std::int64_t second = 0; second <= 25; ++second) {
        SCOPED_TRACE(second);
        const auto pushed = pushed_at(cluster, begin_second + second);
        const auto entries = data_of(cluster, "cluster/resources", second);
        ASSERT_TRUE(entries.is_array());
        for (const auto& [id, words] : pushed) {
            const auto entry = entry_of(entries, "id", id);
            ASSERT_FALSE(entry.is_null()) << id << " is pushed, and the API does not know it";
            if (words.contains("vmid")) expect_guest(entry, words);
            seen.insert(text_of(entry, "lock") + "/" + text_of(entry, "tags"));
        }
        // What the API knows and nobody pushes is on a node that is down, or is a storage.
        for (const auto& entry : entries) {
            if (!entry.contains("vmid") || pushed.contains(text_of(entry, "id"))) continue;
            EXPECT_EQ(text_of(entry, "node"), "pve3") << entry;
            EXPECT_TRUE(second >= 13 && second < 18) << entry;
        }
    }
    EXPECT_TRUE(seen.contains("snapshot/prod;web") || seen.contains("snapshot/prod") ||
                seen.contains("snapshot/test") || seen.contains("snapshot/"));
}

TEST(api_agreement, what_happens_is_pushed) {
    const auto cluster = cluster_of({.nodes = 3, .guests_per_node = 12}, eventful);
    const auto at = [&](std::int64_t second) { return pushed_at(cluster, begin_second + second); };

    EXPECT_EQ(at(2).at("qemu/101").at("host"), "web 9");
    EXPECT_EQ(at(2).at("qemu/102").at("nodename"), "pve1");
    EXPECT_EQ(at(3).at("qemu/102").at("nodename"), "pve3");
    EXPECT_EQ(at(4).at("qemu/103").at("tags"), "a;b");
    EXPECT_FALSE(at(5).at("qemu/104").contains("tags"));
    EXPECT_FALSE(at(6).contains("lxc/900"));
    EXPECT_EQ(at(7).at("lxc/900").at("status"), "running");
    EXPECT_TRUE(at(7).contains("qemu/107"));
    EXPECT_FALSE(at(8).contains("qemu/107"));
    EXPECT_EQ(at(10).at("qemu/108").at("status"), "stopped");
    EXPECT_EQ(at(12).at("qemu/109").at("lock"), "backup");
    EXPECT_FALSE(at(16).at("qemu/109").contains("lock"));
    EXPECT_FALSE(at(13).contains("node/pve3"));
    EXPECT_EQ(at(18).at("node/pve3").at("uptime"), "0");
    EXPECT_FALSE(at(19).contains("storage/pve1/local"));
    EXPECT_TRUE(at(22).contains("storage/pve1/local"));
}

TEST(api_agreement, a_guest_is_where_the_moment_has_it) {
    const auto cluster = cluster_of({.nodes = 3, .guests_per_node = 12},
                                    std::string(eventful) + "at 20 migrate 900 pve1\n");
    for (std::int64_t second = begin_second; second <= begin_second + 25; ++second) {
        const auto now = moment_of(cluster, second);
        for (const std::uint32_t vmid : {101u, 102u, 107u, 900u, 4711u}) {
            std::optional<std::size_t> expected;
            for (std::size_t i = 0; i < now.shown.nodes.size(); ++i) {
                const auto& guests = now.shown.nodes[i].guests;
                if (std::ranges::find(guests, vmid, &guest::vmid) != guests.end()) expected = i;
            }
            const auto found = whereabouts_of(cluster, vmid, second);
            ASSERT_EQ(found.has_value(), expected.has_value()) << vmid << " at " << second;
            if (found) {
                EXPECT_EQ(found->node, *expected) << vmid << " at " << second;
            }
        }
    }
}

TEST(api_agreement, a_guest_that_moves_takes_its_interfaces_and_leaves_the_others_theirs) {
    const auto cluster = cluster_of({.nodes = 2, .guests_per_node = 6}, "at 10 migrate 101 pve2\n");
    const auto before = *pushing_node_at(cluster, 0, begin_second + 9);
    const auto after = *pushing_node_at(cluster, 0, begin_second + 10);

    EXPECT_THAT(before.nics, testing::Contains("tap101i0"));
    EXPECT_THAT(after.nics, testing::Not(testing::Contains("tap101i0")));
    EXPECT_THAT(pushing_node_at(cluster, 1, begin_second + 10)->nics,
                testing::Contains("fwbr101i0"));
    for (std::size_t i = 0; i < after.nics.size(); ++i) {
        const auto was = std::ranges::find(before.nics, after.nics[i]) - before.nics.begin();
        EXPECT_EQ(nic_key(after, i), nic_key(before, static_cast<std::size_t>(was)));
    }
}

TEST(api_agreement, without_events_a_node_is_what_the_world_made_it) {
    const auto cluster = cluster_of({.nodes = 2, .guests_per_node = 12});
    const auto now = begin_second;  // no backup is at work

    for (std::size_t i = 0; i < 2; ++i) {
        const auto expected = transactions_of(cluster.base.nodes[i], now);
        const auto made = transactions_of(*pushing_node_at(cluster, i, now), now);
        ASSERT_EQ(made.size(), expected.size());
        for (std::size_t n = 0; n < made.size(); ++n)
            EXPECT_EQ(made[n].text, expected[n].text);
    }
}

}  // namespace
}  // namespace relay::simulate
