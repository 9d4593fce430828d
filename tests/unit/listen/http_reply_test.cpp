#include "relay/listen/http_reply.hpp"

#include <gmock/gmock.h>

namespace relay::listen {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string_view header(const reply& answer, std::string_view name) {
    for (const auto& [key, value] : answer.headers) {
        if (key == name) return value;
    }
    return {};
}

TEST(http_reply, accepted_body_says_what_it_survives) {
    const auto whole = written(api::v2, durable::disk, 0);
    EXPECT_EQ(whole.status, 204);
    EXPECT_TRUE(whole.headers.empty());

    const auto kernel = written(api::v2, durable::kernel, 3);
    EXPECT_EQ(header(kernel, "X-Relay-Durable"), "kernel");
    EXPECT_EQ(header(kernel, "X-Relay-Rejected"), "3");
    EXPECT_EQ(header(written(api::v1, durable::no, 0), "X-Relay-Durable"), "no");
}

TEST(http_reply, errors_speak_the_api_that_was_spoken) {
    const auto v2 = refused(api::v2, 400, "line 1, byte 2: \"quoted\"\nand \x01 more");
    EXPECT_EQ(v2.body,
              R"({"code":"invalid","message":"line 1, byte 2: \"quoted\"\nand \u0001 more"})");
    EXPECT_EQ(header(v2, "X-Platform-Error-Code"), "invalid");
    EXPECT_EQ(header(v2, "Content-Type"), "application/json; charset=utf-8");

    const auto v1 = refused(api::v1, 400, "bad\nline");
    EXPECT_EQ(v1.body, "{\"error\":\"bad\\nline\"}\n");
    EXPECT_EQ(header(v1, "X-Influxdb-Error"), "bad\nline");
}

TEST(http_reply, every_status_has_its_code) {
    const std::pair<int, const char*> codes[] = {{400, "invalid"},
                                                 {401, "unauthorized"},
                                                 {403, "forbidden"},
                                                 {404, "not found"},
                                                 {405, "method not allowed"},
                                                 {413, "request too large"},
                                                 {415, "unsupported media type"},
                                                 {500, "internal error"},
                                                 {503, "unavailable"}};
    for (const auto& [status, code] : codes) {
        EXPECT_EQ(header(refused(api::v2, status, "x"), "X-Platform-Error-Code"), code);
        EXPECT_NE(reason_phrase(status), "Status");
    }
}

TEST(http_reply, missing_token_is_told_as_influxdb_tells_it) {
    EXPECT_EQ(unauthorized(api::v2).body,
              R"({"code":"unauthorized","message":"unauthorized access"})");
    const auto v1 = unauthorized(api::v1);
    EXPECT_EQ(v1.body, "{\"error\":\"authorization failed\"}\n");
    EXPECT_EQ(header(v1, "WWW-Authenticate"), "Basic realm=\"InfluxDB\"");
    EXPECT_EQ(header(v1, "X-Influxdb-Error"), "");
}

TEST(http_reply, unknown_bucket_is_told_as_influxdb_tells_it) {
    EXPECT_EQ(bucket_not_found(api::v1, "nope").body,
              "{\"error\":\"database not found: \\\"nope\\\"\"}\n");
    EXPECT_EQ(bucket_not_found(api::v2, "nope").body,
              R"({"code":"not found","message":"bucket \"nope\" not found"})");
    EXPECT_EQ(bucket_not_found(api::v2, "").body,
              R"({"code":"not found","message":"bucket not found"})");
}

TEST(http_reply, no_content_goes_out_without_a_length) {
    const auto wire = to_wire(written(api::v2, durable::disk, 0), {.version = "1.2.3"});

    EXPECT_EQ(wire,
              "HTTP/1.1 204 No Content\r\nX-Influxdb-Build: pverelay\r\n"
              "X-Influxdb-Version: 1.2.3\r\nConnection: close\r\n\r\n");
}

TEST(http_reply, head_is_told_the_length_and_spared_the_body) {
    const auto answer = healthy("1.2.3");
    const auto get = to_wire(answer, {.keep_alive = true, .version = "1"});
    const auto head = to_wire(answer, {.keep_alive = true, .head = true, .version = "1"});

    EXPECT_EQ(get, head + answer.body);
    EXPECT_THAT(get, HasSubstr("Content-Length: " + std::to_string(answer.body.size()) + "\r\n"));
    EXPECT_THAT(get, Not(HasSubstr("Connection:")));
}

TEST(http_reply, kept_connection_of_http_1_0_is_confirmed) {
    const auto wire = to_wire(pong(), {.http_1_0 = true, .keep_alive = true, .version = "1"});

    EXPECT_TRUE(wire.starts_with("HTTP/1.0 204 No Content\r\n"));
    EXPECT_THAT(wire, HasSubstr("Connection: keep-alive\r\n"));
}

TEST(http_reply, no_header_can_be_forged_by_what_a_client_sent) {
    const auto wire = to_wire(refused(api::v1, 400, "a\r\nSet-Cookie: x\x7f"), {.version = "1"});

    EXPECT_THAT(wire, HasSubstr("X-Influxdb-Error: a  Set-Cookie: x \r\n"));
}

TEST(http_reply, an_answer_may_have_a_reason_of_its_own_and_no_version) {
    const auto wire =
        to_wire({.status = 595, .headers = {}, .body = {}, .reason = "No route\r\nto host"}, {});

    EXPECT_TRUE(wire.starts_with("HTTP/1.1 595 No route  to host\r\n")) << wire;
    EXPECT_EQ(wire.find("X-Influxdb"), std::string::npos);
}

}  // namespace
}  // namespace relay::listen
