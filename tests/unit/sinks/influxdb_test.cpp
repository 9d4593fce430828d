// Records to a v2 write request: the members as they are, or a part of one compressed again.

#include "sinks/influxdb.hpp"

#include "protocol/gzip_member.hpp"
#include "tests/unit/sinks/records.hpp"

#include <gmock/gmock.h>

#include <string>
#include <vector>

namespace relay::sinks {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Key;
using testing::Not;
using testing::Pair;

constexpr std::size_t everything = 1'000'000;

influxdb_options options() {
    influxdb_options o;
    o.url = "https://influx.example:8086";
    o.org = "proxlab";
    o.bucket = "proxmox";
    o.auth.token = secret("t0ken");
    return o;
}

/// As the journal reads it for a sink that wants members: with a member, without its text.
journal::record_ptr member_record(journal::sequence sequence, const std::string& text,
                                  journal::lane lane = lab()) {
    auto record = *text_record(sequence, text, std::move(lane));
    protocol::gzip_compressor().compress(text,
                                         "xx\x02\x01"
                                         "ab",
                                         record.member);
    record.header.member_bytes = static_cast<std::uint32_t>(record.member.size());
    record.text.clear();
    return std::make_shared<const journal::record>(std::move(record));
}

/// All members of a body, inflated.
std::string text_of(std::string_view body) {
    std::string text;
    while (!body.empty()) {
        const auto taken = protocol::inflate_member(body, 64 << 20, text);
        EXPECT_TRUE(taken);
        if (!taken) break;
        body.remove_prefix(*taken);
    }
    return text;
}

const std::string three_lines = "m,h=1 f=1 1\nm,h=2 s=\"a\nb f=2 2\n\" 2\nm,h=3 f=3 3\n";

journal::record_ptr three(journal::sequence sequence = 1) {
    auto record = *member_record(sequence, three_lines);
    record.header.points = 3;  // the string's newlines are no lines
    return std::make_shared<const journal::record>(std::move(record));
}

TEST(influxdb, a_record_goes_out_as_the_bytes_it_is) {
    influxdb sink(options());
    const std::vector records{three()};
    const auto e = sink.encode(records, {}, everything);
    EXPECT_EQ(e.request.body, records[0]->member);
    EXPECT_EQ(e.end, (place{1, 0}));
    EXPECT_EQ(e.units, 3u);
    EXPECT_EQ(e.points, 3u);
    EXPECT_EQ(e.dropped, 0u);
    EXPECT_FALSE(sink.needs_text());
}

TEST(influxdb, the_request_is_a_v2_write) {
    auto o = options();
    o.url = "https://influx.example:8086/prefix//";
    o.org = "Prox Lab/ä";
    o.bucket = "a&b=c";
    o.headers = {{"X-Gateway", secret("key")}};
    influxdb sink(o);
    const auto e = sink.encode(std::vector{three()}, {}, everything);
    EXPECT_EQ(e.request.method, "POST");
    EXPECT_EQ(e.request.url,
              "https://influx.example:8086/prefix/api/v2/write?org=Prox%20Lab%2F%C3%A4"
              "&bucket=a%26b%3Dc&precision=ns");
    EXPECT_THAT(e.request.headers, testing::IsSupersetOf({Pair("Content-Encoding", "gzip"),
                                                          Pair("Authorization", "Token t0ken"),
                                                          Pair("X-Gateway", "key")}));
}

TEST(influxdb, a_user_goes_as_basic_and_nobody_as_nothing) {
    auto o = options();
    o.auth = {.token = {}, .user = "joe", .password = secret("pw")};
    const std::vector records{three()};
    EXPECT_THAT(influxdb(o).encode(records, {}, 9).request.headers,
                Contains(Pair("Authorization", "Basic am9lOnB3")));
    o.auth = {};
    EXPECT_THAT(influxdb(o).encode(records, {}, 9).request.headers,
                Not(Contains(Key("Authorization"))));
}

TEST(influxdb, records_of_one_destination_go_together_as_members) {
    influxdb sink(options());
    journal::lane elsewhere = lab();
    elsewhere.bucket = "other";
    const std::vector records{three(1), three(2), member_record(3, "x f=1 1\n", elsewhere)};
    const auto e = sink.encode(records, {}, everything);
    EXPECT_EQ(e.request.body, records[0]->member + records[1]->member + records[2]->member);
    EXPECT_EQ(e.units, 7u);
    EXPECT_EQ(text_of(e.request.body), three_lines + three_lines + "x f=1 1\n");
}

TEST(influxdb, another_bucket_is_another_request) {
    auto o = options();
    o.bucket = "{cluster}-{bucket}";
    influxdb sink(o);
    journal::lane elsewhere = lab();
    elsewhere.bucket = "other";
    const std::vector records{three(1), three(2), member_record(3, "x f=1 1\n", elsewhere)};
    const auto first = sink.encode(records, {}, everything);
    EXPECT_EQ(first.end, (place{2, 0}));
    EXPECT_THAT(first.request.url, HasSubstr("bucket=lab-proxmox&"));
    const auto second = sink.encode(records, first.end, everything);
    EXPECT_EQ(second.end, (place{3, 0}));
    EXPECT_THAT(second.request.url, HasSubstr("bucket=lab-other&"));
}

TEST(influxdb, a_request_keeps_to_its_bounds) {
    const std::vector records{three(1), three(2), three(3)};
    const auto one = records[0]->member.size();

    auto o = options();
    o.members_max = 2;
    EXPECT_EQ(influxdb(o).encode(records, {}, everything).end, (place{2, 0}));
    o = options();
    o.request_bytes_max = {2 * one};
    EXPECT_EQ(influxdb(o).encode(records, {}, everything).end, (place{2, 0}));
    o.request_bytes_max = {1};
    EXPECT_EQ(influxdb(o).encode(records, {}, everything).end, (place{1, 0})) << "never none";
    EXPECT_EQ(influxdb(options()).encode(records, {}, 8).end, (place{2, 0}));
    EXPECT_EQ(influxdb(options()).encode(records, {}, 6).end, (place{2, 0}));
    EXPECT_EQ(influxdb(options()).encode(records, {}, 9).end, (place{3, 0}));
}

TEST(influxdb, a_part_of_a_record_is_that_part_of_its_lines) {
    influxdb sink(options());
    const std::vector records{three(1), three(2)};
    const auto head = sink.encode(records, {}, 2);
    EXPECT_EQ(text_of(head.request.body), "m,h=1 f=1 1\nm,h=2 s=\"a\nb f=2 2\n\" 2\n");
    EXPECT_EQ(head.end, (place{0, 2}));
    EXPECT_EQ(head.units, 2u);

    const auto tail = sink.encode(records, head.end, everything);
    EXPECT_EQ(text_of(tail.request.body), "m,h=3 f=3 3\n");
    EXPECT_EQ(tail.end, (place{1, 0}));

    const auto middle = sink.encode(records, {1, 1}, 1);
    EXPECT_EQ(text_of(middle.request.body), "m,h=2 s=\"a\nb f=2 2\n\" 2\n");
    EXPECT_EQ(middle.end, (place{1, 2}));
}

TEST(influxdb, the_last_unit_of_a_record_ends_it) {
    influxdb sink(options());
    const std::vector records{three(1)};
    EXPECT_EQ(sink.encode(records, {0, 2}, 1).end, (place{1, 0}));
    EXPECT_EQ(sink.encode(records, {0, 1}, 2).end, (place{1, 0}));
}

TEST(influxdb, a_part_is_the_same_from_memory_and_from_disk) {
    auto with_text = *three(1);
    with_text.text = three_lines;
    const std::vector from_memory{
        journal::record_ptr(std::make_shared<const journal::record>(with_text))};
    const std::vector from_disk{three(1)};
    influxdb sink(options());
    EXPECT_EQ(sink.encode(from_memory, {0, 1}, 1).request.body,
              sink.encode(from_disk, {0, 1}, 1).request.body);
}

TEST(influxdb, a_part_of_a_member_that_cannot_be_inflated_is_counted_as_dropped) {
    auto record = *three(1);
    record.member.resize(record.member.size() / 2);
    const std::vector records{journal::record_ptr(std::make_shared<const journal::record>(record))};
    influxdb sink(options());
    const auto e = sink.encode(records, {0, 1}, 1);
    EXPECT_EQ(e.end, (place{1, 0}));
    EXPECT_EQ(e.units, 0u);
    EXPECT_EQ(e.dropped, 2u);
}

TEST(influxdb, takes_what_only_allows_and_what_has_a_bucket) {
    auto o = options();
    o.only = {.clusters = {"lab"}, .buckets = {"proxmox", "x"}, .tenants = {}};
    EXPECT_TRUE(influxdb(o).takes(lab()));
    EXPECT_FALSE(influxdb(o).takes({.cluster = "prod", .bucket = "x", .tenant = ""}));
    EXPECT_FALSE(influxdb(o).takes({.cluster = "lab", .bucket = "y", .tenant = ""}));
    o = options();
    EXPECT_TRUE(influxdb(o).takes({.cluster = "lab", .bucket = "", .tenant = ""}));
    o.bucket = "{bucket}";
    EXPECT_FALSE(influxdb(o).takes({.cluster = "lab", .bucket = "", .tenant = ""}));
    o.bucket = "{tenant}";
    EXPECT_FALSE(influxdb(o).takes({.cluster = "lab", .bucket = "x", .tenant = ""}));
    EXPECT_TRUE(influxdb(o).takes({.cluster = "lab", .bucket = "", .tenant = "a"}));
    o = options();
    o.only.tenants = {"a", ""};
    EXPECT_TRUE(influxdb(o).takes({.cluster = "lab", .bucket = "", .tenant = ""}));
    EXPECT_FALSE(influxdb(o).takes({.cluster = "lab", .bucket = "", .tenant = "b"}));
}

TEST(influxdb, probes_with_an_empty_write) {
    const auto probe = influxdb(options()).probe();
    ASSERT_TRUE(probe);
    EXPECT_EQ(probe->method, "POST");
    EXPECT_NE(probe->url.find("/api/v2/write?org="), std::string::npos) << probe->url;
    EXPECT_EQ(probe->body, "");
    for (const auto& [name, value] : probe->headers) {
        EXPECT_NE(name, "Content-Encoding");
    }
}

TEST(influxdb, probes_health_while_no_bucket_is_known) {
    auto o = options();
    o.url += "/";
    o.bucket = "{bucket}";
    influxdb sink(o);
    const auto before = sink.probe();
    ASSERT_TRUE(before);
    EXPECT_EQ(before->method, "GET");
    EXPECT_EQ(before->url, "https://influx.example:8086/health");

    static_cast<void>(sink.encode(std::vector{three()}, {}, everything));
    const auto after = sink.probe();
    ASSERT_TRUE(after);
    EXPECT_EQ(after->method, "POST");
    EXPECT_NE(after->url.find("bucket=" + lab().bucket), std::string::npos) << after->url;
}

influxdb_options v1() {
    auto o = options();
    o.api = influxdb_api::v1;
    o.org.clear();
    o.auth = {.token = {}, .user = "joe", .password = secret("pw")};
    return o;
}

influxdb_options v3() {
    auto o = options();
    o.api = influxdb_api::v3;
    o.org.clear();
    return o;
}

TEST(influxdb_v1, writes_to_a_database_and_its_retention_policy) {
    auto o = v1();
    o.bucket = "a b";
    const std::vector records{three()};
    EXPECT_EQ(influxdb(o).encode(records, {}, 9).request.url,
              "https://influx.example:8086/write?db=a%20b&precision=ns");
    o.retention_policy = "two weeks";
    const auto e = influxdb(o).encode(records, {}, 9);
    EXPECT_EQ(e.request.url,
              "https://influx.example:8086/write?db=a%20b&rp=two%20weeks&precision=ns");
    EXPECT_THAT(e.request.headers, Contains(Pair("Authorization", "Basic am9lOnB3")));
    EXPECT_EQ(e.request.body, records[0]->member) << "the record as it is";
}

TEST(influxdb_v1, asks_ping_while_no_database_is_known) {
    auto o = v1();
    o.bucket = "{cluster}";
    EXPECT_EQ(influxdb(o).probe()->url, "https://influx.example:8086/ping");
}

TEST(influxdb_v3, writes_by_its_own_endpoint) {
    const auto e = influxdb(v3()).encode(std::vector{three()}, {}, 9);
    EXPECT_EQ(e.request.url,
              "https://influx.example:8086/api/v3/write_lp?db=proxmox&precision=nanosecond"
              "&accept_partial=true");
    EXPECT_THAT(e.request.headers, Contains(Pair("Authorization", "Bearer t0ken")));
}

TEST(influxdb_v3, several_records_are_one_member) {
    influxdb sink(v3());
    journal::lane elsewhere = lab();
    elsewhere.bucket = "other";
    const std::vector records{three(1), three(2), member_record(3, "x f=1 1\n", elsewhere)};
    const auto e = sink.encode(records, {}, everything);
    EXPECT_EQ(e.end, (place{3, 0}));
    EXPECT_EQ(e.units, 7u);
    std::string text;
    EXPECT_EQ(protocol::inflate_member(e.request.body, 1 << 20, text), e.request.body.size());
    EXPECT_EQ(text, three_lines + three_lines + "x f=1 1\n");
}

TEST(influxdb_v3, a_request_ends_anywhere_between_lines) {
    const std::vector records{three(1), three(2), three(3)};
    influxdb sink(v3());
    const auto first = sink.encode(records, {}, 4);
    EXPECT_EQ(first.end, (place{1, 1}));
    EXPECT_EQ(text_of(first.request.body), three_lines + "m,h=1 f=1 1\n");
    const auto second = sink.encode(records, first.end, everything);
    EXPECT_EQ(second.end, (place{3, 0}));
    EXPECT_EQ(second.units, 5u);

    auto o = v3();
    o.text_bytes_max = {three_lines.size() + 1};
    EXPECT_EQ(influxdb(o).encode(records, {}, everything).end, (place{1, 0}));
    o.text_bytes_max = {1};
    EXPECT_EQ(influxdb(o).encode(records, {}, everything).end, (place{0, 1})) << "never none";
}

TEST(influxdb_v3, another_database_is_another_request) {
    auto o = v3();
    o.bucket = "{bucket}";
    journal::lane elsewhere = lab();
    elsewhere.bucket = "other";
    const std::vector records{three(1), member_record(3, "x f=1 1\n", elsewhere)};
    EXPECT_EQ(influxdb(o).encode(records, {}, everything).end, (place{1, 0}));
}

TEST(influxdb_v3, an_empty_write_is_answered_that_it_was_empty) {
    const influxdb sink(v3());
    EXPECT_EQ(sink.probe()->method, "POST");
    http_response response;
    response.status = 400;
    response.body = "incoming write was empty";
    EXPECT_EQ(sink.judge_probe(response).kind, verdict_kind::delivered);
    EXPECT_EQ(sink.judge(response).kind, verdict_kind::configuration) << "a body had lines";
    response.body = "Bad Request";
    EXPECT_EQ(sink.judge_probe(response).kind, verdict_kind::refused) << "a proxy";
    response.status = 401;
    EXPECT_EQ(sink.judge_probe(response).kind, verdict_kind::configuration);
}

http_response conflict(const char* field, const char* stored) {
    http_response response;
    response.status = 422;
    response.body =
        R"({"code":"unprocessable entity","message":"failure writing points to database: partial )"
        R"(write: field type conflict: input field \")" +
        std::string(field) + R"(\" on measurement \"m\" is type float, already exists as type )" +
        stored + R"( dropped=1"})";
    return response;
}

