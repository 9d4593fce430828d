#include "relay/listen/http_listener.hpp"

#include "relay/listen/bound_socket.hpp"
#include "tests/unit/listen/gzip_text.hpp"
#include "tests/unit/listen/listener_fixture.hpp"
#include "tests/unit/listen/loopback_client.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <atomic>
#include <thread>

namespace relay::listen {
namespace {

using namespace std::chrono_literals;
using journal::durability;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using tests::gzip_text;
using tests::loopback_client;

constexpr std::string_view line = "system,object=nodes,host=pve1 uptime=5 1755785270000000000\n";

// As LWP 6.68 on Proxmox VE 8 sends it.
std::string proxmox_push(std::string_view body) {
    return fmt::format(
        "POST /api/v2/write?org=org1&bucket=pve HTTP/1.1\r\n"
        "TE: deflate,gzip;q=0.3\r\nConnection: TE, close\r\n"
        "Authorization: Token mytoken123==\r\nHost: 127.0.0.1:18087\r\n"
        "User-Agent: libwww-perl/6.68\r\nContent-Length: {}\r\n\r\n{}",
        body.size(), body);
}

std::string kept_push(std::string_view body) {
    return fmt::format("POST /api/v2/write?bucket=b HTTP/1.1\r\nContent-Length: {}\r\n\r\n{}",
                       body.size(), body);
}

class http_listener_test : public listener_fixture {
protected:
    /// Sends the bytes on a connection of their own. @returns everything that came back
    std::string exchange(std::uint16_t port, std::string_view bytes) {
        loopback_client client(port);
        client.send(bytes);
        client.end_sending();
        return client.rest();
    }
};

TEST_F(http_listener_test, proxmox_is_answered_and_let_go) {
    options_.tokens = {secret("mytoken123==")};
    loopback_client client(start());

    client.send(proxmox_push(line));  // and, as LWP, without ending its side

    EXPECT_EQ(client.rest(),
              "HTTP/1.1 204 No Content\r\nX-Influxdb-Build: pverelay\r\n"
              "X-Influxdb-Version: 1.2.3\r\nConnection: close\r\n\r\n");
    EXPECT_TRUE(client.ended_in_order());
    EXPECT_THAT(journal_.text(), HasSubstr("system,cluster=lab,host=pve1,object=nodes uptime=5"));
}

TEST_F(http_listener_test, proxmox_can_check_its_server_before_it_is_saved) {
    const auto answer = exchange(start(),
                                 "GET /relay//health HTTP/1.1\r\nTE: deflate,gzip;q=0.3\r\n"
                                 "Connection: TE, close\r\nHost: x\r\n\r\n");

    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(answer, HasSubstr(R"("status":"pass")"));
}

TEST_F(http_listener_test, connection_is_kept_for_who_wants_it) {
    loopback_client client(start());

    for (int i = 0; i < 3; ++i) {
        client.send(kept_push(line));
        EXPECT_THAT(client.answer(), StartsWith("HTTP/1.1 204"));
    }
    client.send("GET /ping HTTP/1.1\r\n\r\n");
    EXPECT_THAT(client.answer(), Not(HasSubstr("Connection: close")));
    client.send("GET /health HTTP/1.0\r\n\r\n");
    EXPECT_THAT(client.rest(), HasSubstr("Connection: close"));
    EXPECT_EQ(counters_.connections.value(), 1u);
}

TEST_F(http_listener_test, pipelined_requests_are_answered_in_order) {
    const auto answers = exchange(start(), kept_push(line) + "GET /ready HTTP/1.1\r\n\r\n" +
                                               kept_push("bad") + proxmox_push(line));

    const auto first = answers.find(" 204 ");
    const auto second = answers.find(" 200 OK");
    const auto third = answers.find(" 400 ");
    const auto fourth = answers.rfind(" 204 ");
    EXPECT_LT(first, second);
    EXPECT_LT(second, third);
    EXPECT_LT(third, fourth);
    EXPECT_NE(fourth, std::string::npos);
}

TEST_F(http_listener_test, chunked_gzip_arrives_whole) {
    std::string body;
    for (int i = 0; i < 10'000; ++i) {
        body += fmt::format("cpu,host=h{} v={} 1755785270000000000\n", i, i);
    }
    std::string bytes =
        "POST /api/v2/write?bucket=b HTTP/1.1\r\nConnection: close\r\n"
        "Transfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n\r\n";
    const auto zipped = gzip_text(body);
    for (std::size_t at = 0; at < zipped.size(); at += 1000) {
        const auto part = std::string_view(zipped).substr(at, 1000);
        bytes += fmt::format("{:x}\r\n{}\r\n", part.size(), part);
    }

    EXPECT_THAT(exchange(start(), bytes + "0\r\n\r\n"), StartsWith("HTTP/1.1 204"));
    const auto text = journal_.text();
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 10'000);
    EXPECT_EQ(bodies_.held(), 0u);
}

TEST_F(http_listener_test, body_is_asked_for_where_the_client_waits) {
    loopback_client client(start());
    client.send(
        fmt::format("POST /write?db=x HTTP/1.1\r\nContent-Length: {}\r\n"
                    "Expect: 100-continue\r\nConnection: close\r\n\r\n",
                    line.size()));

    EXPECT_EQ(client.answer(), "HTTP/1.1 100 Continue\r\n\r\n");
    client.send(line);
    EXPECT_THAT(client.rest(), StartsWith("HTTP/1.1 204"));
}

TEST_F(http_listener_test, head_gets_no_body) {
    loopback_client client(start());
    client.send("HEAD /health HTTP/1.1\r\n\r\n");

    EXPECT_THAT(client.answer(false), HasSubstr("Content-Length: "));
    client.send("HEAD /ping HTTP/1.1\r\nConnection: close\r\n\r\n");
    EXPECT_THAT(client.rest(), StartsWith("HTTP/1.1 204"));
}

TEST_F(http_listener_test, answer_waits_for_the_disk) {
    journal_.answer_at_once(std::nullopt);
    options_.limits.answer_wait = 10s;
    loopback_client client(start());
    client.send(kept_push(line));
    journal_.await_batches(1);

    journal_.write_held();
    journal_.settle_held(durability::disk);

    EXPECT_THAT(client.answer(), Not(HasSubstr("X-Relay-Durable")));
}

TEST_F(http_listener_test, answer_waits_no_longer_than_proxmox_can) {
    journal_.answer_at_once(std::nullopt);
    options_.limits.answer_wait = 50ms;
    const auto port = start();

    loopback_client unwritten(port);
    unwritten.send(kept_push(line));
    EXPECT_THAT(unwritten.answer(), StartsWith("HTTP/1.1 503"));

    loopback_client written(port);
    written.send(kept_push(line));
    journal_.await_batches(2);
    journal_.write_held();
    const auto answer = written.answer();
    // Where the machine was slower than the timer, that is what it says.
    EXPECT_THAT(answer, testing::AnyOf(HasSubstr("X-Relay-Durable: kernel"), HasSubstr(" 503 ")));

    // The late word finds nobody and harms nobody; the connection goes on.
    journal_.settle_held(durability::disk);
    written.send("GET /ping HTTP/1.1\r\n\r\n");
    EXPECT_THAT(written.answer(), StartsWith("HTTP/1.1 204"));
}

TEST_F(http_listener_test, journal_may_speak_after_the_listener_has_gone) {
    journal_.answer_at_once(std::nullopt);
    options_.limits.answer_wait = 10s;
    loopback_client client(start());
    client.send(kept_push(line));
    journal_.await_batches(1);

    listener_.reset();
    journal_.write_held();
    journal_.settle_held(durability::disk);

    client.rest();
    EXPECT_EQ(counters_.open_connections.value(), 0);
}

TEST_F(http_listener_test, too_large_a_body_is_answered_while_it_is_still_coming) {
    options_.limits.body_bytes_max = 64_KiB;
    loopback_client client(start());
    client.send("POST /api/v2/write?bucket=b HTTP/1.1\r\nContent-Length: 25000000\r\n\r\n");

    const std::string part(1 << 20, '\n');
    for (int i = 0; i < 20; ++i) {
        EXPECT_TRUE(client.send(part)) << i;  // never reset under the client's hands
    }
    const auto answer = client.rest();

    EXPECT_THAT(answer, StartsWith("HTTP/1.1 413"));
    EXPECT_THAT(answer, HasSubstr("Connection: close"));
    EXPECT_TRUE(client.ended_in_order());
}

TEST_F(http_listener_test, bomb_is_413_and_garbage_400) {
    options_.limits.body_bytes_max = 1_MiB;
    const auto bomb = gzip_text(std::string(30 << 20, '\n'));
    const auto port = start();

    EXPECT_THAT(exchange(port, fmt::format("POST /write?db=x HTTP/1.1\r\nContent-Encoding: gzip\r\n"
                                           "Content-Length: {}\r\n\r\n{}",
                                           bomb.size(), bomb)),
                StartsWith("HTTP/1.1 413"));
    EXPECT_THAT(exchange(port, "\x16\x03\x01 this is TLS\r\n\r\n"), StartsWith("HTTP/1.1 400"));
    EXPECT_THAT(exchange(port, kept_push(std::string(1 << 19, '\xff'))),
                StartsWith("HTTP/1.1 400"));
    EXPECT_THAT(exchange(port, "GET /" + std::string(100'000, 'x')), StartsWith("HTTP/1.1 431"));
    EXPECT_THAT(exchange(port, proxmox_push(line)), StartsWith("HTTP/1.1 204"));
}

TEST_F(http_listener_test, slow_senders_are_cut) {
    options_.limits.head_wait = 500ms;  // long enough for a busy machine to connect and send
    options_.limits.body_wait = 40ms;
    const auto port = start();

    loopback_client slow_head(port);
    slow_head.send("POST /api/v2/write?bucket=b HTTP/1.1\r\nContent-");
    EXPECT_THAT(slow_head.rest(), StartsWith("HTTP/1.1 408"));

    loopback_client slow_body(port);
    slow_body.send("POST /write?db=x HTTP/1.1\r\nContent-Length: 10\r\n\r\ncpu");
    const auto answer = slow_body.rest();
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 408"));
    EXPECT_THAT(answer, HasSubstr(R"({"error":)"));

    loopback_client silent(port);
    EXPECT_EQ(silent.rest(), "");
    EXPECT_TRUE(silent.ended_in_order());
    EXPECT_EQ(journal_.text(), "");
}

TEST_F(http_listener_test, steady_trickle_is_cut_too) {
    options_.limits.body_wait = 10s;
    options_.limits.whole_wait = 40ms;
    loopback_client client(start());
    client.send("POST /write?db=x HTTP/1.1\r\nContent-Length: 1000000\r\n\r\n");

    EXPECT_THAT(client.rest(), StartsWith("HTTP/1.1 408"));
}

TEST_F(http_listener_test, who_hangs_up_in_the_middle_is_counted) {
    const auto port = start();
    EXPECT_EQ(exchange(port, "POST /write?db=x HTTP/1.1\r\nContent-Le"), "");
    EXPECT_EQ(exchange(port, "POST /write?db=x HTTP/1.1\r\nContent-Length: 9\r\n\r\nm v=1\n"), "");
    EXPECT_EQ(exchange(port, ""), "");
    EXPECT_THAT(exchange(port, kept_push(line)), StartsWith("HTTP/1.1 204"));

    listener_->stop(1s);
    EXPECT_EQ(counters_.cut_short.value(), 2u);
    EXPECT_EQ(ingest_counters_.lines.value(), 1u);
}

TEST_F(http_listener_test, idle_connection_is_closed_in_silence) {
    options_.limits.idle_wait = 40ms;
    loopback_client client(start());
    client.send("GET /ping HTTP/1.1\r\n\r\n");
    EXPECT_THAT(client.answer(), StartsWith("HTTP/1.1 204"));

    EXPECT_EQ(client.rest(), "");
    EXPECT_TRUE(client.ended_in_order());
}

TEST_F(http_listener_test, client_that_leaves_in_the_middle_leaves_nothing) {
    const auto port = start();
    {
        loopback_client client(port);
        client.send("POST /write?db=x HTTP/1.1\r\nContent-Length: 1000\r\n\r\ncpu v=1 17557852");
    }
    {
        loopback_client client(port);
        client.send("POST /wri");
    }
    EXPECT_THAT(exchange(port, proxmox_push(line)), StartsWith("HTTP/1.1 204"));
    EXPECT_THAT(journal_.text(), Not(HasSubstr("cpu")));
}

TEST_F(http_listener_test, wrong_token_is_told_before_the_body_is_read) {
    options_.tokens = {secret("right")};
    loopback_client client(start());
    client.send("POST /write?db=x HTTP/1.1\r\nContent-Length: 1000000\r\n\r\ncpu");

    EXPECT_THAT(client.answer(), StartsWith("HTTP/1.1 401"));
    client.end_sending();
    EXPECT_EQ(client.rest(), "");
}

TEST_F(http_listener_test, one_connection_too_many_is_told_so) {
    options_.limits.connections_max = 1;
    const auto port = start();
    loopback_client first(port);
    first.send("GET /ping HTTP/1.1\r\n\r\n");
    ASSERT_THAT(first.answer(), StartsWith("HTTP/1.1 204"));

    loopback_client second(port);
    EXPECT_THAT(second.rest(), StartsWith("HTTP/1.1 503"));
    EXPECT_EQ(counters_.refused_connections.value(), 1u);
}

TEST_F(http_listener_test, stop_lets_the_request_under_way_have_its_answer) {
    journal_.answer_at_once(std::nullopt);
    options_.limits.answer_wait = 10s;
    const auto port = start();
    loopback_client idle(port);
    idle.send("GET /ping HTTP/1.1\r\n\r\n");
    ASSERT_THAT(idle.answer(), StartsWith("HTTP/1.1 204"));
    loopback_client busy(port);
    busy.send(kept_push(line));
    journal_.await_batches(1);

    std::thread stopping([this] { listener_->stop(10s); });
    EXPECT_EQ(idle.rest(), "");
    journal_.write_held();
    journal_.settle_held(durability::disk);

    EXPECT_THAT(busy.rest(), HasSubstr("Connection: close"));
    stopping.join();
    EXPECT_FALSE(loopback_client(port).connected());
}

TEST_F(http_listener_test, stop_waits_for_the_request_of_who_has_connected) {
    loopback_client late(start());
    const auto& connected = counters_.open_connections;
    while (connected.value() == 0)
        std::this_thread::yield();

    std::thread stopping([this] { listener_->stop(10s); });
    late.send(kept_push(line));

    EXPECT_THAT(late.rest(), StartsWith("HTTP/1.1 204"));
    stopping.join();
}

TEST_F(http_listener_test, rules_change_between_two_requests_of_a_connection) {
    options_.tokens = {secret("before")};
    const auto port = start();
    loopback_client client(port);
    const auto ask = [&client](std::string_view token) {
        client.send(fmt::format("GET /health HTTP/1.1\r\nAuthorization: Token {}\r\n\r\n", token));
        return client.answer();
    };
    EXPECT_THAT(ask("before"), StartsWith("HTTP/1.1 200"));

    auto changed = options_;
    changed.tokens = {secret("after")};
    const auto make = [&] { return make_api(changed); };
    ASSERT_TRUE(listener_->serve_with(make, changed.limits, changed.tls));

    EXPECT_THAT(ask("before"), StartsWith("HTTP/1.1 401"));
    EXPECT_THAT(ask("after"), StartsWith("HTTP/1.1 200"));
    EXPECT_EQ(counters_.connections.value(), 1u);
    listener_->stop(0ms);
}

TEST_F(http_listener_test, a_request_under_way_ends_under_the_rules_it_began_with) {
    journal_.answer_at_once(std::nullopt);
    options_.limits.answer_wait = 10s;
    const auto port = start();
    loopback_client client(port);
    const auto push = kept_push(line);
    client.send(std::string_view(push).substr(0, push.size() - 5));
    while (counters_.body_bytes.value() == 0)
        std::this_thread::yield();

    auto closed = options_;
    closed.tokens = {secret("after")};
    const auto make = [&] { return make_api(closed); };
    ASSERT_TRUE(listener_->serve_with(make, closed.limits, closed.tls));
    EXPECT_THAT(exchange(port, proxmox_push(line)), StartsWith("HTTP/1.1 401"));
    client.send(std::string_view(push).substr(push.size() - 5));
    journal_.await_batches(1);
    journal_.write_held();
    journal_.settle_held(durability::disk);

    EXPECT_THAT(client.answer(), StartsWith("HTTP/1.1 204"));
    listener_->stop(0ms);
}

TEST_F(http_listener_test, stop_cuts_what_does_not_end) {
    loopback_client client(start());
    client.send(
        "POST /write?db=x HTTP/1.1\r\nContent-Length: 1000\r\nExpect: 100-continue\r\n\r\n");
    ASSERT_THAT(client.answer(), HasSubstr("100 Continue"));

    listener_->stop(10ms);

    EXPECT_EQ(client.rest(), "");
}

TEST_F(http_listener_test, many_clients_on_several_threads) {
    options_.threads = 3;
    const auto port = start();
    constexpr int clients = 8;
    constexpr int pushes = 50;
    std::atomic<int> answered = 0;
    std::vector<std::thread> threads;
    for (int c = 0; c < clients; ++c) {
        threads.emplace_back([&, c] {
            loopback_client kept(port);
            for (int i = 0; i < pushes; ++i) {
                const auto body = fmt::format("cpu,client={} v={}\n", c, i);
                if (i % 2 == 0) {
                    kept.send(kept_push(body));
                    answered += kept.answer().starts_with("HTTP/1.1 204") ? 1 : 0;
                } else {
                    answered += exchange(port, proxmox_push(body)).starts_with("HTTP/1.1 204");
                }
            }
        });
    }
    for (auto& thread : threads) {
        thread.join();
    }

    EXPECT_EQ(answered, clients * pushes);
    const auto text = journal_.text();
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), clients * pushes);
}

TEST_F(http_listener_test, socket_of_someone_else_is_served) {
    options_.address = "198.51.100.1:1";  // not looked at
    auto bound = bind_socket(*endpoint::parse("127.0.0.1:0"), listen_kind::http);
    ASSERT_TRUE(bound);
    given_ = std::move(*bound);

    EXPECT_THAT(exchange(start(), proxmox_push(line)), StartsWith("HTTP/1.1 204"));
}

TEST_F(http_listener_test, dual_stack_socket_knows_ipv4_clients_by_their_address) {
    options_.address = "[::]:0";
    options_.allow = {"127.0.0.0/8"};

    EXPECT_THAT(exchange(start(), proxmox_push(line)), StartsWith("HTTP/1.1 204"));
}

TEST_F(http_listener_test, address_in_use_is_a_sentence) {
    const auto port = start();
    listen_options second = options_;
    second.address = fmt::format("127.0.0.1:{}", port);

    const auto opened = http_listener::open({.options = second,
                                             .counters = counters_,
                                             .log = log_,
                                             .version = "1",
                                             .make_handler = [this] { return make_api(); },
                                             .given = {}});
    ASSERT_FALSE(opened);
    EXPECT_THAT(opened.error(), HasSubstr("cannot listen on 127.0.0.1"));
}

TEST_F(http_listener_test, pages_come_through_the_same_door) {
    const auto page = [](const request& head) {
        return reply{.status = 200,
                     .headers = {{"Content-Type", "text/plain"}},
                     .body = fmt::format("{} {}", head.method, head.target)};
    };
    auto opened =
        http_listener::open({.options = options_,
                             .counters = counters_,
                             .log = log_,
                             .version = "1",
                             .make_handler = [&] { return std::make_unique<page_handler>(page); },
                             .given = {}});
    ASSERT_TRUE(opened);

    EXPECT_THAT(exchange((*opened)->port(), "GET /metrics HTTP/1.1\r\n\r\n"),
                testing::EndsWith("\r\n\r\nGET /metrics"));
}

TEST_F(http_listener_test, requests_and_answer_times_are_counted) {
    const auto port = start();
    exchange(port, proxmox_push(line));
    exchange(port, proxmox_push("bad"));
    exchange(port, "GET /health HTTP/1.1\r\n\r\n");
    listener_->stop(1s);

    const auto& writes = counters_.requests[static_cast<std::size_t>(route::write_v2)];
    EXPECT_EQ(writes[2].value(), 1u);
    EXPECT_EQ(writes[4].value(), 1u);
    EXPECT_EQ(counters_.requests[static_cast<std::size_t>(route::health)][2].value(), 1u);
    EXPECT_EQ(counters_.body_bytes.value(), line.size() + 3);
    std::uint64_t answers = 0;
    for (std::size_t i = 0; i <= answer_times::bounds.size(); ++i) {
        answers += counters_.answers.count(i);
    }
    EXPECT_EQ(answers, 3u);
    EXPECT_EQ(counters_.open_connections.value(), 0);
}

}  // namespace
}  // namespace relay::listen
