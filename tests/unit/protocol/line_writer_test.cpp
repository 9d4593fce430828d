#include "protocol/line_writer.hpp"

#include "line_reading.hpp"
#include "protocol/escape.hpp"
#include "protocol/timestamp.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace relay::protocol {
namespace {

using testing::owned_point;
using testing::read_body;

owned_point point_named(std::string name) {
    return {std::move(name), {{"t", "v"}}, {{"f", field_kind::number, "1"}}, 5};
}

TEST(line_writer, writes_every_part_escaped) {
    const owned_point made{"a,b c=d",
                           {{"k=, 1", "v=, 2"}, {"p", "C:\\x"}},
                           {{"f=, 3", field_kind::number, ".5"},
                            {"i", field_kind::integer, "-007"},
                            {"u", field_kind::unsigned_integer, "7"},
                            {"b", field_kind::boolean, "T"},
                            {"s", field_kind::string, "say \"\\\""}},
                           -5};

    EXPECT_EQ(testing::write(made), R"(a\,b\ c=d,k\=\,\ 1=v\=\,\ 2,p=C:\x )"
                                    R"(f\=\,\ 3=0.5,i=-7i,u=7u,b=T,s="say \"\\\"" -5)"
                                    "\n");
}

TEST(line_writer, a_point_without_time_has_none_when_written) {
    auto made = point_named("m");
    made.time_ns.reset();
    EXPECT_EQ(testing::write(made), "m,t=v f=1\n");
}

// VictoriaMetrics ends the line at a newline, whatever quotes stand around it: the text behind it
// would become a metric.
TEST(line_writer, a_string_never_holds_a_raw_newline) {
    owned_point made{"m", {}, {{"f", field_kind::string, "a\nm2 g=1 5\nb\\n"}}, 5};

    const auto written = testing::write(made);

    EXPECT_EQ(written, R"(m f="a\nm2 g=1 5\nb\\n" 5)"
                       "\n");
    EXPECT_EQ(read_body(written).points.at(0), testing::as_written(made));
}

TEST(line_writer, what_stores_read_differently_is_not_writable) {
    EXPECT_TRUE(testing::is_writable(point_named("m")));
    EXPECT_TRUE(testing::is_writable(point_named("a b,c=d\\e")));
    for (const auto* name :
         {"", "#m", "a\\", "a\\\\b", "a\\ b", "a\\,b", "a\\=b", "a\nb", "a\tb", "a\x7f", "a\xff"}) {
        EXPECT_FALSE(testing::is_writable(point_named(name))) << name;
        auto made = point_named("m");
        made.tags[0].second = name;
        EXPECT_EQ(testing::is_writable(made), std::string_view(name) == "#m") << name;
        made = point_named("m");
        made.fields[0].key = name;
        EXPECT_EQ(testing::is_writable(made), std::string_view(name) == "#m") << name;
    }
    auto made = point_named("m");
    made.tags[0].first = "time";
    EXPECT_FALSE(testing::is_writable(made));
    made = point_named("m");
    made.fields[0].key = "time";
    EXPECT_FALSE(testing::is_writable(made));
    made.fields.clear();
    EXPECT_FALSE(testing::is_writable(made));
    made.fields = {{"f", field_kind::number, "nan"}};
    EXPECT_FALSE(testing::is_writable(made));
    made.fields = {{"f", field_kind::string, "\xff"}};
    EXPECT_FALSE(testing::is_writable(made));
}

TEST(line_writer, the_range_of_timestamps_is_that_of_influxdb) {
    EXPECT_EQ(read_timestamp("9223372036854775806", 1), time_ns_max);
    EXPECT_EQ(read_timestamp("-9223372036854775806", 1), time_ns_min);
    EXPECT_EQ(read_timestamp("-0", 1), 0);
    EXPECT_EQ(read_timestamp("0000000000000000000000000007", 1000), 7000);
    EXPECT_EQ(read_timestamp("9223372036854775807", 1).error(), parse_errc::timestamp_out_of_range);
    EXPECT_EQ(read_timestamp("9223372036", 1'000'000'000), 9223372036000000000);
    EXPECT_EQ(read_timestamp("9223372037", 1'000'000'000).error(),
              parse_errc::timestamp_out_of_range);
    EXPECT_EQ(read_timestamp("99999999999999999999999", 1).error(),
              parse_errc::timestamp_out_of_range);
    EXPECT_EQ(read_timestamp("", 1).error(), parse_errc::invalid_timestamp);
    EXPECT_EQ(read_timestamp("1e3", 1).error(), parse_errc::invalid_timestamp);
}

}  // namespace
}  // namespace relay::protocol
