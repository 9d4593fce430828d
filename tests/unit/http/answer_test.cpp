#include "relay/http/answer.hpp"

#include <gtest/gtest.h>

#include <string>

namespace relay::http {
namespace {

TEST(answer, headers_that_are_judged_are_kept_in_lower_case) {
    answer reply(100);
    reply.header_line("HTTP/1.1 429 Too Many Requests\r\n");
    reply.header_line("Retry-After:  7 \r\n");
    reply.header_line("X-Influxdb-Error: full\r\n");
    reply.header_line("Set-Cookie: session=1\r\n");
    reply.header_line("\r\n");

    EXPECT_EQ(reply.response().header("retry-after"), "7");
    EXPECT_EQ(reply.response().header("x-influxdb-error"), "full");
    EXPECT_EQ(reply.response().headers.size(), 2U);
}

TEST(answer, an_interim_answer_is_forgotten) {
    answer reply(100);
    reply.header_line("HTTP/1.1 100 Continue\r\n");
    reply.header_line("X-Of: the interim one\r\n");
    reply.header_line("HTTP/1.1 204 No Content\r\n");

    EXPECT_TRUE(reply.response().headers.empty());
}

TEST(answer, endless_headers_are_not_kept) {
    answer reply(100);
    for (int i = 0; i < 10'000; ++i) {
        reply.header_line("x-" + std::to_string(i) + ": v\r\n");
    }

    EXPECT_EQ(reply.response().headers.size(), headers_kept_max);
}

TEST(answer, a_body_is_kept_up_to_its_bound_in_any_chunking) {
    const std::string body(150, 'b');
    for (std::size_t chunk = 1; chunk <= body.size(); ++chunk) {
        answer reply(100);
        for (std::size_t at = 0; at < body.size(); at += chunk) {
            EXPECT_TRUE(reply.body_bytes(std::string_view(body).substr(at, chunk)));
        }
        EXPECT_EQ(reply.response().body, body.substr(0, 100)) << "chunks of " << chunk;
        EXPECT_FALSE(reply.cut());
    }
}

TEST(answer, a_body_without_end_is_cut) {
    answer reply(100);
    const std::string chunk(16 << 10, 'b');
    std::size_t bytes = 0;
    while (reply.body_bytes(chunk)) {
        bytes += chunk.size();
        ASSERT_LE(bytes, 2 * discarded_bytes_max);
    }

    EXPECT_TRUE(reply.cut());
    EXPECT_EQ(reply.response().body.size(), 100U);
}

}  // namespace
}  // namespace relay::http
