#include "relay/listen/write_api.hpp"

#include "tests/unit/listen/gzip_text.hpp"
#include "tests/unit/listen/write_fixture.hpp"

#include <gmock/gmock.h>

namespace relay::listen {
namespace {

using journal::durability;
using ::testing::HasSubstr;
using tests::gzip_text;

std::string_view header(const reply& answer, std::string_view name) {
    for (const auto& [key, value] : answer.headers) {
        if (key == name) return value;
    }
    return {};
}

constexpr const char* v2_write = "/api/v2/write?org=proxmox&bucket=proxmox";
constexpr std::string_view good = "cpu,host=a v=1 1755785270000000000\n";

class write_api_test : public write_fixture {
protected:
    using header_list = std::vector<std::pair<std::string_view, std::string_view>>;

    verdict begin(std::string_view method, std::string_view target, header_list headers = {},
                  std::string_view peer = "192.0.2.1") {
        if (!api_) api_ = make_api();
        request head;
        head.method = method;
        head.target = target;
        head.headers = std::move(headers);
        head.peer = peer;
        return api_->begin(head);
    }

    reply get(std::string_view target, header_list headers = {}) {
        auto decided = begin("GET", target, std::move(headers));
        EXPECT_TRUE(decided.answer);
        return *decided.answer;
    }

    /// The whole of a push whose journal answers at once.
    reply push(std::string_view target, std::string_view body, header_list headers = {},
               std::size_t chunk = 4096) {
        auto decided = begin("POST", target, std::move(headers));
        if (decided.answer) return *decided.answer;
        while (!body.empty()) {
            const auto part = body.substr(0, chunk);
            body.remove_prefix(part.size());
            if (auto early = decided.body->feed(part)) return *early;
        }
        auto answer = decided.body->finish([] {});
        EXPECT_TRUE(answer);
        return answer ? *answer : reply{};
    }

