// A WriteRequest is what libprotobuf reads from it and, byte for byte, what protozero would write.

#include "protocol/remote_write.hpp"

#include "protocol/snappy_block.hpp"
#include "tests/support/remote_write_reader.hpp"

#include <gmock/gmock.h>
#include <snappy.h>

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

/// The message that is in the body.
std::string message_of(write_request& request) {
    const auto body = request.body();
    std::string bytes;
    EXPECT_TRUE(snappy::Uncompress(body.data(), body.size(), &bytes));
    EXPECT_EQ(bytes.size(), request.size());
    return bytes;
}

/// A request beside its plain twin.
class beside_plain {
public:
    void begin(std::vector<label> labels, std::int64_t time_ms) {
        labels_ = std::move(labels);
        time_ms_ = time_ms;
        line_.begin(label_block(labels_), time_ms);
    }
    void add(shared_label& metric, std::string_view name, double value) {
        const auto size = write_request::size_of(line_, metric, nullptr) + request_.size();
        request_.add(line_, metric, nullptr, value);
        EXPECT_EQ(request_.size(), size);
        plain_ += plainly(labels_, name, value, time_ms_);
    }
    void add(std::string_view name, double value) {
        shared_label metric({metric_name_label, name});
        add(metric, name, value);
    }
    void add(shared_label& metric, std::string_view name, shared_label& extra, const label& plain,
             double value) {
        const auto size = write_request::size_of(line_, metric, &extra) + request_.size();
        request_.add(line_, metric, &extra, value);
        EXPECT_EQ(request_.size(), size);
        auto all = labels_;
        all.push_back(plain);
        plain_ += plainly(all, name, value, time_ms_);
    }
    void add(std::string_view name, const label& extra, double value) {
        shared_label metric({metric_name_label, name});
        shared_label shared(extra);
        add(metric, name, shared, extra, value);
    }
    void clear() {
        request_.clear();
        plain_.clear();
    }
    /// Whether both are the same message; no protobuf is read.
    [[nodiscard]] bool agrees() { return message_of(request_) == plain_; }
    [[nodiscard]] std::string message() { return message_of(request_); }
    [[nodiscard]] std::string_view body() { return request_.body(); }
    [[nodiscard]] std::size_t size() const { return request_.size(); }

private:
    std::vector<label> labels_;
    std::int64_t time_ms_ = 0;
    line_series line_;
    write_request request_;
    std::string plain_;
};

TEST(remote_write, a_sample_carries_its_labels_its_value_and_its_time) {
    beside_plain request;
    request.begin({{"host", "pve1"}, {"object", "nodes"}}, noon);
    request.add("cpustat_cpu", 0.25);

    const auto series = read_write_request(request.message());
    ASSERT_TRUE(series);
    ASSERT_EQ(series->size(), 1u);
    EXPECT_THAT(series->front().labels, ElementsAre(Pair("__name__", "cpustat_cpu"),
                                                    Pair("host", "pve1"), Pair("object", "nodes")));
    EXPECT_THAT(series->front().samples, ElementsAre(test_support::read_sample{0.25, noon}));
}

TEST(remote_write, an_example_is_these_bytes) {
    beside_plain request;
    request.begin({{"a", "b"}}, 300);
    request.add("m", 1.0);

    EXPECT_EQ(request.message(),
              std::string_view("\x0a\x25"                           // series
                               "\x0a\x0d\x0a\x08__name__\x12\x01m"  // __name__="m"
                               "\x0a\x06\x0a\x01"
                               "a\x12\x01"
                               "b"                                             // a="b"
                               "\x12\x0c\x09\x00\x00\x00\x00\x00\x00\xf0\x3f"  // 1.0
                               "\x10\xac\x02",                                 // 300
                               39));
}

