#include "relay/listen/udp_listener.hpp"

#include "relay/listen/bound_socket.hpp"
#include "relay/listen/lane_cache.hpp"
#include "tests/unit/listen/write_fixture.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <thread>

namespace relay::listen {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class udp_sender {
public:
    explicit udp_sender(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_DGRAM, 0)) {
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(port);
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        EXPECT_EQ(::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to), 0);
    }
    void send(std::string_view bytes) {
        EXPECT_EQ(::send(fd_.get(), bytes.data(), bytes.size(), 0),
                  static_cast<ssize_t>(bytes.size()));
    }

private:
    unique_fd fd_;
};

class udp_listener_test : public write_fixture {
protected:
    udp_listener_test() {
        options_.kind = listen_kind::udp;
        ingest_options_.datagram_wait = std::chrono::milliseconds(5);
    }
    void TearDown() override { listener_.reset(); }

    std::uint16_t start() {
        auto opened = udp_listener::open({.options = options_,
                                          .identity = identity_,
                                          .time = time_,
                                          .counters = counters_,
                                          .log = log_,
                                          .intake = make_intake(),
                                          .given = {}});
        EXPECT_TRUE(opened) << (opened ? "" : opened.error());
        listener_ = std::move(*opened);
        return listener_->port();
    }

    system_time time_;
    std::unique_ptr<udp_listener> listener_;
};

TEST_F(udp_listener_test, datagrams_reach_the_journal_by_themselves) {
    udp_sender sender(start());
    sender.send("cpu,host=a v=1 1755785270000000000\nmem,host=a v=2 1755785270000000000");

    journal_.await_lines(2);

    EXPECT_THAT(journal_.text(), HasSubstr("cpu,cluster=lab,host=a v=1 1755785270000000000\n"));
    EXPECT_THAT(journal_.text(), HasSubstr("mem,cluster=lab,host=a v=2 1755785270000000000\n"));
    EXPECT_EQ(journal_.lanes().at(0).bucket, "");
}

TEST_F(udp_listener_test, stop_takes_what_has_arrived_and_hands_it_over) {
    ingest_options_.datagram_wait = std::chrono::hours(1);
    udp_sender sender(start());
    for (int i = 0; i < 100; ++i) {
        sender.send(fmt::format("cpu,i={} v=1 1755785270000000000\n", i));
    }

    listener_->stop();

    for (int i = 0; i < 100; ++i) {
        EXPECT_THAT(journal_.text(), HasSubstr(fmt::format(",i={} ", i)));
    }
    EXPECT_EQ(counters_.datagrams.value(), 100u);
    EXPECT_EQ(counters_.kernel_drops.value(), 0u);
}

TEST_F(udp_listener_test, rules_change_and_what_was_collected_is_kept) {
    ingest_options_.datagram_wait = std::chrono::hours(1);
    udp_sender sender(start());
    sender.send("cpu,when=before v=1 1755785270000000000\n");
    while (counters_.datagrams.value() < 1)
        std::this_thread::yield();

    const auto next = std::make_shared<const ingest::identity>(std::vector{ingest::cluster_rule{
        .name = "other", .buckets = {}, .tokens = {}, .sources = {}, .prefix = {}}});
    listener_->serve_with(
        {.options = options_, .identity = *next, .intake = make_intake(), .owner = next});
    journal_.await_lines(1);
    sender.send("cpu,when=after v=1 1755785270000000000\n");
    listener_->stop();

    EXPECT_THAT(journal_.text(), HasSubstr("cpu,cluster=lab,when=before v=1"));
    EXPECT_THAT(journal_.text(), HasSubstr("cpu,cluster=other,when=after v=1"));
}

TEST_F(udp_listener_test, stop_is_heard_right_behind_a_change_of_rules) {
    for (int i = 0; i < 50; ++i) {
        start();
        listener_->serve_with({.options = options_,
                               .identity = identity_,
                               .intake = make_intake(),
                               .owner = nullptr});
        listener_->stop();
    }
}

TEST_F(udp_listener_test, what_the_kernel_dropped_before_is_counted) {
    options_.receive_buffer = byte_size{1};
    auto bound = bind_socket(*endpoint::parse("127.0.0.1:0"), listen_kind::udp);
    ASSERT_TRUE(bound);
    const int least = 1;  // the kernel makes it some kilobytes
    ::setsockopt(bound->get(), SOL_SOCKET, SO_RCVBUF, &least, sizeof least);
    udp_sender sender(bound_port(bound->get()));
    for (int i = 0; i < 200; ++i)
        sender.send("cpu v=1 1755785270000000000\n");

    auto opened = udp_listener::open({.options = options_,
                                      .identity = identity_,
                                      .time = time_,
                                      .counters = counters_,
                                      .log = log_,
                                      .intake = make_intake(),
                                      .given = std::move(*bound)});
    ASSERT_TRUE(opened);
    (*opened)->stop();

    EXPECT_GT(counters_.kernel_drops.value(), 0u);
    EXPECT_EQ(counters_.kernel_drops.value() + counters_.datagrams.value(), 200u);
}