TEST(influxdb_guard, writes_what_was_refused_as_the_store_has_it) {
    auto o = options();
    o.guard = type_guard_mode::coerce;
    influxdb sink(o);
    const std::vector records{three(1), three(2)};
    EXPECT_EQ(sink.encode(records, {}, everything).request.body,
              records[0]->member + records[1]->member)
        << "as it is, as long as nothing is known";
    EXPECT_TRUE(sink.adapts_to(conflict("f", "string")));
    const auto e = sink.encode(records, {}, everything);
    EXPECT_EQ(e.units, 6u);
    const std::string once = "m,h=1 f=\"1\" 1\nm,h=2 s=\"a\nb f=2 2\n\" 2\nm,h=3 f=\"3\" 3\n";
    EXPECT_EQ(text_of(e.request.body), once + once);
    EXPECT_FALSE(sink.adapts_to(conflict("f", "string")));
}

TEST(influxdb_guard, that_is_off_learns_nothing) {
    influxdb sink(options());
    static_cast<void>(sink.encode(std::vector{three()}, {}, everything));
    EXPECT_FALSE(sink.adapts_to(conflict("f", "string")));
}

TEST(influxdb_guard, keeps_what_it_knows_of_one_database_to_that_one) {
    auto o = options();
    o.bucket = "{bucket}";
    o.guard = type_guard_mode::coerce;
    influxdb sink(o);
    journal::lane elsewhere = lab();
    elsewhere.bucket = "other";
    const std::vector records{three(1), member_record(2, "m,h=1 f=1 1\n", elsewhere)};
    static_cast<void>(sink.encode(records, {}, everything));
    EXPECT_TRUE(sink.adapts_to(conflict("f", "string")));
    EXPECT_EQ(sink.encode(records, {1, 0}, everything).request.body, records[1]->member);
}

