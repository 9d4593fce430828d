// Lines to a request of remote write 2.0, judged by a scripted receiver. A test whose name begins
// with must_, should_ or may_ holds a row of the second table in docs/remote-write.md, or more.

#include "sinks/naming/proxmox_names.hpp"
#include "sinks/prometheus.hpp"
#include "tests/support/remote_write_2_reader.hpp"
#include "tests/unit/sinks/records.hpp"

#include <gmock/gmock.h>
#include <snappy.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace relay::sinks {
namespace {

using test_support::read_remote_write_2_body;
using test_support::read_request_2;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Key;
using testing::Not;
using testing::Pair;
using testing::SizeIs;

const std::string noon = " 1755785270000000000\n";
constexpr std::size_t everything = 1'000'000;

prometheus_options options(remote_write_choice version = remote_write_choice::v2,
                           std::vector<naming_kind> naming = {naming_kind::proxmox}) {
    prometheus_options o;
    o.url = "http://127.0.0.1:9090/api/v1/write";
    o.version = version;
    o.naming = std::move(naming);
    return o;
}

/// A guest, a node, a storage, and a line of somebody else.
const std::string some_lines =
    "system,cluster=lab,host=web,nodename=pve1,object=qemu,vmid=100 cpu=0.25,cpus=4,maxmem=1024,"
    "netin=17,status=\"running\",qmpstatus=\"running\",uptime=600" +
    noon +
    "blockstat,cluster=lab,host=web,instance=scsi0,nodename=pve1,object=qemu,vmid=100 "
    "rd_bytes=5,wr_bytes=6" +
    noon + "cpustat,cluster=lab,host=pve1,object=nodes cpu=0.5,cpus=8" + noon +
    "system,cluster=lab,host=local,nodename=pve1,object=storages,type=dir "
    "total=100,used=5,content=\"iso\"" +
    noon + "weather,Site=x place=\"b\xc3\xbc\",celsius=21.5,sunny=true" + noon;

read_request_2 sent(const std::string& text, prometheus_options o = options()) {
    prometheus sink(std::move(o));
    const auto e = sink.encode(std::vector{text_record(1, text)}, {}, everything);
    auto read = read_remote_write_2_body(e.request.body);
    EXPECT_EQ(read.problem, "");
    EXPECT_EQ(read.series.size(), e.points);
    return read;
}

http_response answer(int status, std::vector<http_header> headers = {}, std::string body = {}) {
    http_response response;
    response.status = status;
    response.headers = std::move(headers);
    response.body = std::move(body);
    return response;
}

http_header written(const std::string& samples) {
    return {"x-prometheus-remote-write-samples-written", samples};
}

verdict judged(const http_response& response,
               remote_write_choice version = remote_write_choice::negotiated) {
    return prometheus(options(version)).judge(response);
}

std::vector<http_header> headers_of(prometheus& sink) {
    return sink.encode(std::vector{text_record(1, some_lines)}, {}, everything).request.headers;
}

// ---- the specification -------------------------------------------------------------------------

TEST(remote_write_2_sender, must_1_the_message_is_a_request_of_2) {
    EXPECT_THAT(sent(some_lines).series,
                Not(IsEmpty()));  // unknown and reserved fields are refused
}

TEST(remote_write_2_sender, must_not_2_the_body_is_a_snappy_block_and_never_framed) {
    prometheus sink(options());
    const auto e = sink.encode(std::vector{text_record(1, some_lines)}, {}, everything);
    EXPECT_THAT(e.request.body, Not(testing::StartsWith("\xff\x06")));
    EXPECT_EQ(read_remote_write_2_body(e.request.body).problem, "");
}

TEST(remote_write_2_sender, must_3_to_8_the_headers_are_to_the_letter) {
    prometheus sink(options());
    EXPECT_THAT(headers_of(sink),
                ElementsAre(Pair("Content-Encoding", "snappy"),
                            Pair("Content-Type",
                                 "application/x-protobuf;proto=io.prometheus.write.v2.Request"),
                            Pair("User-Agent", testing::MatchesRegex("pverelay/[0-9.]+")),
                            Pair("X-Prometheus-Remote-Write-Version", "2.0.0")));
    const auto e = sink.encode(std::vector{text_record(1, some_lines)}, {}, everything);
    EXPECT_EQ(e.request.method, "POST");
    EXPECT_EQ(e.request.url, options().url);
}

TEST(remote_write_2_sender, must_not_3_reserved_headers_cannot_be_overridden) {
    auto o = options();
    o.headers = {{"X-Prometheus-Remote-Write-Version", secret("3")}};
    EXPECT_TRUE(find_problem(o));
}

TEST(remote_write_2_sender, should_6_and_must_7_a_receiver_of_1_gets_the_headers_of_1) {
    prometheus sink(options(remote_write_choice::negotiated));
    ASSERT_TRUE(sink.adapts_to(answer(415)));
    prometheus of_1(options(remote_write_choice::v1));
    EXPECT_EQ(headers_of(sink), headers_of(of_1));
    EXPECT_THAT(headers_of(sink),
                AllOf(Contains(Pair("Content-Type", "application/x-protobuf")),
                      Contains(Pair("X-Prometheus-Remote-Write-Version", "0.1.0"))));
}

TEST(remote_write_2_sender, must_9_the_body_of_a_success_is_ignored) {
    const auto v = judged(answer(200, {written("5")}, "out of order sample"));
    EXPECT_EQ(v.kind, verdict_kind::delivered);
    EXPECT_EQ(v.detail, "");
    EXPECT_EQ(v.reason, "");
}

TEST(remote_write_2_sender, should_9_error_text_decides_nothing_and_is_kept_as_it_is) {
    for (const auto* words : {"out of order sample", "try again", ""}) {
        const auto v = judged(answer(400, {written("0")}, words));
        EXPECT_EQ(v.kind, verdict_kind::refused) << words;
        EXPECT_EQ(v.detail, words);
    }
}

TEST(remote_write_2_sender, must_not_10_headers_count_for_nothing_with_a_message_of_1) {
    for (const auto& response : {answer(204), answer(204, {written("0")})}) {
        const auto v = judged(response, remote_write_choice::v1);
        EXPECT_EQ(v.kind, verdict_kind::delivered);
        EXPECT_EQ(v.stored, std::nullopt);
    }
}

TEST(remote_write_2_sender, should_11_a_success_that_does_not_say_what_is_written_is_a_415) {
    for (const auto version : {remote_write_choice::v2, remote_write_choice::negotiated}) {
        EXPECT_EQ(judged(answer(204), version).kind, verdict_kind::unsupported);
        EXPECT_EQ(judged(answer(415), version).kind, verdict_kind::unsupported);
        EXPECT_THAT(judged(answer(204), version).detail, HasSubstr("does not speak"));
    }
    // Any of the three headers says it.
    for (const auto* name : {"samples", "histograms", "exemplars"}) {
        const http_header one{std::string("x-prometheus-remote-write-") + name + "-written", "0"};
        EXPECT_EQ(judged(answer(204, {one})).kind, verdict_kind::delivered) << name;
    }
}

TEST(remote_write_2_sender, must_not_12_a_version_in_the_answer_decides_nothing) {
    const http_header version{"x-prometheus-remote-write-version", "0.1.0"};
    EXPECT_EQ(judged(answer(204, {version, written("3")})).kind, verdict_kind::delivered);
    EXPECT_EQ(judged(answer(204, {{version.first, "2.0.0"}})).kind, verdict_kind::unsupported);
}

TEST(remote_write_2_sender, should_13_a_request_holds_several_series) {
    EXPECT_GT(sent(some_lines).series.size(), 20u);
}

TEST(remote_write_2_sender, should_13_what_a_partial_write_left_is_gone_on_from) {
    const auto v = judged(answer(400, {written("7")}, "out of order sample"));
    EXPECT_EQ(v.kind, verdict_kind::rest_stored);
    EXPECT_EQ(v.stored, 7u);
    EXPECT_EQ(v.reason, "out_of_order");
}

TEST(remote_write_2_sender, should_14_a_400_of_a_receiver_of_1_may_mean_415) {
    EXPECT_EQ(judged(answer(400, {}, "cannot unmarshal")).kind, verdict_kind::unsupported);
    // Where only 2.0 may be spoken there is nothing else to try, and it is what it says.
    EXPECT_EQ(judged(answer(400), remote_write_choice::v2).kind, verdict_kind::refused);
}

TEST(remote_write_2_sender, must_16_and_may_16_5xx_and_429_come_again_after_their_wait) {
    EXPECT_EQ(judged(answer(500, {written("3")})).kind, verdict_kind::fault);
    for (const int status : {429, 503}) {
        const auto v = judged(answer(status, {{"retry-after", "17"}}));
        EXPECT_EQ(v.kind, verdict_kind::later);
        EXPECT_EQ(v.retry_after, std::chrono::seconds(17));
    }
}

TEST(remote_write_2_sender, may_17_it_falls_back_once_and_only_where_it_may) {
    prometheus negotiated(options(remote_write_choice::negotiated));
    EXPECT_TRUE(negotiated.adapts_to(answer(204)));
    EXPECT_FALSE(negotiated.adapts_to(answer(204)));
    EXPECT_EQ(negotiated.judge(answer(204)).kind, verdict_kind::delivered) << "of 1.0 now";
    EXPECT_FALSE(prometheus(options(remote_write_choice::v1)).adapts_to(answer(415)));
    EXPECT_FALSE(prometheus(options(remote_write_choice::v2)).adapts_to(answer(415)));
}

TEST(remote_write_2_sender, must_18_to_20_symbols_and_references_are_sound) {
    // The reader says what is not.
    const auto read = sent(some_lines);
    EXPECT_EQ(read.symbols.front(), "");
    for (const auto& one : read.series)
        EXPECT_THAT(one.series.samples, SizeIs(1)) << "samples, and never histograms";
}

TEST(remote_write_2_sender, should_21_metadata_stand_with_the_series) {
    std::size_t described = 0;
    for (const auto& one : sent(some_lines).series) {
        const auto name = one.series.label("__name__");
        const auto* const family = find_family(proxmox_families(), name);
        EXPECT_EQ(one.has_metadata, family != nullptr) << name;
        if (family == nullptr) continue;
        ++described;
        EXPECT_EQ(one.help, family->help);
        EXPECT_EQ(one.unit, family->unit);
        const std::map<metric_type, int> numbers{{metric_type::counter, 1},
                                                 {metric_type::gauge, 2},
                                                 {metric_type::info, 6},
                                                 {metric_type::state_set, 7}};
        EXPECT_EQ(one.type, numbers.at(family->type)) << name;
    }
    EXPECT_GT(described, 15u);
}

TEST(remote_write_2_sender, must_22_labels_are_complete_sorted_and_not_empty) {
    // The reader refuses what is unsorted, repeated or empty.
    for (const auto& one : sent(some_lines).series) {
        EXPECT_THAT(one.series.labels,
                    AllOf(Contains(Key("__name__")), Contains(Pair("instance", "lab")),
                          Contains(Pair("job", "pve"))));
        for (const auto& [name, value] : one.series.labels)
            EXPECT_TRUE(name == "__name__" || !name.starts_with("__")) << name;
    }
}

TEST(remote_write_2_sender, must_23_a_series_stands_in_a_request_once_and_in_order) {
    std::string text;
    for (int second = 0; second < 5; ++second)
        text += "m,host=a f=" + std::to_string(second) + " " +
                std::to_string(1'755'785'270 + second) + "000000000\n";
    prometheus sink(options());
    const std::vector records{text_record(1, text)};
    std::int64_t expected = 1'755'785'270'000;
    for (place at; at.record < records.size();) {
        const auto e = sink.encode(records, at, everything);
        at = e.end;
        const auto read = read_remote_write_2_body(e.request.body);
        EXPECT_EQ(read.problem, "");
        ASSERT_THAT(read.series, SizeIs(1));
        EXPECT_EQ(read.series[0].series.samples[0].time_ms,
                  std::exchange(expected, expected + 1000));
    }
    EXPECT_EQ(expected, 1'755'785'275'000);
}

TEST(remote_write_2_sender, should_24_a_start_that_is_not_certain_is_left_out) {
    for (const auto& one : sent(some_lines).series)
        EXPECT_THAT(one.start_times_ms, ElementsAre(0));
}

// ---- both versions -----------------------------------------------------------------------------

TEST(remote_write_versions, the_same_records_are_the_same_samples) {
    for (const auto& naming :
         {std::vector{naming_kind::measurement_field},
          std::vector{naming_kind::proxmox, naming_kind::pve_exporter},
          std::vector{naming_kind::measurement_field, naming_kind::pve_exporter}}) {
        prometheus one(options(remote_write_choice::v1, naming));
        prometheus two(options(remote_write_choice::v2, naming));
        std::string text;
        for (int i = 0; i < 40; ++i)
            text += some_lines;  // nothing new, but for units that are left out
        const std::vector records{text_record(1, some_lines), text_record(2, text),
                                  text_record(3, some_lines)};
        for (const std::size_t units : {1u, 7u, 1'000'000u}) {
            for (place at; at.record < records.size();) {
                const auto a = one.encode(records, at, units);
                const auto b = two.encode(records, at, units);
                ASSERT_EQ(a.end, b.end);
                EXPECT_EQ(a.units, b.units);
                EXPECT_EQ(a.points, b.points);
                EXPECT_EQ(a.dropped, b.dropped);
                const auto read = read_remote_write_2_body(b.request.body);
                EXPECT_EQ(read.problem, "");
                EXPECT_EQ(read.plain(), test_support::read_remote_write_body(a.request.body));
                at = a.end;
            }
        }
    }
}

TEST(remote_write_versions, a_fallback_makes_what_1_would_have_made) {
    const std::vector records{text_record(1, some_lines)};
    prometheus sink(options(remote_write_choice::negotiated));
    static_cast<void>(sink.encode(records, {}, everything));
    ASSERT_TRUE(sink.adapts_to(answer(415)));
    prometheus of_1(options(remote_write_choice::v1));
    EXPECT_EQ(
        test_support::read_remote_write_body(sink.encode(records, {}, everything).request.body),
        test_support::read_remote_write_body(of_1.encode(records, {}, everything).request.body));
}

TEST(remote_write_versions, an_empty_request_asks_in_the_version_that_is_spoken) {
    prometheus sink(options(remote_write_choice::negotiated));
    const auto of_2 = sink.probe();
    ASSERT_TRUE(of_2);
    EXPECT_EQ(sink.judge_probe(answer(204)).kind, verdict_kind::delivered)
        << "nothing to be written";
    EXPECT_EQ(sink.judge_probe(answer(415)).kind, verdict_kind::unsupported);
    EXPECT_EQ(read_remote_write_2_body(of_2->body).problem, "");
    ASSERT_TRUE(sink.adapts_to(answer(415)));
    EXPECT_EQ(sink.probe()->body, std::string_view("\0", 1));
}

TEST(remote_write_versions, a_request_of_2_keeps_the_bound_on_its_bytes) {
    for (const auto bytes : {64_KiB, 100_KiB}) {
        auto o = options();
        o.body_bytes_max = bytes;
        prometheus sink(std::move(o));
        std::string text;
        for (int vm = 100; vm < 1600; ++vm)
            text +=
                "system,cluster=lab,host=web,nodename=pve1,object=qemu,vmid=" + std::to_string(vm) +
                " cpu=0.25,cpus=4,status=\"running\"" + noon;
        const std::vector records{text_record(1, text)};
        std::size_t points = 0;
        std::size_t requests = 0;
        for (place at; at.record < records.size(); ++requests) {
            const auto e = sink.encode(records, at, everything);
            ASSERT_GT(e.end, at);
            at = e.end;
            points += e.points;
            EXPECT_EQ(read_remote_write_2_body(e.request.body).problem, "");
            std::size_t size = 0;
            const auto& body = e.request.body;
            ASSERT_TRUE(snappy::GetUncompressedLength(body.data(), body.size(), &size));
            EXPECT_LE(size, bytes.bytes);
        }
        EXPECT_GT(requests, 1u);
        EXPECT_EQ(points % 1500, 0u);
        EXPECT_EQ(sink.counters().oversize.value(), 0u);
    }
}

}  // namespace
}  // namespace relay::sinks
