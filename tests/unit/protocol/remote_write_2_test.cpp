// A Request of 2.0 is what libprotobuf reads from it, breaks no rule that the scripted receiver
// knows, and says what a WriteRequest of 1.0 made of the same samples says.

#include "protocol/remote_write_2.hpp"

#include "tests/support/remote_write_2_reader.hpp"

#include <gmock/gmock.h>
#include <snappy.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace relay::protocol {
namespace {

using test_support::read_remote_write_2_body;
using test_support::read_request_2;
using testing::ElementsAre;
using testing::Pair;
using testing::SizeIs;

constexpr std::int64_t noon = 1'755'785'270'000;

/// Requests of both versions, made of the same samples.
class in_both {
public:
    void begin(std::vector<label> labels, std::int64_t time_ms) {
        labels_ = label_block(labels);
        line_1_.begin(labels_, time_ms);
        line_2_.begin(labels_, time_ms);
    }
    void add(shared_label& metric, shared_label* extra, double value) {
        const auto most = request_2_.size() + request_2_.size_of(line_2_, metric, extra);
        request_1_.add(line_1_, metric, extra, value);
        request_2_.add(line_2_, metric, extra, value);
        EXPECT_LE(request_2_.size(), most);
    }
    void add(std::string_view name, double value) {
        shared_label metric({metric_name_label, name});
        add(metric, nullptr, value);
    }
    void add(std::string_view name, const label& extra, double value) {
        shared_label metric({metric_name_label, name});
        shared_label shared(extra);
        add(metric, &shared, value);
    }
    void clear() {
        request_1_.clear();
        request_2_.clear();
    }
    /// The request of 2.0, which says what that of 1.0 says.
    [[nodiscard]] read_request_2 read() {
        auto two = read_remote_write_2_body(request_2_.body());
        EXPECT_EQ(two.problem, "");
        const auto one = test_support::read_remote_write_body(request_1_.body());
        EXPECT_TRUE(one);
        EXPECT_TRUE(one && same_bits(two.plain(), *one));
        return two;
    }
    [[nodiscard]] std::string_view body() { return request_2_.body(); }
    [[nodiscard]] std::size_t size() const { return request_2_.size(); }

private:
    [[nodiscard]] static bool same_bits(const std::vector<test_support::read_series>& a,
                                        const std::vector<test_support::read_series>& b) {
        return std::ranges::equal(a, b, [](const auto& x, const auto& y) {
            return x.labels == y.labels && x.samples.size() == 1 && y.samples.size() == 1 &&
                   x.samples[0].time_ms == y.samples[0].time_ms &&
                   std::bit_cast<std::uint64_t>(x.samples[0].value) ==
                       std::bit_cast<std::uint64_t>(y.samples[0].value);
        });
    }