TEST(influxdb_v3, a_containers_type_does_not_meet_a_storages) {
    influxdb sink(v3());
    const std::vector records{member_record(1,
                                            "system,object=lxc,vmid=7 type=\"lxc\",uptime=1 5\n"
                                            "system,object=storages,type=zfspool used=1 5\n")};
    EXPECT_EQ(text_of(sink.encode(records, {}, everything).request.body),
              "system,object=lxc,vmid=7 type_string=\"lxc\",uptime=1 5\n"
              "system,object=storages,type=zfspool used=1 5\n");
}

struct answer_case {
    int status;
    const char* body;
    verdict_kind kind;
    const char* reason;
};

TEST(influxdb_answer, means_what_the_table_says) {
    using enum verdict_kind;
    const std::vector<answer_case> table{
        {204, "", delivered, ""},
        {200, "", delivered, ""},
        {0, "", later, "no_answer"},
        {308, "", configuration, "redirect"},
        {400, R"({"code":"invalid","message":"unable to parse 'm': missing fields"})", refused,
         "invalid"},
        {400, R"({"error":"partial write: field type conflict: input field \"f\" dropped=1"})",
         refused, "type_conflict"},
        {400, R"({"error":"partial write: points beyond retention policy dropped=1"})", refused,
         "too_old"},
        {400, R"({"code":"invalid","message":"time outside range -1 - 2"})", refused,
         "out_of_bounds"},
        {400,
         R"({"code":"invalid","message":"failed to decode request body: organization not )"
         R"(found"})",
         configuration, "not_found"},
        {401, R"({"code":"unauthorized","message":"unauthorized access"})", configuration,
         "unauthorized"},
        {403, "", configuration, "forbidden"},
        {404, R"({"code":"not found","message":"bucket \"x\" not found"})", configuration,
         "not_found"},
        {405, "", configuration, "unexpected_status"},
        {413, "<html>", too_large, "too_large"},
        {422,
         R"({"code":"unprocessable entity","message":"failure writing points to database: )"
         R"(partial write: field type conflict: dropped=1"})",
         rest_stored, "type_conflict"},
        {422, R"({"message":"string is too long, 1048577 > 1048576"})", rest_stored, "too_long"},
        {429, "", later, "overloaded"},
        {500, R"({"error":"retention policy not found: nope"})", configuration, "not_found"},
        {500, R"({"code":"internal error","message":"unexpected error writing points"})", fault,
         "server_error"},
        {502, "", fault, "server_error"},
        {503, "request throttled, queue full", later, "overloaded"},
        {499, "", later, "timeout"},
    };
    const influxdb sink(options());
    for (const auto& c : table) {
        http_response response;
        response.status = c.status;
        response.body = c.body;
        const auto v = sink.judge(response);
        EXPECT_EQ(v.kind, c.kind) << c.status << ' ' << c.body;
        EXPECT_EQ(v.reason, c.reason) << c.status << ' ' << c.body;
    }
}

