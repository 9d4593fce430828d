// The client against a real server on loopback that behaves as badly as a test wants.
#include "relay/http/http_client.hpp"

#include "tests/support/loopback_server.hpp"
#include "tests/unit/listen/gzip_text.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>

namespace relay::http {
namespace {

using namespace std::chrono_literals;
using tests::http_reply;
using tests::loopback_server;
using tests::received;
using tests::reply;

http_request get(const std::string& url) {
    return {.method = "GET", .url = url, .headers = {}, .body = {}};
}

http_request post(const std::string& url, const std::string& body) {
    return {.method = "POST", .url = url, .headers = {}, .body = body};
}

class http_client_test : public testing::Test {
protected:
    completed wait_for_one() {
        // Far beyond every timeout that a test sets: reached only by a client that hangs.
        const auto deadline = std::chrono::steady_clock::now() + 30s;
        while (std::chrono::steady_clock::now() < deadline) {
            auto done = client_.poll(1s);
            if (!done.empty()) return std::move(done.front());
        }
        ADD_FAILURE() << "no response";
        return {};
    }

    http_response ask(const http_request& request, const http_target& target = {}) {
        const auto id = client_.start(request, target);
        auto done = wait_for_one();
        EXPECT_EQ(done.id, id);
        return done.response;
    }

