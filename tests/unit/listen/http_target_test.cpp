#include "relay/listen/http_target.hpp"

#include <gtest/gtest.h>

namespace relay::listen {
namespace {

using protocol::precision;

struct path_case {
    const char* target;
    listen::route route;
    const char* prefix;
};

TEST(http_target, route_is_found_behind_any_prefix_and_any_slashes) {
    const path_case cases[] = {
        {"/api/v2/write?org=a&bucket=b", route::write_v2, ""},
        {"//api/v2/write", route::write_v2, ""},
        {"/relay//api/v2/write", route::write_v2, "relay"},
        {"/x///api//v2/write/", route::write_v2, "x"},
        {"/a/b/api/v2/write", route::write_v2, "a/b"},
        {"/write?db=x", route::write_v1, ""},
        {"/lab/write", route::write_v1, "lab"},
        {"/health", route::health, ""},
        {"/a/b/health", route::health, "a/b"},
        {"/x///health", route::health, "x"},
        {"/api/v2/health", route::health, ""},
        {"/ping", route::ping, ""},
        {"/lab/ready", route::ready, "lab"},
        {"/query?q=SHOW+DATABASES", route::query, ""},
        {"/team%20a/write", route::write_v1, "team a"},
        {"http://192.0.2.1:8186/lab/write?db=x", route::write_v1, "lab"},
        {"http://192.0.2.1:8186?db=x", route::unknown, ""},
    };

    for (const auto& row : cases) {
        const auto target = parse_target(row.target);
        EXPECT_EQ(target.route, row.route) << row.target;
        EXPECT_EQ(target.prefix, row.prefix) << row.target;
    }
}

TEST(http_target, anything_else_is_unknown) {
    for (const auto* text : {"", "/", "*", "?", "/rewrite", "/Write", "/api/v2/writes", "/write/x",
                             "/api/v2", "/healthy"}) {
        EXPECT_EQ(parse_target(text).route, route::unknown) << text;
    }
}

TEST(http_target, values_come_encoded_in_three_ways) {
    EXPECT_EQ(parse_target("/api/v2/write?bucket=a%20b").bucket, "a b");  // URI.pm
    EXPECT_EQ(parse_target("/api/v2/write?bucket=a+b").bucket, "a b");    // form encoding
    EXPECT_EQ(parse_target("/api/v2/write?bucket=a/b:c@d").bucket, "a/b:c@d");
    EXPECT_EQ(parse_target("/api/v2/write?bucket=100%").bucket, "100%");
    EXPECT_EQ(parse_target("/api/v2/write?bucket=100%2").bucket, "100%2");
    EXPECT_EQ(parse_target("/api/v2/write?bucket=%zz%41").bucket, "%zzA");
    EXPECT_EQ(parse_target("/api/v2/write?bucket=caf\xc3\xa9").bucket, "caf\xc3\xa9");
    EXPECT_EQ(parse_target("/api/v2/write?%62ucket=x").bucket, "x");
}

TEST(http_target, bucket_that_proxmox_did_not_encode_ends_at_the_ampersand) {
    // pvestatd with bucket "b&x=1#f": URI.pm cuts the fragment, nobody encodes the rest.
    const auto target = parse_target("/api/v2/write?org=o&bucket=b&x=1#f");

    EXPECT_EQ(target.bucket, "b");
    EXPECT_EQ(target.org, "o");
}

TEST(http_target, first_of_a_repeated_parameter_wins) {
    const auto target = parse_target("/write?db=h&db=x&precision=s&precision=ms&u=&u=joe");

    EXPECT_EQ(target.bucket, "h");
    EXPECT_EQ(target.precision, "s");
    EXPECT_TRUE(target.has_user);
    EXPECT_EQ(target.user, "");
}

TEST(http_target, empty_and_odd_pairs_are_harmless) {
    const auto target = parse_target("/write?&&=&db&=x&p=a=b&verbose=true&u=joe");

    EXPECT_EQ(target.bucket, "");
    EXPECT_EQ(target.password, "a=b");
    EXPECT_EQ(target.user, "joe");
    EXPECT_TRUE(target.verbose);
}

TEST(precision, v1_takes_every_spelling_of_influxdb_1) {
    const std::pair<const char*, precision> spellings[] = {
        {"", precision::ns},         {"n", precision::ns},  {"ns", precision::ns},
        {"u", precision::us},        {"us", precision::us}, {"\xc2\xb5", precision::us},
        {"\xce\xbc", precision::us}, {"ms", precision::ms}, {"s", precision::s},
        {"m", precision::m},         {"h", precision::h}};

    for (const auto& [text, unit] : spellings) {
        EXPECT_EQ(parse_precision(text, route::write_v1), unit) << text;
    }
    for (const auto* text : {"x", "S", "sec", "d", "1s", " s"}) {
        EXPECT_FALSE(parse_precision(text, route::write_v1)) << text;
    }
}

TEST(precision, v2_refuses_what_influxdb_2_refuses) {
    EXPECT_EQ(parse_precision("", route::write_v2), precision::ns);
    EXPECT_EQ(parse_precision("ns", route::write_v2), precision::ns);
    EXPECT_EQ(parse_precision("us", route::write_v2), precision::us);
    EXPECT_EQ(parse_precision("ms", route::write_v2), precision::ms);
    EXPECT_EQ(parse_precision("s", route::write_v2), precision::s);
    for (const auto* text : {"n", "u", "m", "h", "\xc2\xb5", "x"}) {
        EXPECT_FALSE(parse_precision(text, route::write_v2)) << text;
    }
}

}  // namespace
}  // namespace relay::listen
