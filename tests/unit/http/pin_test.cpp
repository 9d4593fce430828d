// A pinned server proves who it is by its certificate, before it is sent a token.
#include "relay/http/http_client.hpp"
#include "tests/support/loopback_server.hpp"
#include "tests/support/tls_server.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <string>

namespace relay::http {
namespace {

using namespace std::chrono_literals;
using tests::tls_server;

class pin_test : public testing::Test {
protected:
    // As the program does: OpenSSL says good-bye to a server that may be gone.
    pin_test() { std::signal(SIGPIPE, SIG_IGN); }

    http_response ask(const std::string& url, const tls_options& tls) {
        const http_request request{
            .method = "GET", .url = url, .headers = {{"Authorization", "s3cr3t"}}, .body = {}};
        static_cast<void>(client_.start(request, {.tls = tls}));
        const auto deadline = std::chrono::steady_clock::now() + 30s;
        while (std::chrono::steady_clock::now() < deadline) {
            auto done = client_.poll(1s);
            if (!done.empty()) return std::move(done.front().response);
        }
        ADD_FAILURE() << "no response";
        return {};
    }

    static tls_options pinned(const std::string& text) {
        return {.fingerprints = {parse_fingerprint(text).value()}};
    }

    http_library library_;
    http_client client_;
    const std::string wrong_ = std::string(64, '5');
};

TEST_F(pin_test, a_certificate_that_nobody_signed_is_refused_without_a_pin) {
    const tls_server server;

    const auto response = ask(server.url(), {});

    EXPECT_EQ(response.status, 0);
    EXPECT_NE(response.error, "");
    EXPECT_EQ(server.received(), "");
}

TEST_F(pin_test, the_pinned_certificate_is_enough) {
    const tls_server server;

    EXPECT_EQ(ask(server.url(), pinned(server.fingerprint())).status, 200);
    EXPECT_NE(server.received().find("s3cr3t"), std::string::npos);
}

TEST_F(pin_test, one_of_several_pins_is_enough) {
    const tls_server server;
    auto tls = pinned(wrong_);
    tls.fingerprints.push_back(parse_fingerprint(server.fingerprint()).value());

    EXPECT_EQ(ask(server.url(), tls).status, 200);
}

TEST_F(pin_test, another_certificate_is_sent_nothing_and_its_fingerprint_is_told) {
    const tls_server server;

    const auto response = ask(server.url(), pinned(wrong_));

    EXPECT_EQ(response.status, 0);
    EXPECT_NE(response.error.find(server.fingerprint()), std::string::npos) << response.error;
    EXPECT_EQ(server.received(), "");
}

// The connection that is open already was opened for somebody who trusts anyone.
TEST_F(pin_test, a_kept_connection_is_asked_for_its_certificate_too) {
    const tls_server server;
    ASSERT_EQ(ask(server.url(), {.verify = server_check::none}).status, 200);
    const auto before = server.received();

    EXPECT_EQ(ask(server.url(), pinned(wrong_)).status, 0);
    EXPECT_EQ(server.received(), before);
    EXPECT_EQ(ask(server.url(), pinned(server.fingerprint())).status, 200);
}

TEST_F(pin_test, a_pin_is_not_enough_where_an_authority_is_named_as_well) {
    const tls_server server;
    auto tls = pinned(server.fingerprint());
    tls.ca = "/etc/ssl/certs/ca-certificates.crt";

    EXPECT_EQ(ask(server.url(), tls).status, 0);
    EXPECT_EQ(server.received(), "");
}

TEST_F(pin_test, a_server_without_tls_is_sent_nothing) {
    std::string seen;
    tests::loopback_server server([&](const tests::received& request) {
        seen = request.head;
        return tests::http_reply(200);
    });

    EXPECT_EQ(ask(server.url(), pinned(wrong_)).status, 0);
    EXPECT_EQ(seen, "");
}

}  // namespace
}  // namespace relay::http
