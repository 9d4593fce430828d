// Every call is a path below /api2/json; names that come from outside cannot leave theirs.
#include "relay/topology/api_call.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string_view>

namespace relay::topology {
namespace {

TEST(api_call, every_call_has_a_path_and_a_name_of_its_own) {
    std::set<std::string> paths;
    std::set<std::string_view> names;
    for (std::size_t i = 0; i < ask_count; ++i) {
        const api_call call{.what = static_cast<ask>(i),
                            .node = "pve1",
                            .guest = {guest_kind::lxc, 200},
                            .upid = "UPID:x",
                            .since_s = 7};
        EXPECT_TRUE(path_of(call).starts_with("/api2/json/"));
        paths.insert(path_of(call));
        names.insert(to_string(call.what));
    }
    EXPECT_EQ(paths.size(), ask_count);
    EXPECT_EQ(names.size(), ask_count);
}

TEST(api_call, the_two_kinds_of_guest_are_asked_in_their_own_ways) {
    api_call call{.what = ask::guest_addresses, .node = "pve1", .guest = {guest_kind::qemu, 100}};
    EXPECT_EQ(path_of(call), "/api2/json/nodes/pve1/qemu/100/agent/network-get-interfaces");
    call.guest = {guest_kind::lxc, 200};
    EXPECT_EQ(path_of(call), "/api2/json/nodes/pve1/lxc/200/interfaces");
    call.what = ask::guest_config;
    EXPECT_EQ(path_of(call), "/api2/json/nodes/pve1/lxc/200/config");
    call.guest = {guest_kind::qemu, 100};
    EXPECT_EQ(path_of(call), "/api2/json/nodes/pve1/qemu/100/config?current=1");
}

TEST(api_call, a_name_from_an_answer_cannot_leave_its_place_in_the_path) {
    const api_call call{.what = ask::task_log, .node = "../x?y", .upid = "UPID:a/b:c@d!e:"};
    EXPECT_EQ(path_of(call),
              "/api2/json/nodes/..%2Fx%3Fy/tasks/UPID%3Aa%2Fb%3Ac%40d%21e%3A/log?limit=100000");
}

}  // namespace
}  // namespace relay::topology
