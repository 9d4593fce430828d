// What a new configuration changes while the relay runs, and what it has to wait with.
#include "relay/config/difference.hpp"

#include "relay/config/keys.hpp"
#include "relay/config/load.hpp"

#include <gmock/gmock.h>

#include <string>

namespace relay::config {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

const std::string base = R"([[listen]]
type = "http"
address = "127.0.0.1:8186"
[[cluster]]
name = "lab"
)";

std::string sink(const std::string& name, const std::string& port) {
    return "[[sink]]\nname = \"" + name +
           "\"\ntype = \"influxdb\"\nbucket = \"b\"\nurl = \"http://127.0.0.1:" + port + "\"\n";
}

settings read(const std::string& text) {
    const secret_loader none = [](const secret_source&) -> expected<loaded_secret, std::string> {
        return unexpected(std::string("there are no secrets here"));
    };
    auto loaded = load_text(text, none);
    EXPECT_TRUE(loaded.settings) << text;
    return loaded.settings.value_or(settings{});
}

difference between(const std::string& before, const std::string& after) {
    return differences(read(base + before), read(base + after));
}

TEST(difference, the_same_file_changes_nothing) {
    const auto none = between(sink("a", "1"), sink("a", "1"));

    EXPECT_THAT(none.sinks_gone, IsEmpty());
    EXPECT_THAT(none.sinks_new, IsEmpty());
    EXPECT_THAT(none.at_restart, IsEmpty());
}

TEST(difference, sinks_are_told_apart_by_name) {
    const auto changed = between(sink("stays", "1") + sink("goes", "2") + sink("differs", "3"),
                                 sink("comes", "2") + sink("differs", "4") + sink("stays", "1"));

    EXPECT_THAT(changed.sinks_gone, ElementsAre("goes", "differs"));
    EXPECT_THAT(changed.sinks_new, ElementsAre("comes", "differs"));
}

/// A value that no key has by default.
std::string other_value_of(std::string_view key) {
    if (key == "control") return "\"/elsewhere/control\"";
    if (key == "directory") return "\"/elsewhere\"";
    if (key == "sync") return "\"none\"";
    if (key == "max_bytes") return "\"2GiB\"";
    if (key == "max_age") return "\"48h\"";
    if (key == "threads" || key.ends_with("_tries")) return "7";
    if (key == "gather_time") return "\"700ms\"";
    if (key == "probe_body_min") return "\"33MiB\"";
    if (key == "fault_pieces_max" || key == "read_records") return "77";
    if (key.starts_with("search_requests")) return "100";
    if (key.find("bytes") != std::string_view::npos) return "\"33MiB\"";
    return "\"7s\"";
}

TEST(difference, every_key_of_journal_and_delivery_waits_for_a_restart_and_is_named) {
    for (const std::string section : {"journal", "delivery"}) {
        for (const auto& key : section_keys(section).keys) {
            const auto name = std::string(key.name);
            const auto text = "[" + section + "]\n" + name + " = " + other_value_of(name) + "\n";

            EXPECT_THAT(between("", text).at_restart, Contains(section + "." + name)) << text;
        }
    }
}

TEST(difference, what_waits_for_a_restart_keeps_its_old_value) {
    const auto before = read(base + "[admin]\naddress = \"127.0.0.1:1\"\n");
    auto after = read(base +
                      "[admin]\naddress = \"127.0.0.1:2\"\nopen = true\n[journal]\nsync = "
                      "\"none\"\n[delivery]\nthreads = 5\n[tags]\nsite = \"x\"\n");
    after.listeners.front().threads = 9;

    EXPECT_THAT(differences(before, after).at_restart,
                AllOf(Contains("admin.address"), Contains("journal.sync"),
                      Contains("delivery.threads"), Contains("listen.threads of 127.0.0.1:8186")));
    const auto now = without_restart(before, after);

    EXPECT_EQ(now.admin.address, before.admin.address);
    EXPECT_TRUE(now.admin.open);
    EXPECT_EQ(now.journal.sync, before.journal.sync);
    EXPECT_EQ(now.delivery_threads, before.delivery_threads);
    EXPECT_EQ(now.listeners.front().threads, 1u);
    EXPECT_EQ(now.ingest.tags, after.ingest.tags);
}

}  // namespace
}  // namespace relay::config
