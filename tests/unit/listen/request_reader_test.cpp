#include "relay/listen/request_reader.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

namespace relay::listen {
namespace {

using event = request_reader::event;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::size_t head_max = 1024;

// Everything a connection's bytes mean, one string a request, and a last one for what went wrong.
// Each chunk is a heap block of its own that is gone when the reader asks for more.
std::vector<std::string> read_all(std::string_view bytes, std::size_t chunk) {
    request_reader reader(head_max);
    std::vector<std::string> seen;
    std::string current;
    std::unique_ptr<char[]> block;
    for (;;) {
        switch (reader.next()) {
            case event::head:
                current = std::string(reader.head().method) + ' ' +
                          std::string(reader.head().target) +
                          (reader.keep_alive() ? " keep" : " close") + " [";
                break;
            case event::body:
                current += reader.body();
                break;
            case event::done:
                seen.push_back(current + ']');
                reader.begin_next();
                break;
            case event::failed:
                seen.push_back(std::to_string(reader.failure().status));
                return seen;
            case event::need_more: {
                if (bytes.empty()) return seen;
                const auto size = std::min(chunk, bytes.size());
                block = std::make_unique<char[]>(size);
                std::copy_n(bytes.begin(), size, block.get());
                bytes.remove_prefix(size);
                reader.feed({block.get(), size});
            }
        }
    }
}

void expect_in_any_chunking(std::string_view bytes, const std::vector<std::string>& expected) {
    for (std::size_t chunk = 1; chunk <= bytes.size(); ++chunk) {
        EXPECT_EQ(read_all(bytes, chunk), expected) << "chunks of " << chunk;
    }
}

// As recorded from LWP 6.68 on Proxmox VE 8.
constexpr std::string_view proxmox_push =
    "POST /api/v2/write?org=org1&bucket=pve HTTP/1.1\r\n"
    "TE: deflate,gzip;q=0.3\r\n"
    "Connection: TE, close\r\n"
    "Authorization: Token mytoken123==\r\n"
    "Host: 127.0.0.1:18087\r\n"
    "User-Agent: libwww-perl/6.68\r\n"
    "Content-Length: 59\r\n"
    "\r\n"
    "system,object=nodes,host=pve1 uptime=5 1755785270000000000\n";

TEST(request_reader, reads_what_proxmox_sends_in_any_chunking) {
    expect_in_any_chunking(proxmox_push,
                           {"POST /api/v2/write?org=org1&bucket=pve close "
                            "[system,object=nodes,host=pve1 uptime=5 1755785270000000000\n]"});
}

TEST(request_reader, shows_the_head_as_it_was_sent) {
    request_reader reader(head_max);
    reader.feed(proxmox_push);

    ASSERT_EQ(reader.next(), event::head);
    EXPECT_EQ(reader.head().header("authorization"), "Token mytoken123==");
    EXPECT_EQ(reader.head().header("USER-AGENT"), "libwww-perl/6.68");
    EXPECT_EQ(reader.head().header("content-type"), "");
    EXPECT_EQ(reader.head().content_length, 59u);
    EXPECT_FALSE(reader.http_1_0());
    EXPECT_FALSE(reader.expects_continue());
}

TEST(request_reader, requests_follow_one_another) {
    expect_in_any_chunking(
        "GET /ping HTTP/1.1\r\nHost: x\r\n\r\n"
        "POST /write HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc"
        "POST /write HTTP/1.1\r\nContent-Length: 0\r\n\r\n"
        "HEAD /health HTTP/1.0\r\n\r\n",
        {"GET /ping keep []", "POST /write keep [abc]", "POST /write keep []",
         "HEAD /health close []"});
}

TEST(request_reader, chunked_bodies_are_put_together) {
    const std::string head = "POST /write HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";

    expect_in_any_chunking(
        head + "3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n",
        {"POST /write keep [abc0123456789]", "GET / keep []"});
    expect_in_any_chunking(head + "1\r\na\r\n0\r\nTrailer: x\r\n\r\n", {"POST /write keep [a]"});
    expect_in_any_chunking(head + "0\r\n\r\n", {"POST /write keep []"});
    expect_in_any_chunking(head + "0\r\nTrailer: x\r\n\r\n", {"POST /write keep []"});
}

TEST(request_reader, malformed_chunks_are_refused) {
    const std::string head = "POST /w HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";

    EXPECT_THAT(read_all(head + "zz\r\n", 4096), ElementsAre("400"));
    EXPECT_THAT(read_all(head + "fffffffffffffffff\r\n", 4096), ElementsAre("400"));
    EXPECT_THAT(read_all(head + "1\r\nabcd\r\n", 4096), ElementsAre("400"));
    EXPECT_THAT(read_all(head + "1;" + std::string(2 * head_max, 'x'), 100), ElementsAre("400"));
    EXPECT_THAT(read_all(head + "0\r\n" + std::string(2 * head_max, 'x'), 100), ElementsAre("400"));
}

TEST(request_reader, what_is_no_http_is_refused) {
    for (const auto* text :
         {"\x16\x03\x01\x02 hello tls\r\n\r\n", "cpu v=1\r\n\r\n", "GET / HTTP/2.0\r\n\r\n",
          "GET / HTTP/1.1\r\nno colon\r\n\r\n", "GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
          "GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
          "POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
          "GET /\x01 HTTP/1.1\r\n\r\n", "\r\n\r\n\r\n"}) {
        EXPECT_THAT(read_all(text, 4096), ElementsAre("400")) << text;
        EXPECT_THAT(read_all(text, 1), ElementsAre("400")) << text;
    }
}

TEST(request_reader, endless_head_is_refused_at_its_limit) {
    const std::string request_line = "GET /" + std::string(10 * head_max, 'x');
    std::string fields = "GET / HTTP/1.1\r\n";
    for (int i = 0; i < 1000; ++i) {
        fields += "X: y\r\n";
    }
    for (const std::size_t chunk : {1u, 7u, 1000u, 4096u, 65536u}) {
        EXPECT_THAT(read_all(request_line, chunk), ElementsAre("431"));
        EXPECT_THAT(read_all(fields, chunk), ElementsAre("431"));
    }
}

TEST(request_reader, client_that_waits_for_100_is_known) {
    request_reader reader(head_max);
    reader.feed("POST /write HTTP/1.1\r\nContent-Length: 3\r\nExpect: 100-Continue\r\n\r\n");
    ASSERT_EQ(reader.next(), event::head);
    EXPECT_TRUE(reader.expects_continue());

    request_reader old(head_max);
    old.feed("POST /write HTTP/1.0\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
    ASSERT_EQ(old.next(), event::head);
    EXPECT_FALSE(old.expects_continue());
}

TEST(request_reader, knows_whether_something_is_under_way) {
    request_reader reader(head_max);
    ASSERT_EQ(reader.next(), event::need_more);
    EXPECT_FALSE(reader.underway());

    reader.feed("GE");
    ASSERT_EQ(reader.next(), event::need_more);
    EXPECT_TRUE(reader.underway());
    reader.feed("T / HTTP/1.1\r\n\r\n");
    ASSERT_EQ(reader.next(), event::head);
    ASSERT_EQ(reader.next(), event::done);
    reader.begin_next();
    EXPECT_FALSE(reader.underway());
}

}  // namespace
}  // namespace relay::listen
