// A WriteRequest is what libprotobuf reads from it and, byte for byte, what protozero would write.

#include "protocol/remote_write.hpp"

#include "protocol/snappy_block.hpp"
#include "tests/support/remote_write_reader.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace relay::protocol {
namespace {

using test_support::read_series;
using test_support::read_write_request;
using testing::ElementsAre;
using testing::Pair;

constexpr std::int64_t noon = 1'755'785'270'000;

/// What protozero makes of one sample: the labels with `__name__` and `extra`, sorted.
std::string plainly(std::vector<label> labels, std::string_view metric, double value,
                    std::int64_t time_ms) {
    labels.push_back({metric_name_label, metric});
    std::ranges::sort(labels, {}, &label::name);
    std::string out;
    append_series(out, labels, value, time_ms);
    return out;
}

TEST(remote_write, a_sample_carries_its_labels_its_value_and_its_time) {
    const std::vector<label> labels{{"host", "pve1"}, {"object", "nodes"}};
    label_block block;
    write_request request;

    block.assign(labels, noon);
    request.add(block, "cpustat_cpu", 0.25);

    const auto series = read_write_request(request.bytes());
    ASSERT_TRUE(series);
    ASSERT_EQ(series->size(), 1u);
    EXPECT_THAT(series->front().labels, ElementsAre(Pair("__name__", "cpustat_cpu"),
                                                    Pair("host", "pve1"), Pair("object", "nodes")));
    EXPECT_THAT(series->front().samples, ElementsAre(test_support::read_sample{0.25, noon}));
}

TEST(remote_write, an_example_is_these_bytes) {
    const std::vector<label> labels{{"a", "b"}};
    label_block block;
    write_request request;

    block.assign(labels, 300);
    request.add(block, "m", 1.0);

    EXPECT_EQ(request.bytes(),
              std::string_view("\x0a\x25"                           // series
                               "\x0a\x0d\x0a\x08__name__\x12\x01m"  // __name__="m"
                               "\x0a\x06\x0a\x01"
                               "a\x12\x01"
                               "b"                                             // a="b"
                               "\x12\x0c\x09\x00\x00\x00\x00\x00\x00\xf0\x3f"  // 1.0
                               "\x10\xac\x02",                                 // 300
                               39));
}

TEST(remote_write, the_name_stands_where_bytes_sort_it) {
    // 'A' < '_' < 'a': upper case stands before __name__, lower case behind it.
    const std::vector<label> labels{{"Site", "x"}, {"_a", "y"}, {"host", "z"}};
    label_block block;
    write_request request;

    block.assign(labels, noon);
    request.add(block, "m_f", 1);

    EXPECT_EQ(request.bytes(), plainly(labels, "m_f", 1, noon));
    const auto series = read_write_request(request.bytes());
    ASSERT_TRUE(series);
    EXPECT_THAT(series->front().labels, ElementsAre(Pair("Site", "x"), Pair("__name__", "m_f"),
                                                    Pair("_a", "y"), Pair("host", "z")));
}

TEST(remote_write, one_more_label_finds_its_place) {
    const std::vector<label> labels{{"Site", "x"}, {"host", "y"}, {"vmid", "100"}};
    label_block block;
    block.assign(labels, noon);

    for (const auto* name : {"A", "T", "Z", "_z", "a", "i", "z"}) {
        write_request request;
        const label extra{name, "value"};
        request.add(block, "m_f", extra, 1);

        auto all = labels;
        all.push_back(extra);
        EXPECT_EQ(request.bytes(), plainly(all, "m_f", 1, noon)) << name;
    }
}

TEST(remote_write, lengths_of_two_bytes_and_more_are_right) {
    for (const std::size_t size :
         {0u, 1u, 31u, 32u, 33u, 100u, 127u, 128u, 16'383u, 16'384u, 100'000u}) {
        const std::string text(size, 'v');
        const std::vector<label> labels{{"a", text}, {"b", text}};
        const std::string metric = "m" + text;
        label_block block;
        write_request request;

        block.assign(labels, noon);
        request.add(block, metric, 1);
        EXPECT_EQ(request.bytes(), plainly(labels, metric, 1, noon)) << size;

        request.clear();
        request.add(block, metric, {"aa", text}, 1);
        EXPECT_EQ(request.bytes(),
                  plainly({{"a", text}, {"aa", text}, {"b", text}}, metric, 1, noon))
            << size;
    }
}

TEST(remote_write, values_and_times_keep_every_bit) {
    using limits = std::numeric_limits<double>;
    using time_limits = std::numeric_limits<std::int64_t>;
    label_block block;
    for (const double value : {0.0, -0.0, 123.45, -15.5, limits::max(), limits::min(),
                               limits::denorm_min(), 0.1 + 0.2}) {
        for (const std::int64_t time :
             {std::int64_t{0}, std::int64_t{-1}, noon, time_limits::min(), time_limits::max()}) {
            write_request request;
            block.assign({}, time);
            request.add(block, "m", value);

            EXPECT_EQ(request.bytes(), plainly({}, "m", value, time));
            const auto series = read_write_request(request.bytes());
            ASSERT_TRUE(series);
            EXPECT_EQ(series->front().samples.front().time_ms, time);
            EXPECT_EQ(series->front().samples.front().value, value);
            EXPECT_EQ(std::signbit(series->front().samples.front().value), std::signbit(value));
        }
    }
}

TEST(remote_write, a_block_is_used_again_with_fewer_labels) {
    label_block block;
    const std::vector<label> many{{"a", std::string_view("long enough to be in the way")},
                                  {"b", "2"}};
    const std::vector<label> few{{"c", "3"}};

    block.assign(many, noon);
    block.assign(few, noon + 1);
    write_request request;
    request.add(block, "m", 7);

    EXPECT_EQ(request.bytes(), plainly(few, "m", 7, noon + 1));
}

TEST(remote_write, what_was_added_can_be_taken_back) {
    label_block block;
    block.assign({}, noon);
    write_request request;
    request.add(block, "kept", 1);
    const std::string kept(request.bytes());

    request.add(block, "not_kept", 2);
    request.truncate(kept.size());

    EXPECT_EQ(request.bytes(), kept);
    request.clear();
    EXPECT_EQ(request.bytes(), "");
}

TEST(remote_write, many_series_stand_one_behind_the_other) {
    label_block block;
    write_request request;
    std::string plain;
    for (int line = 0; line < 50; ++line) {
        const auto host = "pve" + std::to_string(line);
        const std::vector<label> labels{{"host", host}};
        block.assign(labels, noon + line);
        for (int field = 0; field < 20; ++field) {
            const auto metric = "m_" + std::to_string(field);
            request.add(block, metric, line + field * 0.5);
            plain += plainly(labels, metric, line + field * 0.5, noon + line);
        }
    }
    EXPECT_EQ(request.bytes(), plain);
    ASSERT_TRUE(read_write_request(request.bytes()));
    EXPECT_EQ(read_write_request(request.bytes())->size(), 1000u);
}

TEST(snappy_block, is_the_block_format_and_not_the_framed_one) {
    snappy_block snappy;
    EXPECT_EQ(snappy.compress(""), std::string_view("\0", 1));  // the length of nothing

    // A framed stream begins with 0xff 0x06 0x00 0x00 "sNaPpY".
    EXPECT_EQ(snappy.compress("abc"), std::string_view("\x03\x08"
                                                       "abc"));
}

TEST(snappy_block, a_large_request_survives_the_way) {
    label_block block;
    write_request request;
    snappy_block snappy;
    for (int i = 0; i < 20'000; ++i) {
        const auto vmid = std::to_string(i);
        const std::vector<label> labels{{"host", "web"}, {"vmid", vmid}};
        block.assign(labels, noon);
        request.add(block, "system_cpu", i);
    }
    const auto body = snappy.compress(request.bytes());

    EXPECT_LT(body.size(), request.size());
    EXPECT_EQ(test_support::read_remote_write_body(body), read_write_request(request.bytes()));
}

}  // namespace
}  // namespace relay::protocol