TEST(influxdb_answer, of_version_3_means_what_the_table_says) {
    using enum verdict_kind;
    const std::vector<answer_case> table{
        {204, "", delivered, ""},
        {400,
         R"({"error":"partial write of line protocol occurred","data":[{"original_line":)"
         R"("m f=\"a\" 1","line_number":2,"error_message":"invalid column type for column 'f', )"
         R"(expected iox::column_type::field::float, got iox::column_type::field::string"}]})",
         refused, "type_conflict"},
        {400, R"({"error":"partial write of line protocol occurred","data":[]})", refused,
         "invalid"},
        {400, "incoming write was empty", configuration, "body_lost"},
        {401, "", configuration, "unauthorized"},
        {413, "", too_large, "too_large"},
        {422, "Update to schema would exceed number of columns per table limit", refused,
         "store_limit"},
        {500, "", fault, "server_error"},
        {503, "", later, "overloaded"},
    };
    const influxdb sink(v3());
    for (const auto& c : table) {
        http_response response;
        response.status = c.status;
        response.body = c.body;
        const auto v = sink.judge(response);
        EXPECT_EQ(v.kind, c.kind) << c.status << ' ' << c.body;
        EXPECT_EQ(v.reason, c.reason) << c.status << ' ' << c.body;
    }
    http_response response;
    response.status = 400;
    response.body = R"({"error":"partial write","data":[{"error_message":"No fields"}]})";
    EXPECT_EQ(sink.judge(response).detail, "No fields") << "the line's own trouble";
}