TEST(remote_write, what_repeats_is_a_copy_element) {
    beside_plain request;
    shared_label metric({metric_name_label, "m"});
    request.begin({{"a", "b"}}, 300);
    request.add(metric, "m", 1.0);
    request.add(metric, "m", 1.0);
    request.add(metric, "m", 2.0);

    const std::string_view whole(
        "\x75"  // 117 bytes
        "\x04\x0a\x25\x38\x0a\x0d\x0a\x08__name__\x12\x01m"
        "\x28\x0a\x06\x0a\x01"
        "a\x12\x01"
        "b\x12\x0c\x09\x1c\x00\x00\x00\x00\x00\x00\xf0\x3f"
        "\x08\x10\xac\x02"
        // from 39 bytes before: 17 (head and name), 22 (all the rest)
        "\x42\x27\x00\x56\x27\x00"
        // and 17, 11 up to the value, the value, 3 of time
        "\x42\x27\x00\x1d\x27\x1c\x00\x00\x00\x00\x00\x00\x00\x40"
        "\x0a\x27\x00",
        68);
    EXPECT_EQ(request.body(), whole);
    EXPECT_TRUE(request.agrees());
}

TEST(remote_write, the_name_stands_where_bytes_sort_it) {
    // 'A' < '_' < 'a': upper case stands before __name__, lower case behind it.
    beside_plain request;
    request.begin({{"Site", "x"}, {"_a", "y"}, {"host", "z"}}, noon);
    request.add("m_f", 1);

    EXPECT_TRUE(request.agrees());
    const auto series = read_write_request(request.message());
    ASSERT_TRUE(series);
    EXPECT_THAT(series->front().labels, ElementsAre(Pair("Site", "x"), Pair("__name__", "m_f"),
                                                    Pair("_a", "y"), Pair("host", "z")));
}

TEST(remote_write, a_name_is_copied_with_its_head_only_where_no_label_stands_between) {
    // Lines of one size, whose label stands behind the name in some and before it in others.
    const std::string orders[] = {"aAaAa", "AaAaA", "aaAAaa", "AAaaAA"};
    for (const auto& order : orders) {
        beside_plain request;
        shared_label metric({metric_name_label, "m_f"});
        for (const char name : order) {
            request.begin({{std::string_view(&name, 1), "value"}}, noon);
            request.add(metric, "m_f", 1);
            request.add(metric, "m_f", 1);
            request.add(metric, "m_f", 2);
        }
        EXPECT_TRUE(request.agrees()) << order;
    }
}

TEST(remote_write, one_more_label_finds_its_place) {
    beside_plain request;
    shared_label metric({metric_name_label, "m_f"});
    request.begin({{"Site", "x"}, {"host", "y"}, {"vmid", "100"}}, noon);
    for (int round = 0; round < 3; ++round) {
        for (const auto* name : {"A", "T", "Z", "_z", "a", "i", "z"}) {
            request.add("m_f", {name, "value"}, 1);
            EXPECT_TRUE(request.agrees()) << name;
        }
        request.add(metric, "m_f", round);
        EXPECT_TRUE(request.agrees());
    }
}

TEST(remote_write, a_value_is_repeated_only_with_the_labels_it_stood_by) {
    beside_plain request;
    shared_label metric({metric_name_label, "m_f"});
    request.begin({{"Site", "x"}, {"host", "y"}}, noon);
    request.add(metric, "m_f", 1);
    for (const auto* name : {"A", "z"}) {
        for (const double value : {2.0, 1.0, 2.0}) {
            request.add("m_f", {name, "value"}, value);
            request.add(metric, "m_f", 2);
            request.add(metric, "m_f", 1);
            EXPECT_TRUE(request.agrees()) << name << ' ' << value;
        }
    }
}

