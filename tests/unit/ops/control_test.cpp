// The running relay, asked: lines of JSON and what they lead to, and the socket under them.
#include "relay/ops/control.hpp"

#include "relay/ops/control_socket.hpp"
#include "relay/ops/dead_letter_json.hpp"
#include "tests/support/temporary_directory.hpp"

#include <gmock/gmock.h>

#include <cstring>
#include <fstream>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <vector>

namespace relay::ops {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string every_byte() {
    std::string all;
    for (int i = 0; i < 256; ++i)
        all.push_back(static_cast<char>(i));
    return all;
}

TEST(control, every_request_reads_back) {
    const control_request all[] = {
        hello_request{},
        replay_request{.sink = "influx", .first = 1, .last = 99},
        purge_request{.through = std::uint64_t{1} << 53},
        forget_request{.sink = "old"},
        clear_dead_request{},
        push_request{.lane = {.cluster = "lab", .bucket = "b\xff", .tenant = ""},
                     .text = every_byte() + "\\x41\n"},
    };
    for (const auto& one : all) {
        const auto line = to_line(one);
        EXPECT_EQ(line.find('\n'), line.size() - 1);
        const auto read = parse_control_request(line);
        ASSERT_TRUE(read) << line << read.error();
        EXPECT_EQ(*read, one) << line;
    }
}

TEST(control, what_is_no_request_is_told_why) {
    const std::pair<std::string, std::string> cases[] = {
        {"", "one JSON object"},
        {"[]", "one JSON object"},
        {"{\"command\":", "one JSON object"},
        {"{}", "`command` must be a text"},
        {R"({"command":7})", "`command` must be a text"},
        {R"({"command":"dance"})", "no such command"},
        {R"({"command":"purge"})", "`through`"},
        {R"({"command":"purge","through":0})", "`through`"},
        {R"({"command":"purge","through":-4})", "`through`"},
        {R"({"command":"purge","through":1.5})", "`through`"},
        {R"({"command":"purge","through":9223372036854775807})", "`through`"},
        {R"({"command":"forget","sink":""})", "`sink`"},
        {R"({"command":"replay","sink":"a","first":2,"last":1})", "before"},
        {R"({"command":"replay","sink":"a","first":2})", "`last`"},
        {R"({"command":"push","cluster":"lab"})", "`text`"},
    };
    for (const auto& [line, why] : cases) {
        const auto read = parse_control_request(line);
        ASSERT_FALSE(read) << line;
        EXPECT_THAT(read.error(), HasSubstr(why)) << line;
    }
    EXPECT_FALSE(parse_control_request(std::string(1 << 20, '[')));
}

control_actions doing() {
    control_actions actions;
    actions.version = "1.2.3";
    actions.replay = [](const replay_request& asked) -> expected<void, std::string> {
        if (asked.sink != "influx") return unexpected(std::string("no such sink"));
        return {};
    };
    actions.purge = [](const purge_request&, const purge_progress& tell) {
        tell({.files = 1, .bytes = 10});
        return removed_files{.files = 2, .bytes = 30};
    };
    actions.forget = [](const forget_request&) -> expected<void, std::string> { return {}; };
    actions.clear_dead = [] { return removed_files{.files = 3, .bytes = 7}; };
    actions.push = [](const push_request&) -> expected<pushed_lines, std::string> {
        return pushed_lines{.accepted = 4, .rejected = 1, .first_error = "line 2"};
    };
    return actions;
}

std::vector<std::string> answers(std::string_view line) {
    std::vector<std::string> told;
    answer_control(line, doing(), [&told](std::string_view one) { told.emplace_back(one); });
    return told;
}

TEST(control, progress_comes_before_one_result) {
    EXPECT_THAT(answers(R"({"command":"purge","through":9})"),
                ElementsAre("{\"progress\":{\"files\":1,\"bytes\":10}}\n",
                            "{\"files\":2,\"bytes\":30,\"ok\":true}\n"));
    EXPECT_THAT(answers(R"({"command":"hello"})"),
                ElementsAre("{\"version\":\"1.2.3\",\"ok\":true}\n"));
    EXPECT_THAT(answers(R"({"command":"replay","sink":"x","first":1,"last":2})"),
                ElementsAre("{\"ok\":false,\"error\":\"no such sink\"}\n"));
    EXPECT_THAT(answers("nonsense"), ElementsAre(HasSubstr("\"ok\":false")));
}

// ---- the socket

class control_socket_test : public testing::Test {
protected:
    void open(control_limits limits = {}) {
        auto opened = control_socket::open(
            path_,
            [](std::string_view line, const control_emit& emit) {
                answer_control(line, doing(), emit);
            },
            limits);
        ASSERT_TRUE(opened) << opened.error();
        socket_ = *std::move(opened);
    }
    unique_fd connect() const {
        unique_fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::strcpy(address.sun_path, path_.c_str());
        EXPECT_EQ(::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
        timeval patience{.tv_sec = 20, .tv_usec = 0};
        ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        return fd;
    }
    static void say(const unique_fd& to, std::string_view text) {
        static_cast<void>(::send(to.get(), text.data(), text.size(), MSG_NOSIGNAL));
    }
    /// A line without its newline; what there was when the peer closed.
    static std::string hear(const unique_fd& from) {
        std::string line;
        char c = 0;
        while (::recv(from.get(), &c, 1, 0) == 1 && c != '\n')
            line.push_back(c);
        return line;
    }

    tests::temporary_directory directory_;
    std::filesystem::path path_ = directory_.path() / "control";
    std::unique_ptr<control_socket> socket_;
};

constexpr std::string_view hello = "{\"command\":\"hello\"}\n";

TEST_F(control_socket_test, is_for_its_owner_alone_and_gone_at_the_end) {
    open();
    struct stat found {};
    ASSERT_EQ(::stat(path_.c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 0777, 0600u);
    socket_.reset();
    EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(control_socket_test, lines_are_answered_however_they_are_cut) {
    open();
    const auto peer = connect();
    say(peer, hello);
    EXPECT_THAT(hear(peer), HasSubstr("1.2.3"));
    say(peer, "\n{\"comm");
    say(peer, "and\":\"clear_dead\"}\n");
    EXPECT_THAT(hear(peer), HasSubstr("\"files\":3"));
    say(peer, std::string(hello) + std::string(hello));
    EXPECT_THAT(hear(peer), HasSubstr("1.2.3"));
    EXPECT_THAT(hear(peer), HasSubstr("1.2.3"));
}

TEST_F(control_socket_test, a_line_without_end_closes_its_client_alone) {
    control_limits limits;
    limits.line_bytes = 1000;
    open(limits);
    const auto good = connect();
    const auto bad = connect();
    say(bad, std::string(5000, 'x'));
    EXPECT_EQ(hear(bad), "");
    say(good, hello);
    EXPECT_THAT(hear(good), HasSubstr("1.2.3"));
}

TEST_F(control_socket_test, a_silent_client_is_closed_at_its_deadline) {
    control_limits limits;
    limits.line_wait = std::chrono::milliseconds(50);
    open(limits);
    const auto silent = connect();
    EXPECT_EQ(hear(silent), "");
}

TEST_F(control_socket_test, more_clients_than_allowed_are_closed_at_once) {
    control_limits limits;
    limits.clients = 1;
    open(limits);
    const auto first = connect();
    say(first, hello);
    EXPECT_THAT(hear(first), HasSubstr("1.2.3"));
    const auto second = connect();
    EXPECT_EQ(hear(second), "");
    say(first, hello);
    EXPECT_THAT(hear(first), HasSubstr("1.2.3"));
}

TEST_F(control_socket_test, a_client_that_does_not_read_is_closed_and_others_are_served) {
    control_limits limits;
    limits.send_wait = std::chrono::milliseconds(10);
    open(limits);
    const auto deaf = connect();
    std::string many;
    for (int i = 0; i < 2000; ++i)
        many += hello;
    for (int i = 0; i < 20; ++i) {
        if (::send(deaf.get(), many.data(), many.size(), MSG_NOSIGNAL | MSG_DONTWAIT) < 0) break;
    }
    const auto good = connect();
    say(good, hello);
    EXPECT_THAT(hear(good), HasSubstr("1.2.3"));
}

TEST_F(control_socket_test, a_dead_relays_socket_is_replaced_and_a_file_is_not) {
    {
        const unique_fd dead(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::strcpy(address.sun_path, path_.c_str());
        ASSERT_EQ(::bind(dead.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    }
    open();
    say(connect(), hello);
    socket_.reset();

    std::ofstream(path_) << "mine";
    const auto refused = control_socket::open(path_, [](auto, const auto&) {});
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error(), HasSubstr(path_.string()));
    EXPECT_TRUE(std::filesystem::exists(path_));
}

TEST_F(control_socket_test, a_path_that_is_too_long_says_so) {
    const auto refused =
        control_socket::open(directory_.path() / std::string(120, 'x'), [](auto, const auto&) {});
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error(), HasSubstr("longer than 107 bytes"));
}

// ---- dead letters

TEST(dead_letter_json, every_byte_value_is_read_back) {
    journal::dead_letter one;
    one.time_ns = 1'755'785'270'123'456'789;
    one.listener = "[::]:8186";
    one.from = "192.0.2.1";
    one.lane = {.cluster = "lab", .bucket = "b\xff\x01", .tenant = "t"};
    one.reason = "invalid UTF-8";
    one.number = 3;
    one.offset = 12345678901234;
    for (const auto& line : {every_byte(), std::string("caf\xc3\xa9 \\x41"), std::string(),
                             std::string("\0", 1), std::string("\\\xff")}) {
        one.line = line;
        const auto json = to_json_line(one);
        EXPECT_EQ(json.find('\n'), json.size() - 1);
        const auto read = parse_dead_letter(json);
        ASSERT_TRUE(read) << json << read.error();
        EXPECT_EQ(*read, one) << json;
    }
    one.sink = "influx";
    one.record = 77;
    EXPECT_EQ(*parse_dead_letter(to_json_line(one)), one);
}

TEST(dead_letter_json, what_is_no_letter_is_refused) {
    for (const std::string json :
         {"", "7", "{}", R"({"time":"yesterday","line":"a"})", R"({"time":"2025-08-21T00:00:00Z"})",
          R"({"time":"2025-08-21T00:00:00Z","line":7})"}) {
        EXPECT_FALSE(parse_dead_letter(json)) << json;
    }
}

}  // namespace
}  // namespace relay::ops
