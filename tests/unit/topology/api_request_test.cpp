// Nothing but GET can leave, and the token goes nowhere but into its header.
#include "relay/topology/api_request.hpp"

#include <gtest/gtest.h>

#include <string>

namespace relay::topology {
namespace {

api_options lab() {
    api_options options;
    options.token_id = "relay@pve!relay";
    options.token = secret("s3cr3t");
    return options;
}

TEST(api_request, every_call_is_a_get_without_a_body) {
    for (std::size_t i = 0; i < ask_count; ++i) {
        const errand what{.call = {.what = static_cast<ask>(i), .node = "pve1"},
                          .url = "https://pve2:8006"};
        const auto request = request_of(what, lab());

        EXPECT_EQ(request.method, "GET");
        EXPECT_EQ(request.body, "");
        EXPECT_TRUE(request.url.starts_with("https://pve2:8006/api2/json/")) << request.url;
        EXPECT_EQ(request.url.find("s3cr3t"), std::string::npos);
    }
}

TEST(api_request, shows_the_token_as_proxmox_reads_it) {
    const auto request =
        request_of({.call = {.what = ask::version}, .url = "https://192.0.2.11:8006/"}, lab());

    EXPECT_EQ(request.url, "https://192.0.2.11:8006/api2/json/version");
    ASSERT_FALSE(request.headers.empty());
    EXPECT_EQ(request.headers[0].first, "Authorization");
    EXPECT_EQ(request.headers[0].second, "PVEAPIToken=relay@pve!relay=s3cr3t");
}

TEST(api_request, learnt_pins_count_only_beside_one_that_was_configured) {
    const auto learnt = http::parse_fingerprint(std::string(64, 'b')).value();
    auto options = lab();
    EXPECT_TRUE(target_of({}, options, {learnt}).tls.fingerprints.empty());

    options.tls.fingerprints = {http::parse_fingerprint(std::string(64, 'a')).value()};
    EXPECT_EQ(target_of({}, options, {learnt}).tls.fingerprints.size(), 2u);
}

TEST(api_request, waits_as_long_as_the_plan_says_and_takes_gzip) {
    const auto target = target_of({.timeout = std::chrono::seconds(35)}, lab(), {});

    EXPECT_EQ(target.timeout, std::chrono::seconds(35));
    EXPECT_TRUE(target.accepts_gzip);
    EXPECT_EQ(target.body_bytes_max, std::size_t{32} << 20);
}

}  // namespace
}  // namespace relay::topology