TEST(remote_write, lengths_of_two_bytes_and_more_are_right) {
    for (const std::size_t size : {0u, 1u, 31u, 59u, 60u, 61u, 64u, 65u, 100u, 127u, 128u, 255u,
                                   256u, 257u, 16'383u, 16'384u, 65'535u, 65'536u, 100'000u}) {
        const std::string text(size, 'v');
        const std::string metric = "m" + text;
        beside_plain request;
        for (const auto* last : {"x", "x", "y"}) {
            request.begin({{"a", text}, {"b", text}, {"c", last}}, noon);
            request.add(metric, 1);
            request.add(metric, {"aa", text}, 1);
            request.add(metric, {"aa", text}, 2);
            request.add(metric, 2);
            request.add(metric, 2);
        }
        EXPECT_TRUE(request.agrees()) << size;
    }
}

TEST(remote_write, lines_of_large_size_outrun_the_reach_of_copies) {
    // Whatever was written last lies just before and just beyond 65,535 bytes.
    for (std::size_t padding = 65'200; padding < 65'560; padding += 3) {
        const std::string large(padding, 'p');
        beside_plain request;
        shared_label metric({metric_name_label, "m_f"});
        request.begin({{"a", "the first label"}, {"b", "the second label"}}, noon);
        request.add(metric, "m_f", 1);
        request.add("wide", {"c", large}, 1);
        request.add(metric, "m_f", 1);
        request.begin({{"a", "the first label"}, {"b", "another, longer label"}}, noon);
        request.add(metric, "m_f", 1);
        EXPECT_TRUE(request.agrees()) << padding;
    }
}

TEST(remote_write, values_and_times_keep_every_bit) {
    using limits = std::numeric_limits<double>;
    using time_limits = std::numeric_limits<std::int64_t>;
    beside_plain request;
    for (const double value : {0.0, -0.0, 123.45, -15.5, limits::max(), limits::min(),
                               limits::denorm_min(), 0.1 + 0.2}) {
        for (const std::int64_t time :
             {std::int64_t{0}, std::int64_t{-1}, noon, time_limits::min(), time_limits::max()}) {
            request.clear();
            request.begin({}, time);
            request.add("m", value);

            EXPECT_TRUE(request.agrees());
            const auto series = read_write_request(request.message());
            ASSERT_TRUE(series);
            EXPECT_EQ(series->front().samples.front().time_ms, time);
            EXPECT_EQ(series->front().samples.front().value, value);
            EXPECT_EQ(std::signbit(series->front().samples.front().value), std::signbit(value));
        }
    }
}

TEST(remote_write, a_request_holds_nothing_of_the_one_before) {
    beside_plain request;
    shared_label metric({metric_name_label, "m"});
    shared_label extra({"state", "running"});
    request.begin({{"a", "long enough to be in the way"}, {"b", "2"}}, noon);
    request.add(metric, "m", 7);
    request.add(metric, "m", extra, {"state", "running"}, 7);

    for (int i = 0; i < 3; ++i) {
        request.clear();
        EXPECT_EQ(request.body(), std::string_view("\0", 1)) << "the length of nothing";
        request.add(metric, "m", extra, {"state", "running"}, 7);
        request.add(metric, "m", 7);
        EXPECT_TRUE(request.agrees());
    }
}

TEST(remote_write, many_lines_of_one_kind_stand_one_behind_the_other) {
    beside_plain request;
    std::vector<std::string> names;
    std::vector<shared_label> metrics;
    for (int field = 0; field < 20; ++field) {
        names.push_back("m_" + std::to_string(field));
        metrics.emplace_back(label{metric_name_label, names.back()});
    }
    for (int line = 0; line < 500; ++line) {
        const auto host = "pve" + std::to_string(line / 3);
        const auto device = "scsi" + std::to_string(line % 3);
        request.begin({{"cluster", "lab"}, {"host", host}, {"instance", device}, {"job", "pve"}},
                      noon + line / 50);
        for (std::size_t field = 0; field < metrics.size(); ++field) {
            request.add(metrics[field], names[field],
                        field % 3 == 0 ? 0.0 : line + static_cast<double>(field));
        }
    }
    EXPECT_TRUE(request.agrees());
    EXPECT_EQ(read_write_request(request.message())->size(), 10'000u);
    EXPECT_LT(request.body().size(), request.size() / 4);
}

TEST(snappy_block, is_the_block_format_and_not_the_framed_one) {
    snappy_block snappy;
    EXPECT_EQ(snappy.compress(""), std::string_view("\0", 1));  // the length of nothing

    // A framed stream begins with 0xff 0x06 0x00 0x00 "sNaPpY".
    EXPECT_EQ(snappy.compress("abc"), std::string_view("\x03\x08"
                                                       "abc"));
}

}  // namespace
}  // namespace relay::protocol
