// What the operator sees of who is there: on /metrics and on /status.
#include "relay/ops/presence_pages.hpp"

#include "relay/ingest/presence_file.hpp"
#include "relay/ops/metrics.hpp"
#include "relay/ops/status.hpp"

#include <gmock/gmock.h>

#include <chrono>

namespace relay::ops {
namespace {

using namespace std::chrono_literals;
using ingest::remembered_object;
using schema::object;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class presence_pages : public testing::Test {
protected:
    /// Two nodes, one of them silent, a guest that runs and one that is gone, a storage each.
    presence_pages() {
        ingest::presence_writer text;
        text.begin_cluster("lab", "proxmox");
        const auto heard = unix_nanoseconds(now.wall - 90s);
        text.add({.what = object::node, .node = "pve1", .host = "pve1", .heard_ns = heard});
        text.add({.what = object::node,
                  .node = "pve2",
                  .host = "pve2",
                  .is_absent = true,
                  .heard_ns = heard});
        add_guest(text, 100, heard, false);
        add_guest(text, 101, heard, true);
        for (const auto* node : {"pve1", "pve2"}) {
            text.add({.what = object::storage,
                      .node = node,
                      .host = "local",
                      .type = "dir",
                      .heard_ns = heard});
        }
        const auto restored = watch.restore(std::move(text).finish(), {"lab"}, now);
        EXPECT_TRUE(restored) << restored.error();
        relay.presence = &watch;
    }
    static void add_guest(ingest::presence_writer& to, std::uint32_t vmid, std::int64_t heard,
                          bool is_gone) {
        to.add({.what = object::qemu,
                .vmid = vmid,
                .node = "pve1",
                .host = "web",
                .is_absent = is_gone,
                .is_running = true,
                .heard_ns = heard});
    }

    const moment now{.steady = steady_time(24h), .wall = wall_time(1'755'785'270s)};
    ingest::presence watch{ingest::presence_options{}};
    observed relay;
};

TEST_F(presence_pages, metrics_count_what_is_there_what_is_silent_and_what_is_gone) {
    const auto text = metrics_text(relay, now.wall);

    EXPECT_THAT(text, AllOf(HasSubstr("pverelay_presence_nodes{cluster=\"lab\"} 2\n"),
                            HasSubstr("pverelay_presence_nodes_silent{cluster=\"lab\"} 1\n"),
                            HasSubstr("pverelay_presence_guests{cluster=\"lab\"} 2\n"),
                            HasSubstr("pverelay_presence_guests_running{cluster=\"lab\"} 1\n"),
                            HasSubstr("pverelay_presence_guests_gone{cluster=\"lab\"} 1\n"),
                            HasSubstr("pverelay_presence_storages{cluster=\"lab\"} 2\n"),
                            HasSubstr("pverelay_presence_storages_gone{cluster=\"lab\"} 0\n"),
                            HasSubstr("pverelay_presence_objects 6\n")));
}

TEST_F(presence_pages, metrics_have_every_kind_of_event_from_the_start) {
    const auto text = metrics_text(relay, now.wall);

    for (const auto* kind : {"silent", "gone", "back", "migrated", "renamed", "deleted"}) {
        EXPECT_THAT(text, HasSubstr("pverelay_presence_events_total{kind=\"" + std::string(kind) +
                                    "\"} 0\n"));
    }
    EXPECT_THAT(text, HasSubstr("pverelay_presence_untracked_total 0\n"));
}

TEST_F(presence_pages, status_names_the_silent_nodes_with_the_time_of_their_last_word) {
    const auto text = status_json(relay, now.wall);

    EXPECT_THAT(text, AllOf(HasSubstr(R"("silent_nodes":[{"name":"pve2",)"
                                      R"("last_heard_timestamp_seconds":1755785180}])"),
                            HasSubstr(R"("guests_running":1)"), HasSubstr(R"("silent":0)")));
}

TEST_F(presence_pages, say_nothing_where_presence_is_switched_off) {
    relay.presence = nullptr;

    EXPECT_THAT(metrics_text(relay, now.wall), Not(HasSubstr("pverelay_presence")));
    EXPECT_THAT(status_json(relay, now.wall), Not(HasSubstr("silent_nodes")));
}

}  // namespace
}  // namespace relay::ops