    std::unique_ptr<http_handler> api_;
};

TEST_F(write_api_test, push_is_answered_204_and_in_the_journal) {
    const auto answer = push(v2_write, good);

    EXPECT_EQ(answer.status, 204);
    EXPECT_TRUE(answer.headers.empty());
    EXPECT_THAT(journal_.text(), HasSubstr("cpu,cluster=lab,host=a v=1 1755785270000000000\n"));
    EXPECT_EQ(journal_.lanes().at(0).bucket, "proxmox");
}

TEST_F(write_api_test, empty_body_is_fine) {
    EXPECT_EQ(push(v2_write, "").status, 204);
    EXPECT_EQ(push(v2_write, "\n# only a comment\n").status, 204);
    EXPECT_EQ(push(v2_write, "", {{"Content-Encoding", "gzip"}}).status, 204);
    EXPECT_EQ(journal_.text(), "");
}

TEST_F(write_api_test, good_lines_are_kept_and_the_bad_ones_counted) {
    const auto answer = push(v2_write, "bad\ncpu v=1\nworse line\n");

    EXPECT_EQ(answer.status, 204);
    EXPECT_EQ(header(answer, "X-Relay-Rejected"), "2");
}

TEST_F(write_api_test, body_without_a_good_line_names_line_place_and_reason) {
    const auto v2 = push(v2_write, "\nbad\nworse\n");
    EXPECT_EQ(v2.status, 400);
    EXPECT_THAT(v2.body, HasSubstr(R"({"code":"invalid","message":")"));
    EXPECT_THAT(v2.body, HasSubstr("line 2"));
    EXPECT_THAT(v2.body, HasSubstr("(and 1 other)"));

    const auto v1 = push("/write?db=x", "bad");
    EXPECT_EQ(v1.status, 400);
    EXPECT_THAT(v1.body, HasSubstr(R"({"error":")"));
    EXPECT_THAT(header(v1, "X-Influxdb-Error"), HasSubstr("line 1"));
}

TEST_F(write_api_test, precision_is_obeyed_or_refused) {
    EXPECT_EQ(push("/api/v2/write?bucket=b&precision=s", "cpu v=1 1755785270\n").status, 204);
    EXPECT_EQ(push("/write?db=b&precision=m", "cpu v=1 29263087\n").status, 204);
    EXPECT_THAT(journal_.text(), HasSubstr(" 1755785270000000000\n"));
    EXPECT_THAT(journal_.text(), HasSubstr(" 1755785220000000000\n"));

    const auto v2 = push("/api/v2/write?bucket=b&precision=m", good);
    EXPECT_EQ(v2.status, 400);
    EXPECT_EQ(v2.body, R"({"code":"invalid","message":)"
                       R"("invalid precision; valid precision units are ns, us, ms, and s"})");
    EXPECT_EQ(push("/write?db=b&precision=x", good).status, 400);
}

TEST_F(write_api_test, gzip_bodies_are_inflated_however_they_are_cut) {
    const auto bytes = gzip_text(good) + gzip_text("mem v=2 1755785270000000000\n");
    for (const auto* name : {"gzip", "x-gzip", "GZIP"}) {
        for (const std::size_t chunk : {1u, 5u, 4096u}) {
            EXPECT_EQ(push(v2_write, bytes, {{"content-encoding", name}}, chunk).status, 204);
        }
    }
    EXPECT_THAT(journal_.text(), HasSubstr("mem,cluster=lab v=2"));
}

TEST_F(write_api_test, broken_gzip_is_refused_and_its_tail_forgotten) {
    const auto bytes = gzip_text("cpu v=1 1755785270000000000");
    const auto cut = std::string_view(bytes).substr(0, bytes.size() - 3);

    const auto answer = push(v2_write, cut, {{"Content-Encoding", "gzip"}});
    EXPECT_EQ(answer.status, 400);
    EXPECT_THAT(answer.body, HasSubstr("unexpected EOF"));
    EXPECT_EQ(push(v2_write, good, {{"Content-Encoding", "gzip"}}).status, 400);
    EXPECT_EQ(push(v2_write, good, {{"Content-Encoding", "br"}}).status, 415);
    EXPECT_EQ(journal_.text(), "");
}

TEST_F(write_api_test, too_large_a_body_is_413_inflated_or_not) {
    options_.limits.body_bytes_max = 1_KiB;
    const std::string large(2048, '\n');

    EXPECT_EQ(push(v2_write, large).status, 413);
    EXPECT_EQ(push(v2_write, gzip_text(large), {{"Content-Encoding", "gzip"}}).status, 413);
    EXPECT_THAT(push("/write?db=x", large).body, HasSubstr(R"({"error":)"));

    request head;
    head.method = "POST";
    head.target = v2_write;
    head.peer = "192.0.2.1";
    head.content_length = 1025;
    const auto decided = api_->begin(head);
    ASSERT_TRUE(decided.answer);  // before a byte of it has been read
    EXPECT_EQ(decided.answer->status, 413);
}

TEST_F(write_api_test, bodies_together_are_bounded) {
    body_budget::share others(bodies_);
    ASSERT_TRUE(others.hold((32 << 20) - 1));

    EXPECT_EQ(push(v2_write, gzip_text(good), {{"Content-Encoding", "gzip"}}).status, 503);
    EXPECT_EQ(counters_.over_budget.value(), 1u);
    ASSERT_TRUE(others.hold(0));
    EXPECT_EQ(push(v2_write, gzip_text(good), {{"Content-Encoding", "gzip"}}).status, 204);
    EXPECT_EQ(bodies_.held(), 0u);
}

TEST_F(write_api_test, token_is_asked_for_on_health_too) {
    options_.tokens = {secret("right")};

    EXPECT_EQ(get("/health").status, 401);
    EXPECT_EQ(get("/relay//health", {{"Authorization", "Token wrong"}}).status, 401);
    EXPECT_EQ(get("/relay//health", {{"Authorization", "Token right"}}).status, 200);
    EXPECT_EQ(push(v2_write, good).status, 401);
    EXPECT_EQ(push("/write?db=x&u=a&p=wrong", good).body, "{\"error\":\"authorization failed\"}\n");
    EXPECT_EQ(push("/write?db=x&u=a&p=right", good).status, 204);
    EXPECT_EQ(get("/ping").status, 204);
    EXPECT_EQ(get("/ready").status, 200);
    EXPECT_EQ(counters_.unauthorized.value(), 4u);
}

TEST_F(write_api_test, stranger_to_the_allow_list_is_403_everywhere) {
    options_.allow = {"198.51.100.0/24"};

    EXPECT_EQ(push(v2_write, good).status, 403);
    EXPECT_EQ(get("/health").status, 403);
    EXPECT_EQ(begin("GET", "/health", {}, "198.51.100.7").answer->status, 200);
    EXPECT_EQ(begin("GET", "/health", {}, "").answer->status, 403);
}

TEST_F(write_api_test, sender_without_a_cluster_is_403) {
    identity_ = ingest::identity({ingest::cluster_rule{
        .name = "far", .buckets = {}, .tokens = {secret("joe:pw")}, .sources = {}, .prefix = {}}});

    const auto answer = push(v2_write, good);
    EXPECT_EQ(answer.status, 403);
    EXPECT_THAT(answer.body, HasSubstr("no cluster accepts this sender"));
    EXPECT_EQ(push(v2_write, good, {{"Authorization", "Token joe:pw"}}).status, 204);
    EXPECT_EQ(journal_.lanes().at(0).cluster, "far");
}

TEST_F(write_api_test, bucket_that_is_not_on_the_list_is_404) {
    options_.buckets = {"proxmox"};

    EXPECT_EQ(push(v2_write, good).status, 204);
    EXPECT_EQ(push("/api/v2/write?bucket=other", good).body,
              R"({"code":"not found","message":"bucket \"other\" not found"})");
    EXPECT_EQ(push("/write?db=other", good).status, 404);
}

TEST_F(write_api_test, paths_and_methods_that_are_not_ours) {
    EXPECT_EQ(get("/metrics").status, 404);
    EXPECT_EQ(begin("POST", "/api/v2/delete").answer->body,
              R"({"code":"not found","message":"path not found"})");

    const auto wrong = get("/write?db=x");
    EXPECT_EQ(wrong.status, 405);
    EXPECT_EQ(header(wrong, "Allow"), "POST, OPTIONS");
    EXPECT_EQ(begin("POST", "/health").answer->status, 405);
    EXPECT_EQ(begin("DELETE", v2_write).answer->status, 405);
    EXPECT_EQ(begin("OPTIONS", v2_write).answer->status, 200);
    EXPECT_EQ(begin("HEAD", "/ping").answer->status, 204);
    EXPECT_EQ(begin("HEAD", "/health").answer->status, 200);
}

TEST_F(write_api_test, old_clients_may_create_their_database) {
    EXPECT_EQ(get("/query?q=CREATE+DATABASE+x").body, "{\"results\":[{\"statement_id\":0}]}\n");
    EXPECT_EQ(push("/query", "q=CREATE+DATABASE+x").body, "{\"results\":[{\"statement_id\":0}]}\n");
    EXPECT_EQ(get("/query").status, 400);
    EXPECT_EQ(push("/query", std::string(1 << 20, 'x')).status, 413);
}

TEST_F(write_api_test, ready_says_why_it_is_not) {
    EXPECT_EQ(get("/ready").body, R"({"status":"ready"})");

    not_ready_ = "the disk takes nothing";
    const auto answer = get("/ready");
    EXPECT_EQ(answer.status, 503);
    EXPECT_THAT(answer.body, HasSubstr("the disk takes nothing"));
    EXPECT_EQ(get("/health").status, 200);  // Proxmox may go on pushing
}

TEST_F(write_api_test, answer_tells_what_the_body_survives) {
    journal_.answer_at_once(durability::kernel);
    EXPECT_EQ(header(push(v2_write, good), "X-Relay-Durable"), "kernel");

    journal_.answer_at_once(durability::memory);
    const auto memory = push(v2_write, good);
    EXPECT_EQ(memory.status, 204);
    EXPECT_EQ(header(memory, "X-Relay-Durable"), "no");

    journal_.answer_at_once(durability::refused);
    EXPECT_EQ(push(v2_write, good).status, 503);
}

TEST_F(write_api_test, answer_waits_for_the_journal) {
    journal_.answer_at_once(std::nullopt);
    auto decided = begin("POST", v2_write);
    ASSERT_FALSE(decided.body->feed(good));
    int woken = 0;

    ASSERT_FALSE(decided.body->finish([&] { ++woken; }));
    EXPECT_EQ(decided.body->answer().status, 503);  // had the client no more time
    journal_.write_held();
    EXPECT_EQ(header(decided.body->answer(), "X-Relay-Durable"), "kernel");
    EXPECT_EQ(woken, 0);
    journal_.settle_held(durability::disk);

    EXPECT_EQ(woken, 1);
    EXPECT_EQ(decided.body->answer().status, 204);
    EXPECT_TRUE(decided.body->answer().headers.empty());
}

TEST_F(write_api_test, client_that_goes_away_leaves_no_half_line) {
    auto decided = begin("POST", v2_write);
    ASSERT_FALSE(decided.body->feed("cpu v=1 17557852700000000"));

    decided.body.reset();

    EXPECT_EQ(journal_.text(), "");
    EXPECT_EQ(bodies_.held(), 0u);
}

TEST_F(write_api_test, journal_may_speak_when_nobody_listens_any_more) {
    journal_.answer_at_once(std::nullopt);
    auto decided = begin("POST", v2_write);
    ASSERT_FALSE(decided.body->feed(good));
    ASSERT_FALSE(decided.body->finish([] { FAIL(); }));

    decided.body.reset();
    api_.reset();
    journal_.write_held();
    journal_.settle_held(durability::disk);
}

}  // namespace
}  // namespace relay::listen
