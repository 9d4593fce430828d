#include "protocol/line_parser.hpp"

#include "line_reading.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace relay::protocol {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::owned_point;
using testing::read_body;
using testing::refusal;
using ::testing::SizeIs;

constexpr auto number = field_kind::number;
constexpr auto integer = field_kind::integer;
constexpr auto string = field_kind::string;

/// The one point of a body that must hold nothing else.
owned_point only_point(std::string_view body) {
    const auto made = read_body(body);
    EXPECT_THAT(made.refusals, IsEmpty()) << body;
    EXPECT_THAT(made.points, SizeIs(1)) << body;
    return made.points.empty() ? owned_point{} : made.points.front();
}

/// Why the one line of a body is refused.
refusal only_refusal(std::string_view body) {
    const auto made = read_body(body);
    EXPECT_THAT(made.points, IsEmpty()) << body;
    EXPECT_THAT(made.refusals, SizeIs(1)) << body;
    return made.refusals.empty() ? refusal{} : made.refusals.front();
}

TEST(line_parser, reads_every_part_of_a_line) {
    const auto read = only_point(
        "blockstat,object=qemu,vmid=100 rd=1.5,wr=-2i,n=7u,ok=t,s=\"a b\" 1755785270000000000\n");

    EXPECT_EQ(read.measurement, "blockstat");
    EXPECT_THAT(read.tags, ElementsAre(std::pair("object", "qemu"), std::pair("vmid", "100")));
    EXPECT_EQ(read.fields, (std::vector<testing::owned_field>{
                               {"rd", number, "1.5"},
                               {"wr", integer, "-2"},
                               {"n", field_kind::unsigned_integer, "7"},
                               {"ok", field_kind::boolean, "t"},
                               {"s", string, "a b"},
                           }));
    EXPECT_EQ(read.time_ns, 1755785270000000000);
}

