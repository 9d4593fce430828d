// Sockets from outside are found by what they are bound to, and what arrived on them before is
// still there.
#include "relay/listen/socket_pool.hpp"

#include "tests/support/recording_log.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <fcntl.h>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>
#include <vector>

namespace relay::listen {
namespace {

using relay::tests::recording_log;
using testing::ElementsAre;
using testing::HasSubstr;

unique_fd bound(std::string_view address, listen_kind kind) {
    return std::move(bind_socket(*endpoint::parse(address), kind).value());
}

class socket_pool_test : public testing::Test {
protected:
    void give(unique_fd fd, std::string name) {
        given_.push_back({std::move(fd), std::move(name)});
    }
    socket_pool pool() { return {std::move(given_), log_}; }

    [[nodiscard]] std::vector<std::string> said() const {
        std::vector<std::string> texts;
        for (const auto& [level, text] : log_.messages)
            texts.push_back(text);
        return texts;
    }

    recording_log log_;
    std::vector<given_socket> given_;
};

TEST_F(socket_pool_test, a_given_socket_is_taken_by_address_and_kind) {
    // A port that is free for both kinds: a number given for one alone may be in use for the other.
    auto tcp = bound("127.0.0.1:0", listen_kind::http);
    const auto address = fmt::format("127.0.0.1:{}", bound_port(tcp.get()));
    auto udp = bound(address, listen_kind::udp);
    const int number = udp.get();
    give(std::move(udp), "pverelay.socket");
    auto all = pool();

    tcp.reset();
    const auto http = all.take(address, listen_kind::http);
    const auto taken = all.take(address, listen_kind::udp);

    ASSERT_TRUE(http && taken);
    EXPECT_FALSE(http->given);
    EXPECT_TRUE(taken->given);
    EXPECT_EQ(taken->fd.get(), number);
    EXPECT_EQ(taken->name, "pverelay.socket");
    EXPECT_THAT(all.left(), testing::IsEmpty());
}

TEST_F(socket_pool_test, a_socket_is_taken_once) {
    auto one = bound("127.0.0.1:0", listen_kind::udp);
    const auto address = fmt::format("127.0.0.1:{}", bound_port(one.get()));
    give(std::move(one), "");
    auto all = pool();

    const auto first = all.take(address, listen_kind::udp);
    const auto second = all.take(address, listen_kind::udp);

    EXPECT_TRUE(first);
    ASSERT_FALSE(second);
    EXPECT_THAT(second.error(), HasSubstr("cannot listen on 127.0.0.1"));
}

TEST_F(socket_pool_test, port_0_is_never_a_given_one) {
    give(bound("127.0.0.1:0", listen_kind::udp), "");
    auto all = pool();

    const auto taken = all.take("127.0.0.1:0", listen_kind::udp);

    ASSERT_TRUE(taken);
    EXPECT_FALSE(taken->given);
    EXPECT_EQ(all.left().size(), 1u);
}

TEST_F(socket_pool_test, a_given_v4_wildcard_serves_where_every_address_is_meant) {
    auto one = bound("0.0.0.0:0", listen_kind::http);
    const auto address = fmt::format("[::]:{}", bound_port(one.get()));
    give(std::move(one), "");
    auto all = pool();

    const auto taken = all.take(address, listen_kind::http);

    ASSERT_TRUE(taken);
    EXPECT_TRUE(taken->given);
}

TEST_F(socket_pool_test, a_v4_wildcard_does_not_serve_a_listener_on_one_address) {
    auto one = bound("0.0.0.0:0", listen_kind::udp);
    const auto address = fmt::format("127.0.0.1:{}", bound_port(one.get()));
    give(std::move(one), "");
    auto all = pool();

    EXPECT_FALSE(all.take(address, listen_kind::udp).has_value());
}

TEST_F(socket_pool_test, what_nobody_takes_is_named) {
    auto one = bound("127.0.0.1:0", listen_kind::udp);
    const auto port = bound_port(one.get());
    give(std::move(one), "stray");
    const auto left = pool().left();

    ASSERT_EQ(left.size(), 1u);
    EXPECT_EQ(left[0].address, fmt::format("udp 127.0.0.1:{}", port));
    EXPECT_EQ(left[0].name, "stray");
}

TEST_F(socket_pool_test, what_is_no_socket_is_refused_with_a_warning) {
    give(unique_fd(::open("/dev/null", O_RDONLY | O_CLOEXEC)), "null");
    give(unique_fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), "not listening");
    give(unique_fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)), "unix");

    EXPECT_THAT(pool().left(), testing::IsEmpty());
    EXPECT_THAT(said(), ElementsAre(HasSubstr("\"null\""), HasSubstr("\"not listening\""),
                                    HasSubstr("\"unix\"")));
}

TEST_F(socket_pool_test, a_given_socket_does_not_block) {
    auto one = bound("127.0.0.1:0", listen_kind::udp);
    ::fcntl(one.get(), F_SETFL, 0);
    const auto address = fmt::format("127.0.0.1:{}", bound_port(one.get()));
    give(std::move(one), "");

    const auto taken = pool().take(address, listen_kind::udp);

    ASSERT_TRUE(taken);
    EXPECT_NE(::fcntl(taken->fd.get(), F_GETFL) & O_NONBLOCK, 0);
}

TEST_F(socket_pool_test, a_v6_socket_that_does_not_hear_v4_is_spoken_of) {
    unique_fd fd(::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    ASSERT_TRUE(fd);
    const int on = 1;
    ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    sockaddr_in6 any{};
    any.sin6_family = AF_INET6;
    ASSERT_EQ(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&any), sizeof any), 0);
    const auto address = fmt::format("[::]:{}", bound_port(fd.get()));
    give(std::move(fd), "");

    const auto taken = pool().take(address, listen_kind::udp);

    ASSERT_TRUE(taken);
    EXPECT_THAT(said(), ElementsAre(HasSubstr("BindIPv6Only=both")));
}

}  // namespace
}  // namespace relay::listen
