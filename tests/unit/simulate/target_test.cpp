// One push, in the words in which Proxmox pushes.
#include "relay/simulate/target.hpp"

#include "tests/unit/simulate/tiny_server.hpp"

#include <gtest/gtest.h>

namespace relay::simulate {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view no_content =
    "HTTP/1.1 204 No Content\r\nx-relay-durable: kernel\r\nConnection: close\r\n\r\n";

TEST(target, is_read_from_a_url) {
    const auto plain = parse_target("http://127.0.0.1");
    ASSERT_TRUE(plain);
    EXPECT_EQ(plain->port, "8086");
    EXPECT_EQ(plain->prefix, "");

    const auto six = parse_target("http://[::1]:8186/relay/a/");
    ASSERT_TRUE(six);
    EXPECT_EQ(six->host, "[::1]");
    EXPECT_EQ(six->port, "8186");
    EXPECT_EQ(six->prefix, "/relay/a");
    EXPECT_EQ(six->address.ss_family, AF_INET6);

    const auto udp = parse_target("udp://127.0.0.1:8189");
    ASSERT_TRUE(udp);
    EXPECT_EQ(udp->carrier, transport::udp);
}

TEST(target, what_is_no_target_is_refused_with_a_reason) {
    EXPECT_FALSE(parse_target("https://127.0.0.1:8086"));
    EXPECT_FALSE(parse_target("127.0.0.1:8086"));
    EXPECT_FALSE(parse_target("http://"));
    EXPECT_FALSE(parse_target("http://127.0.0.1:"));
    EXPECT_EQ(parse_target("ftp://x").error(), "ftp://x: neither http:// nor udp://");
}

// The bytes that LWP 6.68 sent through PVE's plugin on loopback.
TEST(post, says_what_lwp_says) {
    tiny_server server{std::string(no_content)};
    const auto to = parse_target(server.url());
    ASSERT_TRUE(to);

    const auto got = post(*to, {.organization = "org1", .bucket = "pve", .token = "mytoken123=="},
                          "system,object=nodes,host=pve1 uptime=5 1755785270000000000\n", 5s);

    EXPECT_EQ(got.status, 204);
    EXPECT_EQ(got.durable, "kernel");
    EXPECT_EQ(got.error, "");
    ASSERT_EQ(server.requests().size(), 1u);
    EXPECT_EQ(server.requests()[0],
              "POST /api/v2/write?org=org1&bucket=pve HTTP/1.1\r\n"
              "TE: deflate,gzip;q=0.3\r\n"
              "Connection: TE, close\r\n"
              "Authorization: Token mytoken123==\r\n"
              "Host: " +
                  server.url().substr(7) +
                  "\r\n"
                  "User-Agent: libwww-perl/6.68\r\n"
                  "Content-Length: 59\r\n"
                  "\r\n"
                  "system,object=nodes,host=pve1 uptime=5 1755785270000000000\n");
}

TEST(post, large_body_arrives_whole_and_prefix_is_kept) {
    tiny_server server{std::string(no_content)};
    const auto to = parse_target(server.url("/relay/"));
    ASSERT_TRUE(to);
    const std::string body(3 << 20, 'x');

    EXPECT_EQ(post(*to, {}, body, 5s).status, 204);

    ASSERT_EQ(server.requests().size(), 1u);
    EXPECT_TRUE(server.requests()[0].starts_with("POST /relay/api/v2/write?org=proxmox&"));
    EXPECT_TRUE(server.requests()[0].ends_with("\r\n\r\n" + body));
}

TEST(post, refusal_and_silence_are_answers_with_status_0) {
    tiny_server silent{""};
    const auto to = parse_target(silent.url());
    ASSERT_TRUE(to);
    EXPECT_EQ(post(*to, {}, "x", 5s).status, 0);
    EXPECT_EQ(post(*to, {}, "x", 5s).error, "no answer");

    const auto nobody = parse_target("http://127.0.0.1:1");
    ASSERT_TRUE(nobody);
    EXPECT_EQ(post(*nobody, {}, "x", 5s).error, "connect: Connection refused");
}

TEST(post, what_is_not_http_is_no_answer) {
    tiny_server server{"SSH-2.0-OpenSSH_9.2\r\n\r\n"};
    const auto to = parse_target(server.url());
    ASSERT_TRUE(to);

    EXPECT_EQ(post(*to, {}, "x", 5s).error, "the answer is not HTTP");
}

}  // namespace
}  // namespace relay::simulate
