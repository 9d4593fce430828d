// Lines to a remote write request, read again by libprotobuf. A test whose name begins with
// must_ or should_ holds a line of the specification's list; its number is the row of the table
// in docs/remote-write.md.

#include "sinks/prometheus.hpp"

#include "tests/support/remote_write_reader.hpp"
#include "tests/unit/sinks/records.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace relay::sinks {
namespace {

using test_support::read_remote_write_body;
using test_support::read_series;
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

prometheus_options options() {
    prometheus_options o;
    o.url = "http://127.0.0.1:9090/api/v1/write";
    return o;
}

std::vector<read_series> series_in(const encoded& e) {
    auto series = read_remote_write_body(e.request.body);
    EXPECT_TRUE(series);
    return series.value_or(std::vector<read_series>{});
}

/// name{labels} -> value, of one record.
std::map<std::string, double> sent(const std::string& text, prometheus_options o = options()) {
    prometheus sink(std::move(o));
    const std::vector<journal::record_ptr> records{text_record(1, text)};
    std::map<std::string, double> out;
    for (const auto& s : series_in(sink.encode(records, {}, everything))) {
        EXPECT_THAT(s.samples, SizeIs(1));
        EXPECT_TRUE(out.emplace(s.text(), s.samples.front().value).second) << s.text();
    }
    return out;
}

std::vector<std::string> metrics(const std::string& text) {
    std::vector<std::string> out;
    for (const auto& [series, value] : sent(text))
        out.push_back(series.substr(0, series.find('{')));
    return out;
}

/// Walks all records with requests of at most `units_max`; every request that is not empty.
std::vector<encoded> all_requests(prometheus& sink, const std::vector<journal::record_ptr>& records,
                                  std::size_t units_max) {
    std::vector<encoded> out;
    for (place at; at.record < records.size();) {
        auto e = sink.encode(records, at, units_max);
        EXPECT_GT(e.end, at);
        if (!(e.end > at)) return out;
        at = e.end;
        if (e.units != 0) out.push_back(std::move(e));
    }
    return out;
}

// ---- the specification -------------------------------------------------------------------------

TEST(remote_write_1, must_1_the_message_is_a_write_request) {
    // The reader refuses unknown and reserved fields.
    prometheus sink(options());
    const auto e = sink.encode(std::vector{text_record(1, "cpustat,host=pve1 cpu=0.25" + noon)}, {},
                               everything);
    ASSERT_THAT(series_in(e), SizeIs(1));
    EXPECT_EQ(series_in(e).front().text(),
              "cpustat_cpu{host=\"pve1\",instance=\"lab\",job=\"pve\"}");
}

TEST(remote_write_1, must_2_it_is_posted_to_the_configured_path) {
    auto o = options();
    o.url = "https://mimir.example/prefix/api/v1/push?x=1";
    prometheus sink(o);
    const auto e = sink.encode(std::vector{text_record(1, "m f=1" + noon)}, {}, everything);
    EXPECT_EQ(e.request.method, "POST");
    EXPECT_EQ(e.request.url, "https://mimir.example/prefix/api/v1/push?x=1");
}

TEST(remote_write_1, must_3_times_are_milliseconds_and_values_doubles) {
    prometheus sink(options());
    const std::string text =
        "a f=0.30000000000000004 1755785270123999999\n"
        "b f=9223372036854775807i -1\n"
        "c f=18446744073709551615u 1755785270123000000\n";
    const auto series = series_in(sink.encode(std::vector{text_record(1, text)}, {}, everything));
    ASSERT_THAT(series, SizeIs(3));
    EXPECT_THAT(series[0].samples,
                ElementsAre(test_support::read_sample{0.1 + 0.2, 1'755'785'270'123}));
    EXPECT_THAT(series[1].samples, ElementsAre(test_support::read_sample{0x1p63, -1}));
    EXPECT_THAT(series[2].samples,
                ElementsAre(test_support::read_sample{0x1p64, 1'755'785'270'123}));
}

TEST(remote_write_1, must_4_and_must_8_the_headers_are_to_the_letter) {
    prometheus sink(options());
    const auto e = sink.encode(std::vector{text_record(1, "m f=1" + noon)}, {}, everything);
    EXPECT_THAT(e.request.headers,
                ElementsAre(Pair("Content-Encoding", "snappy"),
                            Pair("Content-Type", "application/x-protobuf"),
                            Pair("User-Agent", testing::MatchesRegex("pverelay/[0-9.]+")),
                            Pair("X-Prometheus-Remote-Write-Version", "0.1.0")));
}

TEST(remote_write_1, must_not_5_reserved_headers_cannot_be_overridden) {
    for (const auto* name : {"Content-Encoding", "content-type", "USER-AGENT",
                             "X-Prometheus-Remote-Write-Version", "Authorization", "Host"}) {
        auto o = options();
        o.headers = {{name, secret("x")}};
        ASSERT_TRUE(find_problem(o)) << name;
        EXPECT_THAT(*find_problem(o), HasSubstr(name));
    }
    auto o = options();
    o.headers = {{"X-Scope-OrgID", secret("{tenant}")}};
    EXPECT_EQ(find_problem(o), std::nullopt);
}

TEST(remote_write_1, must_not_6_the_body_is_a_snappy_block_and_never_framed) {
    prometheus sink(options());
    const auto e = sink.encode(std::vector{text_record(1, "m f=1" + noon)}, {}, everything);
    EXPECT_THAT(e.request.body, Not(testing::StartsWith("\xff\x06")));
    EXPECT_TRUE(read_remote_write_body(e.request.body));
}

TEST(remote_write_1, must_7_the_body_of_a_success_is_ignored) {
    const prometheus sink(options());
    http_response response;
    response.status = 200;
    response.body = "out of order sample";
    const auto v = sink.judge(response);
    EXPECT_EQ(v.kind, verdict_kind::delivered);
    EXPECT_EQ(v.reason, "");
    EXPECT_EQ(v.detail, "");
}

TEST(remote_write_1, must_9_every_sample_has_all_labels) {
    for (const auto& [series, value] : sent("m,a=1,b=2 x=1,y=2,z=\"s\",ok=true" + noon)) {
        EXPECT_THAT(series, HasSubstr("a=\"1\",b=\"2\"")) << series;
        EXPECT_THAT(series, HasSubstr("instance=\"lab\",job=\"pve\"")) << series;
    }
}

TEST(remote_write_1, should_10_every_series_has_a_name) {
    prometheus sink(options());
    const auto e =
        sink.encode(std::vector{text_record(1, "m a=1,b=t,c=\"x\"" + noon)}, {}, everything);
    EXPECT_THAT(series_in(e), SizeIs(3));
    for (const auto& s : series_in(e))
        EXPECT_THAT(s.labels, Contains(Key("__name__")));
}

TEST(remote_write_1, must_not_11_no_label_name_is_repeated) {
    // Both become a_b; the tag whose raw key sorts first stays, whatever their order.
    EXPECT_THAT(sent("m,a-b=1,a.b=2 f=1" + noon),
                ElementsAre(Pair("m_f{a_b=\"1\",instance=\"lab\",job=\"pve\"}", 1)));
    EXPECT_THAT(sent("m,a.b=2,a-b=1 f=1" + noon),
                ElementsAre(Pair("m_f{a_b=\"1\",instance=\"lab\",job=\"pve\"}", 1)));

    prometheus sink(options());
    static_cast<void>(
        sink.encode(std::vector{text_record(1, "m,a-b=1,a.b=2 f=1" + noon)}, {}, everything));
    EXPECT_EQ(sink.counters().duplicate_labels.value(), 1u);
}

TEST(remote_write_1, must_12_labels_are_sorted_by_bytes) {
    prometheus sink(options());
    const auto e =
        sink.encode(std::vector{text_record(1, "m,zone=1,_x=2,Site=3,a=4,A=5,ab=6,b=7 f=1" + noon)},
                    {}, everything);
    const auto series = series_in(e);
    ASSERT_THAT(series, SizeIs(1));
    EXPECT_THAT(series.front().labels,
                ElementsAre(Key("A"), Key("Site"), Key("__name__"), Key("_x"), Key("a"), Key("ab"),
                            Key("b"), Key("instance"), Key("job"), Key("zone")));
}

TEST(remote_write_1, must_not_13_no_label_name_or_value_is_empty) {
    // The journal's own text cannot hold an empty tag; a lane without a cluster can come.
    prometheus sink(options());
    journal::lane lane;
    const auto e =
        sink.encode(std::vector{text_record(1, "m,a=1 f=1,s=\"\"" + noon, lane)}, {}, everything);
    ASSERT_THAT(series_in(e), SizeIs(1));
    EXPECT_EQ(series_in(e).front().text(), "m_f{a=\"1\",job=\"pve\"}");
    EXPECT_EQ(e.units, 1u);
    EXPECT_EQ(e.dropped, 1u);
}

TEST(remote_write_1, must_14_names_are_made_of_what_is_allowed) {
    // é is two bytes and would become the reserved name "__".
    const std::string labels = "{_1st=\"a\",b_c=\"d\",instance=\"lab\",job=\"pve\",tag__=\"e\"}";
    EXPECT_THAT(sent("proxmox-support,1st=a,b.c=d,é=e f\\ g=1,9lives=2,a:b=3" + noon),
                ElementsAre(Pair("proxmox_support_9lives" + labels, 2),
                            Pair("proxmox_support_a:b" + labels, 3),
                            Pair("proxmox_support_f_g" + labels, 1)));
}

TEST(remote_write_1, must_14_a_leading_digit_gets_an_underscore) {
    const auto series = sent("1m,2t=x f=1" + noon);
    EXPECT_THAT(series, ElementsAre(Pair("_1m_f{_2t=\"x\",instance=\"lab\",job=\"pve\"}", 1)));
}

TEST(remote_write_1, may_15_values_are_utf_8_as_sent_and_what_is_not_is_left_out) {
    EXPECT_THAT(sent("m,host=bücher f=1" + noon), Contains(Key(HasSubstr("host=\"bücher\""))));
    EXPECT_THAT(sent("m,host=b\xfc"
                     "cher f=1" +
                     noon),
                IsEmpty());
}

TEST(remote_write_1, should_not_16_labels_of_two_underscores_are_renamed) {
    const auto series = sent("m,__name__=evil,__x=1 f=1" + noon);
    EXPECT_THAT(series, ElementsAre(Pair("m_f{instance=\"lab\",job=\"pve\",tag__name__=\"evil\","
                                         "tag__x=\"1\"}",
                                         1)));
}

TEST(remote_write_1, must_18_and_23_a_series_stands_in_a_request_once_and_in_order) {
    std::string text;
    for (int second = 0; second < 5; ++second) {
        for (const auto* host : {"a", "b", "c"}) {
            text += std::string("m,host=") + host + " f=" + std::to_string(second) + ",g=1 " +
                    std::to_string(1'755'785'270 + second) + "000000000\n";
        }
    }
    prometheus sink(options());
    const std::vector records{text_record(1, text)};
    const auto requests = all_requests(sink, records, everything);

    ASSERT_THAT(requests, SizeIs(5));
    std::map<std::string, std::int64_t> last;
    for (const auto& request : requests) {
        std::set<std::string> seen;
        for (const auto& s : series_in(request)) {
            EXPECT_TRUE(seen.insert(s.text()).second) << s.text();
            EXPECT_GT(s.samples.front().time_ms, last[s.text()]);
            last[s.text()] = s.samples.front().time_ms;
        }
        EXPECT_THAT(seen, SizeIs(6));
    }
}

TEST(remote_write_1, must_22_the_stale_marker_is_never_sent_by_accident) {
    // Line protocol has no NaN; whatever looks like one is refused as a line.
    EXPECT_THAT(sent("m f=NaN" + noon), IsEmpty());
    EXPECT_THAT(sent("m f=nan" + noon), IsEmpty());
    EXPECT_THAT(sent("m f=inf" + noon), IsEmpty());
}

TEST(remote_write_1, may_25_job_and_instance_are_there) {
    EXPECT_THAT(sent("m f=1" + noon), ElementsAre(Pair("m_f{instance=\"lab\",job=\"pve\"}", 1)));
}

// ---- labels ------------------------------------------------------------------------------------

TEST(prometheus_labels, a_tag_of_the_line_wins_over_what_is_added) {
    auto o = options();
    o.external = {{"site", "berlin"}, {"host", "external"}, {"job", "mine"}};
    EXPECT_THAT(
        sent("nics,host=pve1,instance=eth0 netin=1" + noon, o),
        ElementsAre(
            Pair("nics_netin{host=\"pve1\",instance=\"eth0\",job=\"mine\",site=\"berlin\"}", 1)));
}

TEST(prometheus_labels, external_labels_are_checked_when_the_configuration_is_read) {
    const auto problem = [](external_labels labels) {
        auto o = options();
        o.external = std::move(labels);
        return find_problem(o).value_or("");
    };
    EXPECT_EQ(problem({{"site", "berlin"}}), "");
    EXPECT_THAT(problem({{"a-b", "x"}}), HasSubstr("\"a-b\""));
    EXPECT_THAT(problem({{"__name__", "x"}}), HasSubstr("__name__"));
    EXPECT_THAT(problem({{"1a", "x"}}), HasSubstr("1a"));
    EXPECT_THAT(problem({{"", "x"}}), HasSubstr("label"));
    EXPECT_THAT(problem({{"a", ""}}), HasSubstr("no value"));
    EXPECT_THAT(problem({{"a", "1"}, {"a", "2"}}), HasSubstr("twice"));
}

// ---- strings -----------------------------------------------------------------------------------

TEST(prometheus_strings, a_text_becomes_an_info_series_and_never_zero) {
    EXPECT_THAT(sent("system,vmid=100 running-machine=\"pc-q35-10.1\"" + noon),
                ElementsAre(Pair("system_running_machine_info{instance=\"lab\",job=\"pve\","
                                 "running_machine=\"pc-q35-10.1\",vmid=\"100\"}",
                                 1)));
}

TEST(prometheus_strings, a_label_in_the_way_gets_the_field_another_name) {
    EXPECT_THAT(sent("nics,type=tap,field_type=x type=\"virtual\"" + noon),
                ElementsAre(Pair("nics_type_info{field_field_type=\"virtual\",field_type=\"x\","
                                 "instance=\"lab\",job=\"pve\",type=\"tap\"}",
                                 1)));
    EXPECT_THAT(sent("nics __name__=\"virtual\"" + noon),
                ElementsAre(Pair("nics___name___info{field___name__=\"virtual\",instance=\"lab\","
                                 "job=\"pve\"}",
                                 1)));
}

TEST(prometheus_strings, a_known_state_field_becomes_a_state_set) {
    EXPECT_THAT(sent("system,vmid=100 status=\"running\"" + noon),
                ElementsAre(Pair("system_status{instance=\"lab\",job=\"pve\",state=\"running\","
                                 "vmid=\"100\"}",
                                 1),
                            Pair("system_status{instance=\"lab\",job=\"pve\",state=\"stopped\","
                                 "vmid=\"100\"}",
                                 0)));
    const auto states = sent("system,vmid=100 qmpstatus=\"io-error\"" + noon);
    EXPECT_THAT(states, SizeIs(13));
    double sum = 0;
    for (const auto& [series, value] : states)
        sum += value;
    EXPECT_EQ(sum, 1);
}

TEST(prometheus_strings, an_unknown_state_is_one_more_series) {
    const auto states = sent("system,vmid=100 status=\"frozen\"" + noon);
    EXPECT_THAT(states, SizeIs(3));
    EXPECT_THAT(states, Contains(Pair(HasSubstr("state=\"frozen\""), 1)));
    EXPECT_THAT(states, Contains(Pair(HasSubstr("state=\"running\""), 0)));
}

TEST(prometheus_strings, only_proxmox_s_own_status_is_a_state_set) {
    EXPECT_THAT(metrics("smart status=\"ok\"" + noon), ElementsAre("smart_status_info"));
}

TEST(prometheus_strings, a_list_in_random_order_is_one_series) {
    const auto one = sent("system,host=local content=\"iso,vztmpl,backup\"" + noon);
    const auto other = sent("system,host=local content=\"vztmpl,backup,iso\"" + noon);
    EXPECT_EQ(one, other);
    EXPECT_THAT(one, ElementsAre(Pair(HasSubstr("content=\"backup,iso,vztmpl\""), 1)));
    EXPECT_THAT(sent("system content=\",\"" + noon), Contains(Key(HasSubstr("content=\",\""))));
}

TEST(prometheus_strings, booleans_are_one_and_zero) {
    EXPECT_THAT(sent("m a=t,b=false" + noon),
                ElementsAre(Pair(HasSubstr("m_a{"), 1), Pair(HasSubstr("m_b{"), 0)));
}

TEST(prometheus_strings, a_newline_in_a_string_is_no_end_of_a_line) {
    EXPECT_THAT(sent("m s=\"a\nevil f=1 1\n\",g=2" + noon),
                ElementsAre(Pair(HasSubstr("m_g{"), 2), Pair(HasSubstr("m_s_info{"), 1)));
}

// ---- what a request holds ----------------------------------------------------------------------

TEST(prometheus_request, fields_that_become_one_metric_are_sent_once_and_counted) {
    prometheus sink(options());
    const std::vector records{text_record(1, "m a-b=1,a.b=2,c=3,c=4" + noon)};
    const auto e = sink.encode(records, {}, everything);
    const auto series = series_in(e);
    ASSERT_THAT(series, SizeIs(2));
    EXPECT_EQ(series[0].label("__name__"), "m_a_b");
    EXPECT_EQ(series[0].samples.front().value, 1);
    EXPECT_EQ(series[1].samples.front().value, 3);
    EXPECT_EQ(e.units, 2u);
    EXPECT_EQ(e.dropped, 2u);
    EXPECT_EQ(sink.counters().same_series.value(), 2u);
}

TEST(prometheus_request, the_first_of_two_equal_metrics_stays_wherever_a_request_begins) {
    prometheus sink(options());
    const std::vector records{text_record(1, "m a-b=1,a.b=2" + noon)};
    const auto second = sink.encode(records, {0, 1}, everything);
    EXPECT_EQ(second.units, 0u);
    EXPECT_EQ(second.dropped, 1u);
}

TEST(prometheus_request, series_of_two_lines_that_become_one_are_sent_once) {
    EXPECT_THAT(sent("m_a b=1" + noon + "m a_b=2" + noon),
                ElementsAre(Pair(HasSubstr("m_a_b{"), 1)));
    // As a label of the line and as the label of a state set.
    EXPECT_THAT(sent("system,state=running status=5" + noon + "system status=\"running\"" + noon),
                ElementsAre(Pair(HasSubstr("state=\"running\""), 5),
                            Pair(HasSubstr("state=\"stopped\""), 0)));
}

TEST(prometheus_request, the_same_series_later_begins_the_next_request) {
    prometheus sink(options());
    const std::vector records{text_record(1, "m f=1 1000000000\nm f=2 2000000000\n")};
    const auto first = sink.encode(records, {}, everything);
    EXPECT_EQ(first.end, (place{0, 1}));
    EXPECT_EQ(first.units, 1u);
    const auto second = sink.encode(records, first.end, everything);
    EXPECT_EQ(second.end, (place{1, 0}));
    EXPECT_EQ(series_in(second).front().samples.front().value, 2);
}

TEST(prometheus_request, times_that_differ_by_less_than_a_millisecond_are_one) {
    prometheus sink(options());
    const std::vector records{text_record(1, "m f=1 1000000001\nm f=2 1000000002\n")};
    const auto e = sink.encode(records, {}, everything);
    EXPECT_EQ(e.end, (place{1, 0}));
    EXPECT_EQ(e.units, 1u);
    EXPECT_EQ(e.dropped, 1u);
}

TEST(prometheus_request, any_size_of_request_sends_every_sample_once) {
    std::string text;
    for (int vm = 0; vm < 40; ++vm) {
        text += "system,vmid=" + std::to_string(vm) +
                " a=1,status=\"running\",b=2,e=\"\",name=\"x\"" + noon + "# a comment\n\n";
    }
    const std::vector records{text_record(1, text), text_record(2, text), text_record(3, "")};
    std::set<std::string> expected;
    {
        prometheus sink(options());
        for (const auto& s : series_in(sink.encode(records, {}, everything)))
            expected.insert(s.text());
        ASSERT_THAT(expected, SizeIs(40 * 5));
    }
    for (const std::size_t units_max : {1u, 2u, 3u, 7u, 50u, 159u, 160u, 161u, 10'000u}) {
        prometheus sink(options());
        std::map<std::string, int> times;
        std::size_t points = 0;
        for (const auto& request : all_requests(sink, records, units_max)) {
            EXPECT_LE(request.units, units_max);
            const auto series = series_in(request);
            EXPECT_EQ(request.points, series.size());
            points += series.size();
            for (const auto& s : series)
                ++times[s.text()];
        }
        EXPECT_THAT(times, SizeIs(expected.size())) << units_max;
        for (const auto& [series, n] : times)
            EXPECT_TRUE(expected.contains(series)) << series;
        EXPECT_GE(points, expected.size());
    }
}

TEST(prometheus_request, the_same_arguments_give_the_same_bytes) {
    std::string text;
    for (int vm = 0; vm < 100; ++vm) {
        text += "system,vmid=" + std::to_string(vm) + " a=1,b=2,status=\"running\"" + noon;
    }
    const std::vector records{text_record(1, text), text_record(2, text)};
    prometheus sink(options());
    prometheus other(options());
    for (const auto from : {place{0, 0}, place{0, 100}, place{0, 7}, place{1, 299}, place{0, 0}}) {
        const auto first = sink.encode(records, from, 90);
        // The other one comes without a memory of the request before.
        const auto second = sink.encode(records, from, first.units);
        const auto third = other.encode(records, from, 90);
        for (const auto& again : {second, third}) {
            EXPECT_EQ(again.request.body, first.request.body);
            EXPECT_EQ(again.end, first.end);
            EXPECT_EQ(again.units, first.units);
        }
    }
}

TEST(prometheus_request, a_part_is_the_same_part_of_the_whole) {
    // What bisection relies on: halves together are the whole.
    const std::vector records{
        text_record(1, "m,h=1 a=1,b=2,c=3" + noon + "m,h=2 a=4,b=5,c=6" + noon)};
    prometheus sink(options());
    const auto whole = series_in(sink.encode(records, {}, 6));
    const auto head = sink.encode(records, {}, 4);
    const auto tail = sink.encode(records, head.end, 2);
    auto both = series_in(head);
    for (auto& s : series_in(tail))
        both.push_back(s);
    EXPECT_EQ(head.end, (place{0, 4}));
    EXPECT_EQ(both, whole);
}

TEST(prometheus_request, it_stays_below_its_bytes) {
    auto o = options();
    o.body_bytes_max = {2000};
    std::string text;
    for (int vm = 0; vm < 50; ++vm)
        text += "m,vmid=" + std::to_string(vm) + " a=1,b=2" + noon;
    prometheus sink(o);
    const std::vector records{text_record(1, text)};
    std::size_t samples = 0;
    for (const auto& request : all_requests(sink, records, everything)) {
        samples += series_in(request).size();
        EXPECT_LT(request.units, 50u);
    }
    EXPECT_EQ(samples, 100u);
}

TEST(prometheus_request, a_unit_that_no_request_can_hold_is_left_out) {
    auto o = options();
    o.body_bytes_max = {200};
    prometheus sink(o);
    const std::vector records{
        text_record(1, "m big=\"" + std::string(500, 'x') + "\",small=1" + noon)};
    const auto e = sink.encode(records, {}, everything);
    EXPECT_EQ(e.end, (place{1, 0}));
    EXPECT_EQ(e.units, 1u);
    EXPECT_EQ(e.dropped, 1u);
    EXPECT_EQ(sink.counters().oversize.value(), 1u);
}

TEST(prometheus_request, a_change_of_destination_ends_it) {
    auto o = options();
    o.headers = {{"X-Scope-OrgID", secret("{tenant}")}};
    prometheus sink(o);
    journal::lane a = lab();
    a.tenant = "team-a";
    journal::lane b = lab();
    b.tenant = "team-b\r\nX-Evil: 1";
    const std::vector records{text_record(1, "m f=1" + noon, a), text_record(2, "n f=1" + noon, a),
                              text_record(3, "o f=1" + noon, b)};
    const auto first = sink.encode(records, {}, everything);
    EXPECT_EQ(first.end, (place{2, 0}));
    EXPECT_THAT(first.request.headers, Contains(Pair("X-Scope-OrgID", "team-a")));
    const auto second = sink.encode(records, first.end, everything);
    EXPECT_THAT(second.request.headers, Contains(Pair("X-Scope-OrgID", "team-b__X-Evil: 1")));
}

// Asked without its tenant a store answers 401, and all that is behind would wait.
TEST(prometheus_request, what_has_no_tenant_is_not_taken_where_the_header_goes_by_it) {
    auto o = options();
    o.headers = {{"X-Scope-OrgID", secret("{tenant}")}};
    EXPECT_FALSE(prometheus(o).takes(lab()));
    EXPECT_TRUE(prometheus(o).takes({.cluster = "lab", .bucket = "", .tenant = "a"}));
    o.headers = {{"X-Scope-OrgID", secret("all|{tenant}")}};
    EXPECT_TRUE(prometheus(o).takes(lab()));
}

TEST(prometheus_request, records_of_several_clusters_go_together) {
    prometheus sink(options());
    journal::lane other = lab();
    other.cluster = "prod";
    const std::vector records{text_record(1, "m f=1" + noon),
                              text_record(2, "m f=1" + noon, other)};
    const auto e = sink.encode(records, {}, everything);
    EXPECT_EQ(e.end, (place{2, 0}));
    EXPECT_EQ(series_in(e)[1].label("instance"), "prod");
}

TEST(prometheus_request, a_line_that_is_none_is_skipped_and_counted) {
    prometheus sink(options());
    const std::vector records{
        text_record(1, "m f=1" + noon + "broken\n" + "n f=2" + noon + "o f=3\n")};
    const auto e = sink.encode(records, {}, everything);
    EXPECT_THAT(series_in(e), SizeIs(2));
    EXPECT_EQ(e.dropped, 2u);
    EXPECT_EQ(sink.counters().unreadable.value(), 2u);
}

TEST(prometheus_request, more_series_than_max_series_are_left_out) {
    auto o = options();
    o.max_series = 4;
    prometheus sink(o);
    const std::vector records{
        text_record(1, "m,h=1 a=1,b=2" + noon + "m,h=2 a=1,b=2" + noon + "m,h=3 a=1,b=2" + noon)};
    const auto e = sink.encode(records, {}, everything);
    EXPECT_EQ(e.units, 4u);
    EXPECT_EQ(e.dropped, 2u);
    EXPECT_EQ(sink.counters().over_max_series.value(), 2u);
    // And again, so that a repeat is the same request.
    EXPECT_EQ(sink.encode(records, {}, everything).request.body, e.request.body);
}

// A line that found no room with many fields comes again with few, in the same request.
TEST(prometheus_request, what_max_series_left_out_stays_out_of_every_repeat) {
    auto o = options();
    o.max_series = 4;
    prometheus sink(o);
    const std::vector records{text_record(1, "m,h=1 a=1,b=2" + noon + "m,h=2 a=1,b=2,c=3" + noon +
                                                 "m,h=2 d=4" + noon + "m,h=3 a=1" + noon),
                              text_record(2, "m,h=2 a=1" + noon)};
    const auto first = sink.encode({records.data(), 1}, {}, everything);
    EXPECT_EQ(first.units, 3u);
    EXPECT_EQ(first.dropped, 4u);

    EXPECT_EQ(sink.encode({records.data(), 1}, {}, everything).request.body, first.request.body);
    const auto half = sink.encode({records.data(), 1}, {0, 2}, everything);
    EXPECT_EQ(half.units, 1u);
    EXPECT_EQ(half.dropped, 4u);

    // The next request looks anew: there is room for one.
    const auto next = sink.encode({records.data() + 1, 1}, {}, everything);
    EXPECT_EQ(next.units, 1u);
}

TEST(prometheus_sink, takes_what_only_allows) {
    auto o = options();
    o.only.clusters = {"lab"};
    const prometheus sink(o);
    EXPECT_TRUE(sink.takes(lab()));
    EXPECT_FALSE(sink.takes({.cluster = "prod", .bucket = "proxmox", .tenant = ""}));
    EXPECT_TRUE(sink.needs_text());
}

TEST(prometheus_sink, presents_its_credentials) {
    auto o = options();
    o.auth.token = secret("t0ken");
    EXPECT_THAT(prometheus(o).probe()->headers, Contains(Pair("Authorization", "Bearer t0ken")));
    o.auth = {.token = {}, .user = "joe", .password = secret("pa:ss")};
    EXPECT_THAT(prometheus(o).probe()->headers,
                Contains(Pair("Authorization", "Basic am9lOnBhOnNz")));
}

TEST(prometheus_sink, probes_with_an_empty_write) {
    const auto probe = prometheus(options()).probe();
    ASSERT_TRUE(probe);
    EXPECT_EQ(probe->method, "POST");
    EXPECT_EQ(probe->url, options().url);
    EXPECT_EQ(read_remote_write_body(probe->body), std::vector<read_series>{});
    EXPECT_THAT(probe->headers, Contains(Pair("Content-Encoding", "snappy")));
}

// ---- answers -----------------------------------------------------------------------------------

struct answer_case {
    int status;
    const char* body;
    verdict_kind kind;
    const char* reason;
};

TEST(prometheus_answer, means_what_the_table_says) {
    using enum verdict_kind;
    const std::vector<answer_case> table{
        {200, "", delivered, ""},
        {204, "", delivered, ""},
        {0, "", later, "no_answer"},
        {301, "", configuration, "redirect"},
        {307, "", configuration, "redirect"},
        {400, "out of order sample\n", refused, "out_of_order"},
        {400, "duplicate sample for timestamp\n", refused, "duplicate"},
        {400, "out of bounds\n", refused, "out_of_bounds"},
        {400, "too old sample\n", refused, "too_old"},
        {400, "snappy: corrupt input\n", refused, "invalid"},
        {400,
         "send data to ingesters: failed pushing to ingester: user=x: err: err-mimir-sample-"
         "timestamp-too-old",
         refused, "too_old"},
        {401, "", configuration, "unauthorized"},
        {403, "", configuration, "forbidden"},
        {404, "404 page not found\n", configuration, "not_found"},
        {405, "", configuration, "unexpected_status"},
        {408, "", later, "timeout"},
        {409, "conflict", refused, "invalid"},
        {413, "", too_large, "too_large"},
        {415, "", unsupported, "unsupported"},
        {422, "", refused, "invalid"},
        {429, "", later, "overloaded"},
        {500, "label name \"a\" is not unique: invalid sample\n", fault, "invalid"},
        {500, "empty labelset: invalid sample\n", fault, "invalid"},
        {500, "too old sample\n", fault, "too_old"},
        {500, "disk full\n", fault, "server_error"},
        {502, "", fault, "server_error"},
        {503, "", later, "overloaded"},
        {999, "", fault, "server_error"},
    };
    const prometheus sink(options());
    for (const auto& c : table) {
        http_response response;
        response.status = c.status;
        response.body = c.body;
        const auto v = sink.judge(response);
        EXPECT_EQ(v.kind, c.kind) << c.status << ' ' << c.body;
        EXPECT_EQ(v.reason, c.reason) << c.status << ' ' << c.body;
    }
}

TEST(prometheus_answer, keeps_the_receivers_words_and_its_wait) {
    const prometheus sink(options());
    http_response response;
    response.status = 429;
    response.headers = {{"retry-after", "17"}};
    response.body = "slow\tdown\n";
    const auto v = sink.judge(response);
    EXPECT_EQ(v.retry_after, std::chrono::seconds(17));
    EXPECT_EQ(v.detail, "slow\\x09down");

    response = {};
    response.error = "connection refused";
    EXPECT_EQ(sink.judge(response).detail, "connection refused");
}

TEST(prometheus_configuration, is_checked) {
    EXPECT_EQ(find_problem(options()), std::nullopt);
    const auto with_url = [](const char* url) {
        auto o = options();
        o.url = url;
        return find_problem(o).value_or("");
    };
    EXPECT_THAT(with_url("ftp://x/"), HasSubstr("http://"));
    EXPECT_THAT(with_url("http://"), HasSubstr("no host"));
    EXPECT_THAT(with_url("http://joe:pw@x/"), HasSubstr("auth"));
    EXPECT_THAT(with_url("http://x/a b"), HasSubstr("space"));
    auto o = options();
    o.headers = {{"X-A", secret("{tennant}")}};
    EXPECT_THAT(find_problem(o).value_or(""), HasSubstr("{tennant}"));
    o.headers = {{"X-A", secret("a\nb")}};
    EXPECT_THAT(find_problem(o).value_or(""), HasSubstr("control"));
    o.headers = {{"X A", secret("a")}};
    EXPECT_THAT(find_problem(o).value_or(""), HasSubstr("X A"));
    o = options();
    o.auth = {.token = secret("t"), .user = "joe", .password = {}};
    EXPECT_THAT(find_problem(o).value_or(""), HasSubstr("not both"));
}

}  // namespace
}  // namespace relay::sinks