TEST(line_parser, reads_the_same_timestamp_anew_in_another_precision) {
    line_parser parser;
    const auto time_of = [&](std::string_view line) {
        EXPECT_EQ(parser.next(line, input_end::yes), line_parser::outcome::point);
        return parser.point().time_ns;
    };

    EXPECT_EQ(time_of("m f=1 1755785270"), 1'755'785'270);
    EXPECT_EQ(time_of("m f=1 1755785270"), 1'755'785'270);
    EXPECT_EQ(time_of("m f=1 175578527"), 175'578'527);
    parser.set_precision(precision::s);
    EXPECT_EQ(time_of("m f=1 1755785270"), 1'755'785'270'000'000'000);
    EXPECT_EQ(time_of("m f=1 000000000000000001755785270"), 1'755'785'270'000'000'000);
    EXPECT_EQ(time_of("m f=1"), std::nullopt);
    std::string_view too_late = "m f=1 17557852700";
    EXPECT_EQ(parser.next(too_late, input_end::yes), line_parser::outcome::failure);
    EXPECT_EQ(time_of("m f=1 1755785270"), 1'755'785'270'000'000'000);
}

TEST(line_parser, gives_the_series_key_as_it_stands_in_the_text) {
    std::string_view text = "# comment\n m\\,x,host=a\\ b,vmid=100 f=1,g=2 3\nplain f=1\n";
    line_parser parser;

    ASSERT_EQ(parser.next(text, input_end::yes), line_parser::outcome::point);
    EXPECT_EQ(parser.series_key(), "m\\,x,host=a\\ b,vmid=100");
    ASSERT_EQ(parser.next(text, input_end::yes), line_parser::outcome::point);
    EXPECT_EQ(parser.series_key(), "plain");
}

TEST(line_parser, leaves_a_missing_timestamp_to_its_caller) {
    EXPECT_EQ(only_point("m f=1").time_ns, std::nullopt);
    EXPECT_EQ(only_point("m f=1  \n").time_ns, std::nullopt);
}

TEST(line_parser, blank_lines_comments_and_indentation_are_passed_over) {
    const auto made = read_body("\n \t\r\n# a=\"comment\\\nm f=1 1\n  # x\n \tn f=2 2\r\n\r\n");

    EXPECT_THAT(made.refusals, IsEmpty());
    ASSERT_THAT(made.points, SizeIs(2));
    EXPECT_EQ(made.points[0].measurement, "m");
    EXPECT_EQ(made.points[1].measurement, "n");
}

TEST(line_parser, a_carriage_return_before_the_newline_is_removed) {
    EXPECT_EQ(only_point("m f=1\r\n").fields[0].text, "1");
    EXPECT_EQ(only_point("m f=1 5\r\n").time_ns, 5);
    EXPECT_EQ(only_point("m f=1 5 \r\n").time_ns, 5);
    EXPECT_EQ(only_point("m f=\"a\"\r\n").fields[0].text, "a");
    EXPECT_EQ(only_point("m f=t\r").fields[0].text, "t") << "the end of the body is a line's end";
    EXPECT_EQ(only_point("m f=\"a\r\"").fields[0].text, "a\r") << "in a string it is data";
}

TEST(line_parser, a_backslash_escapes_separators_in_names_and_is_itself_before_all_else) {
    const auto read = only_point(R"(a\,b\ c,k\=\,\ 1=v\=\,\ 2,t=C:\tmp f\=\,\ 3=1)");

    EXPECT_EQ(read.measurement, "a,b c");
    EXPECT_THAT(read.tags, ElementsAre(std::pair("k=, 1", "v=, 2"), std::pair("t", "C:\\tmp")));
    EXPECT_EQ(read.fields[0].key, "f=, 3");
}

TEST(line_parser, an_equals_sign_in_a_measurement_is_the_same_with_and_without_backslash) {
    EXPECT_EQ(only_point("a=b f=1").measurement, "a=b");
    EXPECT_EQ(only_point("a\\=b f=1").measurement, "a=b");
}

TEST(line_parser, a_string_unescapes_quotes_and_backslashes_alone) {
    EXPECT_EQ(only_point(R"(m f="a\"b\\c\n\q")").fields[0].text, R"(a"b\c\n\q)");
    EXPECT_EQ(only_point(R"(m f="\\")").fields[0].text, "\\");
    EXPECT_EQ(only_point("m f=\"\"").fields[0].text, "");
    EXPECT_EQ(only_point("m f=\"a\nb, c=\td\"").fields[0].text, "a\nb, c=\td");
}

TEST(line_parser, quotes_mean_nothing_in_names) {
    const auto read = only_point(R"("m","k"="v" "f"="x")");

    EXPECT_EQ(read.measurement, "\"m\"");
    EXPECT_THAT(read.tags, ElementsAre(std::pair("\"k\"", "\"v\"")));
    EXPECT_EQ(read.fields[0].key, "\"f\"");
}

TEST(line_parser, a_field_may_repeat_and_keeps_its_place) {
    EXPECT_THAT(only_point("m x=1,y=2,x=3").fields, SizeIs(3));
}

struct refused_case {
    std::string_view line;
    parse_errc code;
    std::size_t offset;
};

const refused_case refused_cases[] = {
    {",t=1 f=1", parse_errc::missing_measurement, 0},
    {"m", parse_errc::missing_fields, 1},
    {"m,t=1", parse_errc::missing_fields, 5},
    {"m ", parse_errc::missing_fields, 2},
    {"m, f=1", parse_errc::missing_tag_key, 2},
    {"m,=v f=1", parse_errc::missing_tag_key, 2},
    {"m,t f=1", parse_errc::missing_tag_value, 3},
    {"m,t= f=1", parse_errc::missing_tag_value, 4},
    {"m,a=1,,b=2 f=1", parse_errc::missing_tag_key, 6},
    {"m =1", parse_errc::missing_field_key, 2},
    {"m f=1, 5", parse_errc::missing_field_key, 6},
    {"m f=1,", parse_errc::missing_field_key, 6},
    {"m ,f=1", parse_errc::missing_field_key, 2},
    {"m f", parse_errc::missing_field_value, 3},
    {"m f=", parse_errc::missing_field_value, 4},
    {"m f=,g=1", parse_errc::missing_field_value, 4},
    {"m f=abc", parse_errc::invalid_number, 4},
    {"m f=null", parse_errc::invalid_number, 4},
    {"m f=NaN", parse_errc::invalid_number, 4},
    {"m f=inf", parse_errc::invalid_number, 4},
    {"m f=+1", parse_errc::invalid_number, 4},
    {"m f=0x10", parse_errc::invalid_number, 4},
    {"m f=1_000", parse_errc::invalid_number, 4},
    {"m f=1e309", parse_errc::number_out_of_range, 4},
    {"m f=9223372036854775808i", parse_errc::number_out_of_range, 4},
    {"m f=18446744073709551616u", parse_errc::number_out_of_range, 4},
    {"m f=-1u", parse_errc::invalid_number, 4},
    {"m f=tru", parse_errc::invalid_boolean, 4},
    {"m f=\"a", parse_errc::unterminated_string, 4},
    {"m f=\"a\\\"", parse_errc::unterminated_string, 4},
    {"m f=\"a\"b", parse_errc::text_after_string, 7},
    {"m f=\"1\"i", parse_errc::text_after_string, 7},
    {"m f=\"a\"\"b\"", parse_errc::text_after_string, 7},
    {"m f=1 x", parse_errc::invalid_timestamp, 6},
    {"m f=1 5-", parse_errc::invalid_timestamp, 6},
    {"m f=1 +5", parse_errc::invalid_timestamp, 6},
    {"m f=1 -", parse_errc::invalid_timestamp, 6},
    {"m f=1 9223372036854775807", parse_errc::timestamp_out_of_range, 6},
    {"m f=1 -9223372036854775807", parse_errc::timestamp_out_of_range, 6},
    {"m f=1 5 6", parse_errc::text_after_timestamp, 8},
    {"m f=1 g=2", parse_errc::invalid_timestamp, 6},
    {"m,a=1,b=2,a=3 f=1", parse_errc::duplicate_tag, 10},
    {"m,time=1 f=1", parse_errc::reserved_tag_key, 2},
    {"m,_field=1 f=1", parse_errc::reserved_tag_key, 2},
    {"m,_measurement=1 f=1", parse_errc::reserved_tag_key, 2},
    {"m time=1,f=1", parse_errc::reserved_field_key, 2},
    {"m\\", parse_errc::trailing_backslash, 1},
    {"m,t=v\\\r\n", parse_errc::trailing_backslash, 5},
    {"m\\\\ f=1", parse_errc::doubled_backslash, 1},
    {"m,t=a\\\\b f=1", parse_errc::doubled_backslash, 5},
    {"0 \\\\=\"=\"", parse_errc::doubled_backslash, 2},
    {"m,t=a=b f=1", parse_errc::unescaped_separator, 5},
    {"m f=1=2", parse_errc::unescaped_separator, 5},
    {"m\x01 f=1", parse_errc::invalid_character, 1},
    {"m f=1\tg=2", parse_errc::invalid_character, 5},
    {"m,t=a\x7f f=1", parse_errc::invalid_character, 5},
    {"m f=1\r2", parse_errc::invalid_character, 5},
    {"m,t=\xff f=1", parse_errc::invalid_utf8, 0},
    {"m f=\"\xc3\"", parse_errc::invalid_utf8, 0},
};

TEST(line_parser, says_what_is_wrong_and_where) {
    for (const auto& [line, code, offset] : refused_cases) {
        const auto refused = only_refusal(line);
        EXPECT_EQ(to_string(refused.code), to_string(code)) << line;
        EXPECT_EQ(refused.offset, offset) << line;
        EXPECT_EQ(refused.line, line);
    }
}

// Whatever is wrong with a line, those before and behind it are read.
TEST(line_parser, a_refused_line_harms_no_neighbour) {
    for (const auto& [line, code, offset] : refused_cases) {
        const auto made = read_body("before f=1 1\n" + std::string(line) + "\nbehind f=2 2\n");

        ASSERT_THAT(made.points, SizeIs(2)) << line;
        EXPECT_EQ(made.points[1].measurement, "behind") << line;
        EXPECT_THAT(made.refusals, SizeIs(1)) << line;
    }
}

// Text of a string must never become a metric, however wrong the rest of its line is.
TEST(line_parser, lines_inside_a_string_of_a_refused_line_are_not_read) {
    for (const std::string_view line : {
             "m,t= f=\"a\nfake f=1 1\nb\"\nn f=1\n",
             "m f=oops,g=\"a\nfake f=1 1\nb\"\nn f=1\n",
             "m f=\"a\"b,g=\"c\nfake f=1 1\n\"\nn f=1\n",
             ",t=1 f=\"\\\"\nfake f=1 1\n\"\nn f=1\n",
         }) {
        const auto made = read_body(line);
        ASSERT_THAT(made.points, SizeIs(1)) << line;
        EXPECT_EQ(made.points[0].measurement, "n") << line;
        EXPECT_THAT(made.refusals, SizeIs(1)) << line;
    }
}

TEST(line_parser, a_precision_scales_timestamps_and_their_range) {
    EXPECT_EQ(read_body("m f=1 2", dialect::common, precision::s).points.at(0).time_ns, 2000000000);
    EXPECT_EQ(read_body("m f=1 -2", dialect::common, precision::ms).points.at(0).time_ns, -2000000);
    EXPECT_EQ(read_body("m f=1 1", dialect::common, precision::us).points.at(0).time_ns, 1000);
    EXPECT_EQ(read_body("m f=1 1", dialect::common, precision::m).points.at(0).time_ns,
              60000000000);
    EXPECT_EQ(read_body("m f=1 1", dialect::common, precision::h).points.at(0).time_ns,
              3600000000000);
    EXPECT_EQ(read_body("m f=1 1755785270000", dialect::common, precision::s).refusals.at(0).code,
              parse_errc::timestamp_out_of_range)
        << "milliseconds under precision=s";
}

TEST(line_parser, limits_are_exact) {
    const parse_limits limits{
        .line_bytes = 40, .name_bytes = 13, .string_bytes = 6, .tags = 2, .fields = 2};
    const auto count = [&](std::string_view body) {
        return read_body(body, dialect::common, precision::ns, limits).points.size();
    };
    EXPECT_EQ(count("m,t=1234 f=1"), 1u);
    EXPECT_EQ(count("m,t=12345 f=1"), 0u);
    EXPECT_EQ(count("m 12345678=1"), 1u);
    EXPECT_EQ(count("m 123456789=1"), 0u);
    EXPECT_EQ(count("m f=\"123456\""), 1u);
    EXPECT_EQ(count("m f=\"1234567\""), 0u);
    EXPECT_EQ(count(",a=,b=,c= f=1"), 0u);
    EXPECT_EQ(count("m,a=1,b=1 f=1"), 0u) << "name_bytes";
    EXPECT_EQ(count("m a=1,b=1"), 1u);
    EXPECT_EQ(count("m a=1,b=1,c=1"), 0u);
    EXPECT_EQ(count("m f=" + std::string(36, '1') + "\nm f=1"), 2u);
    EXPECT_EQ(count("m f=" + std::string(37, '1') + "\nm f=1"), 1u);
    EXPECT_EQ(count("m f=" + std::string(36, '1')), 1u);
    EXPECT_EQ(count("m f=" + std::string(35, '1') + "\r\n"), 1u);
    EXPECT_EQ(count("m f=" + std::string(36, '1') + "\r\n"), 0u);
    EXPECT_EQ(count("#" + std::string(100, ' ') + "\nm f=1"), 1u);
}

TEST(line_parser, many_tags_are_searched_for_one_given_twice) {
    std::string tags;
    for (int i = 0; i < 200; ++i)
        tags += ",t" + std::to_string(i) + "=v";

    EXPECT_THAT(only_point("m" + tags + " f=1").tags, SizeIs(200));
    const auto refused = only_refusal("m" + tags + ",t7=w f=1");
    EXPECT_EQ(refused.code, parse_errc::duplicate_tag);
    EXPECT_EQ(refused.offset, tags.size() + 2);
}

TEST(line_parser, an_abandoned_body_is_forgotten_on_reset) {
    line_parser parser({.line_bytes = 16});
    std::string_view endless = "m f=11111111111111111111111";
    ASSERT_EQ(parser.next(endless, input_end::no), line_parser::outcome::failure);
    ASSERT_EQ(parser.next(endless, input_end::no), line_parser::outcome::need_more);

    parser.reset();

    EXPECT_THAT(read_body("m f=1\n", parser).points, SizeIs(1));
}

}  // namespace
}  // namespace relay::protocol
