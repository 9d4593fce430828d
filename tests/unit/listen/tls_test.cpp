// HTTPS: what a client is shown, what it has to show, and what becomes of those who speak
// otherwise.
#include "relay/listen/tls_identity.hpp"
#include "tests/support/test_certificate.hpp"
#include "tests/unit/listen/listener_fixture.hpp"
#include "tests/unit/listen/loopback_client.hpp"
#include "tests/unit/listen/tls_client.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <csignal>

namespace relay::listen {
namespace {

using namespace std::chrono_literals;
using journal::durability;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using tests::loopback_client;
using tests::make_authority;
using tests::make_certificate;
using tests::tls_client;

std::string push_of(std::string_view body, std::string_view connection) {
    return fmt::format(
        "POST /api/v2/write?bucket=b HTTP/1.1\r\nConnection: {}\r\nContent-Length: {}\r\n\r\n{}",
        connection, body.size(), body);
}

constexpr std::string_view line = "system,object=nodes,host=pve1 uptime=5 1755785270000000000\n";

class tls : public listener_fixture {
protected:
    tls() {
        std::signal(SIGPIPE, SIG_IGN);  // as the program does
        options_.tls = identity_for("relay.example");
    }

    tls_options identity_for(const std::string& name) {
        const auto made = make_certificate(name, authority_);
        return {.certificate = made.certificate, .key = secret(made.key)};
    }
    /// Of a client that trusts our authority.
    [[nodiscard]] tls_client::options trusting() const {
        return {.authority = authority_.certificate};
    }

    const tests::test_certificate authority_ = make_authority("the lab's authority");
};

TEST_F(tls, a_push_is_answered_over_tls_1_3_and_1_2) {
    const auto port = start();
    for (const int version : {TLS1_3_VERSION, TLS1_2_VERSION}) {
        auto how = trusting();
        how.version_max = version;
        tls_client client(port, how);
        ASSERT_TRUE(client.connected());
        EXPECT_EQ(client.version(), version == TLS1_3_VERSION ? "TLSv1.3" : "TLSv1.2");

        client.send(push_of(line, "close"));

        EXPECT_THAT(client.rest(), StartsWith("HTTP/1.1 204"));
    }
    EXPECT_THAT(journal_.text(), HasSubstr("system,cluster=lab,host=pve1"));
    EXPECT_EQ(counters_.tls_failures.value(), 0u);
}

TEST_F(tls, older_versions_are_refused_and_counted) {
    const auto port = start();
    auto how = trusting();
    how.version_max = TLS1_1_VERSION;

    EXPECT_FALSE(tls_client(port, how).connected());

    listener_->stop(1s);
    EXPECT_EQ(counters_.tls_failures.value(), 1u);
}

TEST_F(tls, a_large_body_and_several_requests_go_through_one_connection) {
    tls_client client(start(), trusting());
    std::string body;
    for (int i = 0; i < 20'000; ++i)
        body += fmt::format("m,i={} v={} 1755785270000000000\n", i, i);
    for (int i = 0; i < 3; ++i) {
        client.send(push_of(body, "keep-alive"));
        EXPECT_THAT(client.receive(1), StartsWith("HTTP/1.1 204"));
    }
    EXPECT_EQ(ingest_counters_.lines.value(), 60'000u);
}

TEST_F(tls, who_speaks_http_is_told_and_harms_nobody) {
    const auto port = start();
    loopback_client plain(port);

    plain.send(push_of(line, "close"));

    EXPECT_THAT(plain.rest(), HasSubstr("this port speaks HTTPS"));
    tls_client client(port, trusting());
    client.send(push_of(line, "close"));
    EXPECT_THAT(client.rest(), StartsWith("HTTP/1.1 204"));
    EXPECT_EQ(counters_.tls_failures.value(), 1u);
}

TEST_F(tls, who_says_nothing_is_cut) {
    options_.limits.head_wait = 20ms;
    loopback_client silent(start());
    EXPECT_EQ(silent.rest(), "");
    EXPECT_EQ(counters_.tls_failures.value(), 1u);
}

TEST_F(tls, where_clients_must_show_a_certificate_only_those_of_the_authority_get_in) {
    const auto clients = make_authority("the clients' authority");
    options_.tls.client_ca = clients.certificate;
    const auto port = start();
    const auto status_of = [&](const tests::test_certificate& shows) {
        auto how = trusting();
        how.shows = shows;
        tls_client client(port, how);
        client.send(push_of(line, "close"));
        return client.rest();
    };

    EXPECT_EQ(status_of({}), "");
    EXPECT_EQ(status_of(make_certificate("stranger", make_authority("another"))), "");
    EXPECT_THAT(status_of(make_certificate("pve1", clients)), StartsWith("HTTP/1.1 204"));
    EXPECT_EQ(ingest_counters_.lines.value(), 1u);
}

TEST_F(tls, a_renewed_certificate_is_shown_to_who_comes_and_cuts_nobody) {
    const auto port = start();
    tls_client before(port, trusting());
    EXPECT_EQ(before.server(), "relay.example");

    const auto make = [this] { return make_api(); };
    const auto renewed = identity_for("renewed.example");
    ASSERT_TRUE(listener_->serve_with(make, options_.limits, renewed));

    EXPECT_EQ(tls_client(port, trusting()).server(), "renewed.example");
    before.send(push_of(line, "close"));
    EXPECT_THAT(before.rest(), StartsWith("HTTP/1.1 204"));
    // One that cannot be used changes nothing.
    EXPECT_FALSE(listener_->serve_with(make, options_.limits, {.certificate = "none"}));
    EXPECT_EQ(tls_client(port, trusting()).server(), "renewed.example");
    listener_->stop(0ms);
}

TEST_F(tls, what_cannot_be_used_is_named_and_not_shown) {
    const auto other = make_certificate("other", authority_);
    const auto why = [](const tls_options& from) {
        const auto made = tls_identity::make(from);
        return made ? std::string() : made.error();
    };
    auto wrong_key = options_.tls;
    wrong_key.key = secret(other.key);
    auto no_key = options_.tls;
    no_key.key = secret("s3cret");
    auto no_clients = options_.tls;
    no_clients.client_ca = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

    EXPECT_EQ(why(options_.tls), "");
    EXPECT_THAT(why({.certificate = "no PEM"}), HasSubstr("`certificate`"));
    EXPECT_THAT(why(wrong_key), HasSubstr("`key` is not the key of `certificate`"));
    EXPECT_THAT(why(no_key), HasSubstr("`key` holds no private key"));
    EXPECT_THAT(why(no_key), Not(HasSubstr("s3cret")));
    EXPECT_THAT(why(no_clients), HasSubstr("`client_ca`"));
}

}  // namespace
}  // namespace relay::listen