TEST(influxdb_answer, keeps_the_stores_words_and_its_wait) {
    http_response response;
    response.status = 503;
    response.headers = {{"retry-after", "Sun, 06 Nov 1994 08:50:07 GMT"},
                        {"date", "Sun, 06 Nov 1994 08:49:37 GMT"}};
    response.body = R"({"code":"unavailable","message":"try\nlater"})";
    const auto v = influxdb(options()).judge(response);
    EXPECT_EQ(v.detail, "try\\x0alater");
    EXPECT_EQ(v.retry_after, std::chrono::seconds(30));
}

TEST(influxdb_configuration, is_checked) {
    const auto problem = [](auto change) {
        auto o = options();
        change(o);
        return find_problem(o).value_or("");
    };
    EXPECT_EQ(problem([](auto&) {}), "");
    EXPECT_THAT(problem([](auto& o) { o.url = "influx:8086"; }), HasSubstr("http://"));
    EXPECT_THAT(problem([](auto& o) { o.url += "/?org=x"; }), HasSubstr("query"));
    EXPECT_THAT(problem([](auto& o) { o.url += "/api/v2/write"; }), HasSubstr("/api/v2/write"));
    EXPECT_THAT(problem([](auto& o) { o.bucket = ""; }), HasSubstr("bucket"));
    EXPECT_THAT(problem([](auto& o) {
                    o.api = influxdb_api::v1;
                    o.url += "/write";
                }),
                HasSubstr("without /write"));
    EXPECT_THAT(problem([](auto& o) {
                    o.api = influxdb_api::v3;
                    o.bucket = "";
                }),
                HasSubstr("database is missing"));
    EXPECT_THAT(problem([](auto& o) { o.bucket = "{clutser}"; }), HasSubstr("{clutser}"));
    EXPECT_THAT(problem([](auto& o) { o.bucket = "a}"; }), HasSubstr("bucket"));
    EXPECT_THAT(problem([](auto& o) {
                    o.headers = {{"content-encoding", secret("x")}};
                }),
                HasSubstr("content-encoding"));
    EXPECT_THAT(problem([](auto& o) { o.auth.user = "joe"; }), HasSubstr("not both"));
    EXPECT_THAT(problem([](auto& o) { o.auth.token = secret("a\r\nb"); }), HasSubstr("control"));
}

}  // namespace
}  // namespace relay::sinks
