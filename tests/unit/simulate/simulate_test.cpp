// A whole simulation against a server of a few lines.
#include "relay/simulate/simulate.hpp"

#include "tests/unit/simulate/tiny_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>

namespace relay::simulate {
namespace {

using testing::HasSubstr;
using testing::TempDir;

simulate_options small(const std::string& to) {
    simulate_options options;
    options.world = {.nodes = 3, .guests_per_node = 6};
    options.to = to;
    options.cycles = 4;
    options.start_seconds = 1'755'785'270;
    options.timeout = std::chrono::seconds(10);
    return options;
}

std::string content_of(const std::filesystem::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::string body_of(const std::string& request) {
    return request.substr(request.find("\r\n\r\n") + 4);
}

TEST(simulation, counts_what_was_sent_and_answered) {
    tiny_server server{"HTTP/1.1 204 No Content\r\n\r\n"};

    const auto result = run_simulation(small(server.url()));

    ASSERT_TRUE(result);
    EXPECT_EQ(result->pushes, 3u * 4 * 4);
    EXPECT_EQ(result->by_status.at(204), 48u);
    EXPECT_EQ(result->failures(), 0u);
    std::uint64_t lines = 0;
    for (const auto& request : server.requests()) {
        const auto body = body_of(request);
        lines += static_cast<std::uint64_t>(std::ranges::count(body, '\n'));
    }
    EXPECT_EQ(result->lines, lines);
    EXPECT_EQ(result->lines_answered, lines);
    EXPECT_GE(result->slowest, result->p99);
    EXPECT_GE(result->p99, result->p50);
    EXPECT_THAT(summary(*result), HasSubstr("48 answered 204"));
}

TEST(simulation, what_is_refused_is_counted_as_failure) {
    tiny_server server{"HTTP/1.1 503 Service Unavailable\r\n\r\n"};

    const auto result = run_simulation(small(server.url()));

    ASSERT_TRUE(result);
    EXPECT_EQ(result->failures(), 48u);
    EXPECT_GT(result->lines, 0u);
    EXPECT_EQ(result->lines_answered, 0u);
}

TEST(simulation, record_holds_what_was_sent_and_what_became_of_it) {
    tiny_server server{"HTTP/1.1 204 No Content\r\nX-Relay-Durable: kernel\r\n\r\n"};
    auto options = small(server.url());
    options.record = TempDir() + "simulation_record.lp";

    const auto result = run_simulation(options);

    ASSERT_TRUE(result);
    EXPECT_EQ(result->by_durability.at("kernel"), 48u);
    const auto record = content_of(options.record);
    EXPECT_THAT(record, HasSubstr("# node=pve1 kind=qemu status=204 durable=kernel\n"));
    for (const auto& request : server.requests())
        EXPECT_THAT(record, HasSubstr(body_of(request)));
    std::filesystem::remove(options.record);
}

TEST(simulation, clusters_push_into_buckets_of_their_own) {
    tiny_server server{"HTTP/1.1 204 No Content\r\n\r\n"};
    auto options = small(server.url());
    options.world.clusters = 2;

    ASSERT_TRUE(run_simulation(options));

    std::set<std::string> targets;
    for (const auto& request : server.requests()) {
        targets.insert(request.substr(0, request.find(" HTTP")));
    }
    EXPECT_THAT(targets, testing::ElementsAre("POST /api/v2/write?org=proxmox&bucket=cluster1",
                                              "POST /api/v2/write?org=proxmox&bucket=cluster2"));
}

TEST(simulation, nodes_time_goes_forward) {
    tiny_server server{"HTTP/1.1 204 No Content\r\n\r\n"};
    auto options = small(server.url());
    options.cycles = 8;

    ASSERT_TRUE(run_simulation(options));

    std::map<std::string, std::string> newest;  // of each node's own transaction
    for (const auto& request : server.requests()) {
        const auto body = body_of(request);
        if (!body.starts_with("blockstat,object=nodes")) continue;
        const auto node = body.substr(0, body.find(' '));
        const auto time = body.substr(body.size() - 20, 19);
        EXPECT_LT(newest[node], time);
        newest[node] = time;
    }
    EXPECT_EQ(newest.size(), 3u);
    // Four nodes' worth of phase apart, ten seconds a cycle, eight cycles.
    EXPECT_EQ(newest.at("blockstat,object=nodes,host=pve1"), "1755785340000000000");
}

TEST(simulation, endless_one_ends_when_asked_to) {
    tiny_server server{"HTTP/1.1 204 No Content\r\n\r\n"};
    auto options = small(server.url());
    options.cycles = 0;
    options.interval = std::chrono::hours(1);
    std::stop_source stop;
    std::jthread stopper([&] {
        while (server.requests().size() < 4)
            std::this_thread::yield();
        stop.request_stop();
    });

    const auto result = run_simulation(options, stop.get_token());

    ASSERT_TRUE(result);
    EXPECT_EQ(result->pushes, 4u);
}

TEST(simulation, over_udp_sends_datagrams) {
    const unique_fd receiver(::socket(AF_INET, SOCK_DGRAM, 0));
    sockaddr_in here{};
    here.sin_family = AF_INET;
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t bytes = sizeof here;
    ::bind(receiver.get(), reinterpret_cast<sockaddr*>(&here), bytes);
    ::getsockname(receiver.get(), reinterpret_cast<sockaddr*>(&here), &bytes);
    auto options = small("udp://127.0.0.1:" + std::to_string(ntohs(here.sin_port)));
    options.world = {.nodes = 1, .guests_per_node = 2};
    options.cycles = 1;

    const auto result = run_simulation(options);

    ASSERT_TRUE(result);
    std::uint64_t datagrams = 0, lines = 0;
    char part[2048];
    for (;;) {
        const auto got = ::recv(receiver.get(), part, sizeof part, MSG_DONTWAIT);
        if (got < 0) break;
        ++datagrams;
        lines += static_cast<std::uint64_t>(std::count(part, part + got, '\n'));
    }
    EXPECT_EQ(result->datagrams, datagrams);
    EXPECT_EQ(result->lines, lines);
}

TEST(simulation, what_cannot_begin_says_why) {
    EXPECT_FALSE(run_simulation(small("nowhere")));
    auto options = small("http://127.0.0.1:1");
    options.world.nodes = 0;
    EXPECT_FALSE(run_simulation(options));
}

}  // namespace
}  // namespace relay::simulate
