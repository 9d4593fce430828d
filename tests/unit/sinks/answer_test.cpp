// What is read from a store's answer, whatever store it is.

#include "sinks/answer.hpp"

#include <gmock/gmock.h>

#include <string>

namespace relay::sinks {
namespace {

using std::chrono::seconds;

std::optional<seconds> wait(std::string value, std::string date = "Sun, 06 Nov 1994 08:49:37 GMT") {
    http_response response;
    response.headers = {{"retry-after", std::move(value)}, {"date", std::move(date)}};
    return retry_after(response);
}

TEST(retry_after, is_a_number_of_seconds) {
    EXPECT_EQ(wait("0"), seconds(0));
    EXPECT_EQ(wait(" 120 "), seconds(120));
    EXPECT_EQ(wait("4294967295"), seconds(4294967295));
}

TEST(retry_after, that_makes_no_sense_is_none) {
    for (const auto* text : {"", "-1", "1.5", "soon", "99999999999", "1e3", "12 s"}) {
        EXPECT_EQ(wait(text), std::nullopt) << text;
    }
    EXPECT_EQ(retry_after({}), std::nullopt);
}

TEST(retry_after, as_a_date_counts_from_the_answers_own_date) {
    EXPECT_EQ(wait("Sun, 06 Nov 1994 08:50:07 GMT"), seconds(30));
    EXPECT_EQ(wait("Mon, 07 Nov 1994 08:49:37 GMT"), seconds(86'400));
    EXPECT_EQ(wait("Sun, 06 Nov 1994 08:49:00 GMT"), seconds(0)) << "already past";
    EXPECT_EQ(wait("Sun, 06 Nov 1994 08:50:07 GMT", ""), std::nullopt) << "no clock to count from";
}

TEST(http_date, is_read_in_all_three_forms) {
    constexpr std::int64_t example = 784'111'777;  // of RFC 9110, section 5.6.7
    EXPECT_EQ(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), example);
    EXPECT_EQ(parse_http_date("Sunday, 06-Nov-94 08:49:37 GMT"), example);
    EXPECT_EQ(parse_http_date("Sun Nov  6 08:49:37 1994"), example);
    EXPECT_EQ(parse_http_date("Thu, 01 Jan 1970 00:00:00 GMT"), 0);
    EXPECT_EQ(parse_http_date("Thu, 29 Feb 2024 23:59:60 GMT"), 1'709'251'200);
    EXPECT_EQ(parse_http_date("Thursday, 01-Jan-69 00:00:00 GMT"), 3'124'224'000);
}

TEST(http_date, that_is_none_is_refused) {
    for (const auto* text :
         {"", "Sun", "Sun, 06 Nov 1994", "Sun, 06 Nov 1994 08:49:37",
          "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 31 Feb 1994 08:49:37 GMT",
          "Sun, 06 Foo 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT",
          "Sun, 06 Nov 1994 8:49:37 GMT", "Sun, 06 Nov 1960 08:49:37 GMT",
          "Sun, 06 Nov 99999999999 08:49:37 GMT", "Sun, -6 Nov 1994 08:49:37 XXX", ", , , , , ,"}) {
        EXPECT_EQ(parse_http_date(text), std::nullopt) << text;
    }
}

TEST(json_string, finds_a_member_and_unescapes_it) {
    EXPECT_EQ(json_string(R"({"code":"invalid","message":"a \"b\"\n\u00e9\u0041\\"})", "message"),
              "a \"b\"\n\xc3\xa9"
              "A\\");
    EXPECT_EQ(json_string(R"( { "error" : "x" } )", "error"), "x");
    EXPECT_EQ(json_string(R"({"error":5,"code":"error"})", "error"), std::nullopt);
    EXPECT_EQ(json_string("error: \"x\"", "error"), std::nullopt) << "no JSON";
}

TEST(json_string, that_is_cut_off_gives_what_there_is) {
    EXPECT_EQ(json_string(R"({"message":"half a sen)", "message"), "half a sen");
    EXPECT_EQ(json_string("{\"message\":\"a\\", "message"), "a\\");
    EXPECT_EQ(json_string(R"({"message":"a\u00)", "message"), "au00");
    EXPECT_EQ(json_string(R"({"message":)", "message"), std::nullopt);
    EXPECT_EQ(json_string(R"({"message")", "message"), std::nullopt);
    EXPECT_EQ(json_string(R"({"message":"\ud800"})", "message"), "?");
}

TEST(store_words, are_the_message_in_one_printable_line) {
    http_response response;
    response.status = 400;
    response.body = "{\"code\":\"invalid\",\"message\":\"line 1\\nline 2\"}\n";
    EXPECT_EQ(store_words(response), "line 1\\x0aline 2");
    response.body = "out of order sample\n";
    EXPECT_EQ(store_words(response), "out of order sample");
    response.body = std::string(10'000, 'x');
    EXPECT_LT(store_words(response).size(), 320u);
    response = {};
    response.error = "timed out";
    EXPECT_EQ(store_words(response), "timed out");
}

TEST(mentions, looks_past_the_case_of_letters) {
    EXPECT_TRUE(mentions("Out Of Order", "out of order"));
    EXPECT_FALSE(mentions("out of", "out of order"));
}

}  // namespace
}  // namespace relay::sinks