    label_block labels_;
    line_series line_1_;
    line_symbols line_2_;
    write_request request_1_;
    write_request_2 request_2_;
};

TEST(remote_write_2, an_example_is_these_bytes) {
    const metric_metadata about{
        .metric = "m", .type = metric_type_number::gauge, .help = "h", .unit = "u"};
    shared_label metric({metric_name_label, "m"});
    metric.describe(&about);
    in_both request;
    request.begin({{"a", "b"}}, 300);
    request.add(metric, nullptr, 1.0);

    std::string bytes;
    const auto body = request.body();
    ASSERT_TRUE(snappy::Uncompress(body.data(), body.size(), &bytes));
    EXPECT_EQ(bytes, std::string_view("\x22\x00\x22\x01"
                                      "a\x22\x01"
                                      "b\x22\x08__name__\x22\x01m\x22\x01h\x22\x01u"
                                      "\x2a\x1c"                          // series
                                      "\x2a\x06\x08\x02\x18\x05\x20\x06"  // gauge, h, u
                                      "\x0a\x04\x03\x04\x01\x02"          // __name__="m",a="b"
                                      "\x12\x0c\x09\x00\x00\x00\x00\x00\x00\xf0\x3f"  // 1.0
                                      "\x10\xac\x02",                                 // 300
                                      57));
    EXPECT_EQ(bytes.size(), request.size());
}

TEST(remote_write_2, what_repeats_is_a_copy_element) {
    in_both request;
    shared_label metric({metric_name_label, "m"});
    request.begin({{"a", "b"}}, 300);
    for (int i = 0; i < 100; ++i)
        request.add(metric, nullptr, 1.0);
    EXPECT_THAT(request.read().series, SizeIs(100));
    const auto one_more = [&](double value) {
        const auto before = request.body().size();
        request.add(metric, nullptr, value);
        return request.body().size() - before;
    };
    EXPECT_EQ(one_more(1.0), 5u) << "name, all the rest";
    EXPECT_EQ(one_more(2.0), 16u) << "name, labels, nine for the value, time";
}

TEST(remote_write_2, a_request_without_series_has_the_empty_symbol) {
    write_request_2 request;
    EXPECT_EQ(request.body(), std::string_view("\x02\x04\x22\x00", 4));
    EXPECT_EQ(read_remote_write_2_body(request.body()).problem, "");
}

TEST(remote_write_2, symbols_are_shared_by_all_series_and_what_is_said_of_them) {
    const metric_metadata about{
        .metric = "m_a", .type = metric_type_number::counter, .help = "host", .unit = "seconds"};
    in_both request;
    shared_label a({metric_name_label, "m_a"});
    shared_label b({metric_name_label, "seconds"});
    a.describe(&about);
    b.describe(nullptr);
    for (const auto* host : {"pve1", "pve2"}) {
        request.begin({{"host", host}, {"job", "pve"}}, noon);
        request.add(a, nullptr, 1);
        request.add(b, nullptr, 2);
    }
    const auto read = request.read();
    EXPECT_THAT(read.symbols, ElementsAre("", "host", "pve1", "job", "pve", "__name__", "m_a",
                                          "seconds", "pve2"));
    ASSERT_THAT(read.series, SizeIs(4));
    for (const auto& one : read.series) {
        const bool is_a = one.series.label("__name__") == "m_a";
        EXPECT_EQ(one.has_metadata, is_a);
        EXPECT_EQ(one.type, is_a ? 1 : 0);
        EXPECT_EQ(one.help, is_a ? "host" : "");
        EXPECT_EQ(one.unit, is_a ? "seconds" : "");
        EXPECT_THAT(one.start_times_ms, ElementsAre(0)) << "not known, not guessed";
    }
}

TEST(remote_write_2, names_and_more_labels_stand_where_bytes_sort_them) {
    in_both request;
    shared_label metric({metric_name_label, "m_f"});
    request.begin({{"Site", "x"}, {"host", "y"}, {"vmid", "100"}}, noon);
    for (int round = 0; round < 3; ++round) {
        for (const auto* name : {"A", "T", "Z", "_z", "a", "i", "z"}) {
            request.add("m_f", {name, "value"}, 1);
            request.add("m_f", {name, "value"}, round);
        }
        request.add(metric, nullptr, round);
        request.add(metric, nullptr, round);
    }
    const auto read = request.read();
    EXPECT_THAT(read.series.back().series.labels,
                ElementsAre(Pair("Site", "x"), Pair("__name__", "m_f"), Pair("host", "y"),
                            Pair("vmid", "100")));
}

TEST(remote_write_2, lines_that_differ_in_a_label_are_told_apart) {
    in_both request;
    shared_label metric({metric_name_label, "m"});
    const std::vector<std::vector<label>> lines{
        {{"a", "1"}, {"c", "2"}},
        {{"a", "1"}, {"b", "1"}, {"c", "2"}},
        {{"a", "1"}, {"c", "2"}},
        {{"a", "2"}, {"c", "2"}, {"d", "2"}},
        {{"c", "2"}},
        {},
        {{"B", "2"}, {"c", "1"}},
        {{"B", "2"}, {"c", "1"}},
        {{"b", "2"}, {"c", "1"}},
    };
    for (const auto& line : lines) {
        request.begin(line, noon);
        request.add(metric, nullptr, 1);
        request.add(metric, nullptr, 1);
    }
    EXPECT_THAT(request.read().series, SizeIs(18));
}

TEST(remote_write_2, lengths_of_two_bytes_and_more_are_right) {
    for (const std::size_t size : {0u, 1u, 59u, 60u, 61u, 64u, 65u, 127u, 128u, 255u, 256u, 16'383u,
                                   16'384u, 65'535u, 65'536u, 100'000u}) {
        const std::string text(size, 'v');
        in_both request;
        for (const auto* last : {"x", "x", "y"}) {
            request.begin({{"a", text + 'v'}, {"b", "w" + text}, {"c", last}}, noon);
            request.add("m" + text, 1);
            request.add("m" + text, {"aa", "w" + text}, 2);
            request.add("m" + text, 2);
        }
        EXPECT_THAT(request.read().series, SizeIs(9)) << size;
    }
}

TEST(remote_write_2, many_symbols_outrun_one_byte_and_the_reach_of_copies) {
    in_both request;
    std::vector<shared_label> metrics;
    for (int field = 0; field < 20; ++field)
        metrics.emplace_back(label{metric_name_label, "m_" + std::to_string(field)});
    shared_label running({"state", "running"});
    shared_label stopped({"state", "stopped"});
    for (int line = 0; line < 20'000; ++line) {
        const auto host = "pve" + std::to_string(line);
        request.begin({{"cluster", "lab"}, {"host", host}, {"job", "pve"}}, noon + line / 50);
        request.add(metrics[static_cast<std::size_t>(line % 20)], nullptr, line);
        request.add(metrics[0], &running, 1);
        request.add(metrics[0], &stopped, 0);
    }
    EXPECT_THAT(request.read().series, SizeIs(60'000));
}

TEST(remote_write_2, values_and_times_keep_every_bit) {
    using limits = std::numeric_limits<double>;
    using time_limits = std::numeric_limits<std::int64_t>;
    const auto stale = std::bit_cast<double>(std::uint64_t{0x7ff0000000000002});
    in_both request;
    shared_label metric({metric_name_label, "m"});
    for (const std::int64_t time :
         {std::int64_t{0}, std::int64_t{-1}, noon, time_limits::min(), time_limits::max(), noon}) {
        request.begin({{"a", "b"}}, time);
        for (const double value : {0.0, -0.0, 123.45, -15.5, limits::max(), limits::min(),
                                   limits::denorm_min(), 0.1 + 0.2, limits::infinity(), stale})
            request.add(metric, nullptr, value);
    }
    EXPECT_THAT(request.read().series, SizeIs(60));
}

TEST(remote_write_2, a_request_holds_nothing_of_the_one_before) {
    in_both request;
    shared_label metric({metric_name_label, "m"});
    shared_label extra({"state", "running"});
    for (int i = 0; i < 3; ++i) {
        request.clear();
        EXPECT_THAT(request.read().series, SizeIs(0));
        for (int round = 0; round <= i; ++round) {
            request.begin({{"a", round == 0 ? "other" : "long enough to be in the way"}}, noon);
            request.add(metric, &extra, 7);
            request.add(metric, nullptr, 7);
        }
        EXPECT_THAT(request.read().series, SizeIs(2 * i + 2));
    }
}

TEST(remote_write_2, the_body_is_a_snappy_block_and_never_framed) {
    in_both request;
    request.begin({{"a", "b"}}, noon);
    request.add("m", 1);
    EXPECT_NE(request.body().substr(0, 2), "\xff\x06");
    EXPECT_THAT(request.read().series, SizeIs(1));
}

}  // namespace
}  // namespace relay::protocol