TEST_F(udp_listener_test, odd_datagrams_harm_no_neighbour) {
    udp_sender sender(start());
    sender.send("");
    sender.send(std::string(65'000, '\xff'));
    sender.send("\n");
    sender.send(std::string_view("\0\0\0", 3));
    sender.send("0 \\=\"=\"");
    sender.send("cpu v=1 1755785270000000000\nhalf a li");

    listener_->stop();

    EXPECT_EQ(journal_.text(), "cpu,cluster=lab v=1 1755785270000000000\n");
    EXPECT_EQ(counters_.datagrams.value(), 6u);
    EXPECT_EQ(counters_.empty.value(), 1u);
}

TEST_F(udp_listener_test, largest_datagram_there_is_comes_whole) {
    udp_sender sender(start());
    const std::string tail = " v=1 1755785270000000000";
    const auto name = "cpu,host=" + std::string(30'000, 'h');
    sender.send(name + tail + "\n" + name + tail);

    listener_->stop();

    EXPECT_THAT(journal_.text(), HasSubstr(std::string(30'000, 'h')));
    EXPECT_EQ(counters_.truncated.value(), 0u);
}

TEST_F(udp_listener_test, stranger_is_dropped_and_counted) {
    options_.allow = {"192.0.2.0/24"};
    udp_sender sender(start());
    sender.send("cpu v=1\n");

    listener_->stop();

    EXPECT_EQ(journal_.text(), "");
    EXPECT_EQ(counters_.refused.value(), 1u);
}

TEST_F(udp_listener_test, dual_stack_socket_takes_ipv4) {
    options_.address = "[::]:0";
    options_.allow = {"127.0.0.1"};
    udp_sender sender(start());
    sender.send("cpu v=1 1755785270000000000\n");

    listener_->stop();

    EXPECT_THAT(journal_.text(), HasSubstr("cpu"));
}

TEST_F(udp_listener_test, receive_buffer_in_force_is_told) {
    options_.receive_buffer = 64_KiB;
    start();

    EXPECT_GE(counters_.receive_buffer_bytes.value(), 128 << 10);
}

TEST_F(udp_listener_test, kernel_drops_are_counted) {
    // A small buffer, filled before anyone reads.
    auto bound = bind_socket(*endpoint::parse("127.0.0.1:0"), listen_kind::udp);
    ASSERT_TRUE(bound);
    const int small = 2048;
    const int on = 1;
    ::setsockopt(bound->get(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    ::setsockopt(bound->get(), SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof on);
    udp_sender sender(bound_port(bound->get()));
    for (int i = 0; i < 100; ++i) {
        sender.send("cpu v=1 1755785270000000000\n");
    }

    options_.receive_buffer = 1_KiB;
    auto opened = udp_listener::open({.options = options_,
                                      .identity = identity_,
                                      .time = time_,
                                      .counters = counters_,
                                      .log = log_,
                                      .intake = make_intake(),
                                      .given = std::move(*bound)});
    ASSERT_TRUE(opened);
    // The count comes with the next datagram that finds room.
    journal_.await_batches(1);
    sender.send("last v=1 1755785270000000000\n");
    (*opened)->stop();

    EXPECT_GT(counters_.kernel_drops.value(), 0u);
    EXPECT_EQ(counters_.kernel_drops.value() + counters_.datagrams.value(), 101u);
}

TEST(lane_cache, each_sender_is_asked_about_once_and_forgotten_in_time) {
    listen_options options;
    options.allow = {"192.0.2.0/24", "10.0.0.0/8"};
    const ingest::identity identity(
        {{.name = "a", .buckets = {}, .tokens = {}, .sources = {"192.0.2.1"}, .prefix = {}},
         {.name = "b", .buckets = {}, .tokens = {}, .sources = {"10.0.0.0/8"}, .prefix = {}}});
    lane_cache cache(options, identity);

    const auto& known = cache.find(*ip_address::parse("192.0.2.1"));
    ASSERT_TRUE(known.lane);
    EXPECT_EQ(known.lane->cluster, "a");
    EXPECT_EQ(known.address, "192.0.2.1");
    EXPECT_EQ(&cache.find(*ip_address::parse("192.0.2.1")), &known);
    EXPECT_FALSE(cache.find(*ip_address::parse("192.0.2.2")).lane);
    EXPECT_FALSE(cache.find(*ip_address::parse("203.0.113.1")).lane);

    for (unsigned i = 0; i < 3 * lane_cache::senders_max; ++i) {
        auto address = *ip_address::parse("10.0.0.0");
        address.bytes[14] = static_cast<std::uint8_t>(i >> 8);
        address.bytes[15] = static_cast<std::uint8_t>(i);
        EXPECT_EQ(cache.find(address).lane->cluster, "b");
    }
}

}  // namespace
}  // namespace relay::listen