    http_library library_;
    http_client client_;
};

TEST_F(http_client_test, a_request_arrives_byte_for_byte_and_its_answer_comes_back) {
    received seen;
    loopback_server server([&](const received& request) {
        seen = request;
        return http_reply(400, "{\"code\":\"invalid\"}", "Content-Type: application/json\r\n");
    });
    std::string body("binary \0 and \n lines", 20);

    const auto response = ask({.method = "POST",
                               .url = server.url("/api/v2/write?bucket=b"),
                               .headers = {{"Authorization", "Token t"}, {"User-Agent", "u/1"}},
                               .body = body});

    EXPECT_EQ(response.status, 400);
    EXPECT_EQ(response.body, "{\"code\":\"invalid\"}");
    EXPECT_EQ(response.header("content-type"), "application/json");
    EXPECT_EQ(response.error, "");
    EXPECT_EQ(seen.body, body);
    EXPECT_TRUE(seen.head.starts_with("POST /api/v2/write?bucket=b HTTP/1.1\r\n"));
    EXPECT_NE(seen.head.find("Authorization: Token t\r\n"), std::string::npos);
    EXPECT_NE(seen.head.find("User-Agent: u/1\r\n"), std::string::npos);
}

TEST_F(http_client_test, nothing_is_added_that_was_not_asked_for) {
    std::string head;
    loopback_server server([&](const received& request) {
        head = request.head;
        return http_reply(204);
    });

    // Large enough for curl to ask for 100 Continue if it were let.
    const http_request request{
        .url = server.url(), .headers = {}, .body = std::string(2 << 20, 'x')};
    EXPECT_EQ(ask(request).status, 204);

    EXPECT_EQ(head.find("Expect"), std::string::npos) << head;
    EXPECT_EQ(head.find("Content-Type"), std::string::npos) << head;
}

TEST_F(http_client_test, a_get_has_no_body) {
    received seen;
    loopback_server server([&](const received& request) {
        seen = request;
        return http_reply(200, "ok");
    });

    const auto request = get(server.url("/health"));
    EXPECT_EQ(ask(request).body, "ok");
    EXPECT_TRUE(seen.head.starts_with("GET /health HTTP/1.1\r\n"));
    EXPECT_EQ(seen.head.find("Content-Length"), std::string::npos);
}

TEST_F(http_client_test, an_empty_post_is_sent_with_length_zero) {
    std::string head;
    loopback_server server([&](const received& request) {
        head = request.head;
        return http_reply(204);
    });

    const auto request = post(server.url(), "");
    EXPECT_EQ(ask(request).status, 204);
    EXPECT_TRUE(head.starts_with("POST "));
    EXPECT_NE(head.find("Content-Length: 0\r\n"), std::string::npos) << head;
}

TEST_F(http_client_test, a_kept_connection_is_used_again) {
    loopback_server server([](const received&) { return http_reply(204); });

    for (int i = 0; i < 5; ++i) {
        const auto request = post(server.url(), "m f=1");
        EXPECT_EQ(ask(request).status, 204);
    }

    EXPECT_EQ(server.connections(), 1U);
}

TEST_F(http_client_test, a_connection_that_the_server_closed_is_replaced) {
    loopback_server server([](const received&) {
        auto answer = http_reply(204);
        answer.after = reply::then::close;
        return answer;
    });

    for (int i = 0; i < 3; ++i) {
        const auto request = post(server.url(), "m f=1");
        EXPECT_EQ(ask(request).status, 204);
    }

    EXPECT_EQ(server.connections(), 3U);
}

TEST_F(http_client_test, a_server_that_does_not_answer_times_out) {
    loopback_server server(
        [](const received&) { return reply{.bytes = "", .after = reply::then::hang}; });

    const auto request = post(server.url(), "m f=1");
    const auto response = ask(request, {.timeout = 100ms});

    EXPECT_EQ(response.status, 0);
    EXPECT_NE(response.error.find("timed out"), std::string::npos) << response.error;
    EXPECT_GE(response.elapsed, 100ms);
}

TEST_F(http_client_test, an_answer_that_breaks_off_is_no_answer) {
    loopback_server server([](const received&) {
        return reply{.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf",
                     .after = reply::then::reset};
    });

    const auto request = post(server.url(), "m f=1");
    const auto response = ask(request);

    EXPECT_EQ(response.status, 0);
    EXPECT_NE(response.error, "");
    EXPECT_EQ(response.body, "");
}

TEST_F(http_client_test, a_redirect_is_an_answer_and_not_followed) {
    int requests = 0;
    loopback_server server([&](const received&) {
        ++requests;
        return http_reply(307, "", "Location: /elsewhere\r\n");
    });

    const auto request = post(server.url("/api/v1/write/"), "x");
    const auto response = ask(request);

    EXPECT_EQ(response.status, 307);
    EXPECT_EQ(response.header("location"), "/elsewhere");
    EXPECT_EQ(requests, 1);
}

TEST_F(http_client_test, a_huge_body_is_kept_up_to_its_bound) {
    loopback_server server(
        [](const received&) { return http_reply(500, std::string(8 << 20, 'e')); });

    const auto request = post(server.url(), "x");
    const auto response = ask(request, {.body_bytes_max = 1000});

    EXPECT_EQ(response.status, 500);
    EXPECT_EQ(response.body, std::string(1000, 'e'));
}

TEST_F(http_client_test, what_stands_behind_the_status_is_kept) {
    loopback_server server([](const received&) {
        return reply{.bytes =
                         "HTTP/1.1 403 Permission check failed (/, Sys.Audit)\r\n"
                         "Content-Length: 0\r\n\r\n"};
    });

    const auto request = get(server.url());
    EXPECT_EQ(ask(request).reason, "Permission check failed (/, Sys.Audit)");
}

TEST_F(http_client_test, gzip_is_asked_for_inflated_and_bounded) {
    std::string head;
    const std::string body(1 << 20, 'x');
    loopback_server server([&](const received& request) {
        head = request.head;
        return http_reply(200, tests::gzip_text(body), "Content-Encoding: gzip\r\n");
    });

    const auto request = get(server.url());
    const auto whole = ask(request, {.body_bytes_max = 2 << 20, .accepts_gzip = true});
    const auto part = ask(request, {.body_bytes_max = 1000, .accepts_gzip = true});

    EXPECT_NE(head.find("Accept-Encoding: gzip\r\n"), std::string::npos) << head;
    EXPECT_EQ(whole.body, body);
    EXPECT_FALSE(whole.is_cut);
    EXPECT_EQ(part.body, body.substr(0, 1000));
    EXPECT_TRUE(part.is_cut);
}

TEST_F(http_client_test, a_get_is_sent_again_where_its_kept_connection_had_died) {
    // Proxmox recycles its workers: the connection is closed when the next request arrives.
    std::size_t requests = 0;
    loopback_server server([&](const received& request) {
        ++requests;
        if (request.connection == 0 && requests == 2)
            return reply{.bytes = "", .after = reply::then::close};
        return http_reply(200, "ok");
    });

    const auto request = get(server.url());
    EXPECT_EQ(ask(request).body, "ok");
    EXPECT_EQ(ask(request).body, "ok");

    EXPECT_EQ(server.connections(), 2U);
}

TEST_F(http_client_test, a_closed_port_is_an_error_that_names_no_secret) {
    std::string url;
    {
        loopback_server gone([](const received&) { return http_reply(204); });
        url = gone.url("/write?u=joe&p=hunter2");
    }

    auto request = post(url, "x");
    request.headers = {{"Authorization", "Token s3cr3t"}};
    const auto response = ask(request);

    EXPECT_EQ(response.status, 0);
    EXPECT_NE(response.error, "");
    EXPECT_EQ(response.error.find("hunter2"), std::string::npos) << response.error;
    EXPECT_EQ(response.error.find("s3cr3t"), std::string::npos) << response.error;
}

TEST_F(http_client_test, what_is_no_http_url_is_an_error) {
    for (const auto* url : {"ftp://127.0.0.1/x", "file:///etc/passwd", "", "http://"}) {
        const auto request = get(url);
        const auto response = ask(request);
        EXPECT_EQ(response.status, 0) << url;
        EXPECT_NE(response.error, "") << url;
        EXPECT_EQ(response.body, "") << url;
    }
}

TEST_F(http_client_test, a_server_that_speaks_no_http_is_an_error) {
    loopback_server server([](const received&) {
        return reply{.bytes = "SSH-2.0-OpenSSH_9.2\r\n", .after = reply::then::close};
    });

    const auto request = post(server.url(), "x");
    const auto response = ask(request);

    EXPECT_EQ(response.status, 0);
    EXPECT_NE(response.error, "");
}

TEST_F(http_client_test, several_requests_are_in_flight_at_once) {
    // The first server never answers; the second must not wait for it.
    loopback_server silent(
        [](const received&) { return reply{.bytes = "", .after = reply::then::hang}; });
    loopback_server prompt([](const received&) { return http_reply(204); });
    const auto stuck = post(silent.url(), "x");
    const auto quick = post(prompt.url(), "x");

    const auto first = client_.start(stuck, {});
    const auto second = client_.start(quick, {});

    EXPECT_EQ(wait_for_one().id, second);
    client_.cancel(first);
}

TEST_F(http_client_test, a_cancelled_request_has_no_response) {
    loopback_server silent(
        [](const received&) { return reply{.bytes = "", .after = reply::then::hang}; });
    const auto request = post(silent.url(), "x");
    const auto id = client_.start(request, {.timeout = 50ms});

    client_.cancel(id);
    client_.cancel(id);  // and again: nothing happens

    EXPECT_TRUE(client_.poll(200ms).empty());
}

TEST_F(http_client_test, wakeup_ends_a_poll_from_another_thread) {
    const auto begin = std::chrono::steady_clock::now();
    std::thread other([this] { client_.wakeup(); });

    EXPECT_TRUE(client_.poll(30s).empty());
    other.join();

    EXPECT_LT(std::chrono::steady_clock::now() - begin, 20s);
}

TEST_F(http_client_test, wakeup_before_a_poll_is_not_lost) {
    client_.wakeup();
    const auto begin = std::chrono::steady_clock::now();

    EXPECT_TRUE(client_.poll(30s).empty());

    EXPECT_LT(std::chrono::steady_clock::now() - begin, 20s);
}

}  // namespace
}  // namespace relay::http
