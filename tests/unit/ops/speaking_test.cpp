// How the relay speaks: log lines to people and to journald, datagrams to systemd.
#include "relay/base/unique_fd.hpp"
#include "relay/ops/stderr_log.hpp"
#include "relay/ops/systemd_notify.hpp"

#include <gmock/gmock.h>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace relay::ops {
namespace {

using namespace std::chrono_literals;

constexpr wall_time noon{1'755'785'270'042ms};

TEST(log_line, gives_journald_the_priority_and_no_time) {
    EXPECT_EQ(log_line(log_form::journald, severity::warning, "disk is full", noon),
              "<4>disk is full\n");
}

TEST(log_line, gives_people_the_time_and_a_word) {
    const auto line = log_line(log_form::terminal, severity::error, "disk is full", noon);
    EXPECT_THAT(line, testing::MatchesRegex("....-..-.. ..:..:..\\.042 error: disk is full\n"));
}

TEST(log_line, is_one_line_whatever_is_in_it) {
    EXPECT_EQ(log_line(log_form::journald, severity::info, "a\nb\r\nc", noon), "<6>a b  c\n");
}

class notify_socket : public testing::Test {
protected:
    void listen_on(const std::string& name) {
        fd = unique_fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, name.data(), name.size());
        if (name[0] == '@') address.sun_path[0] = '\0';
        const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
        ASSERT_EQ(::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
    }
    std::string received() {
        char text[256];
        const auto got = ::recv(fd.get(), text, sizeof text, MSG_DONTWAIT);
        return got < 0 ? "nothing" : std::string(text, static_cast<std::size_t>(got));
    }
    unique_fd fd;
};

TEST_F(notify_socket, hears_how_we_are) {
    const auto path = testing::TempDir() + "pverelay-notify-" + std::to_string(::getpid());
    listen_on(path);
    const systemd_notify systemd(path);

    systemd.ready();
    EXPECT_EQ(received(), "READY=1");
    systemd.status("all is well\nREADY=0");
    EXPECT_EQ(received(), "STATUS=all is well");
    systemd.alive();
    EXPECT_EQ(received(), "WATCHDOG=1");
    systemd.stopping();
    EXPECT_EQ(received(), "STOPPING=1");
    std::filesystem::remove(path);
}

TEST_F(notify_socket, hears_of_a_reload_with_its_time) {
    const auto name = "@pverelay-reload-" + std::to_string(::getpid());
    listen_on(name);
    systemd_notify(name).reloading(steady_time(1234567us));
    EXPECT_EQ(received(), "RELOADING=1\nMONOTONIC_USEC=1234567");
}

TEST_F(notify_socket, is_given_a_socket_to_keep) {
    const auto name = "@pverelay-keep-" + std::to_string(::getpid());
    listen_on(name);
    const systemd_notify systemd(name);
    const unique_fd kept(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    systemd.keep("kept-udp", kept.get());

    char text[256];
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))];
    iovec into{text, sizeof text};
    msghdr message{};
    message.msg_iov = &into;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    const auto got = ::recvmsg(fd.get(), &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    ASSERT_GT(got, 0);
    EXPECT_EQ(std::string(text, static_cast<std::size_t>(got)),
              "FDSTORE=1\nFDPOLL=0\nFDNAME=kept-udp");
    const auto* const head = CMSG_FIRSTHDR(&message);
    ASSERT_NE(head, nullptr);
    int number = -1;
    std::memcpy(&number, CMSG_DATA(head), sizeof number);
    const unique_fd received_fd(number);
    int type = 0;
    socklen_t size = sizeof type;
    ASSERT_EQ(::getsockopt(number, SOL_SOCKET, SO_TYPE, &type, &size), 0);
    EXPECT_EQ(type, SOCK_DGRAM);

    systemd.forget("kept-udp");
    EXPECT_EQ(received(), "FDSTOREREMOVE=1\nFDNAME=kept-udp");
}

TEST_F(notify_socket, may_be_abstract) {
    const auto name = "@pverelay-notify-" + std::to_string(::getpid());
    listen_on(name);
    systemd_notify(name).ready();
    EXPECT_EQ(received(), "READY=1");
}

TEST(systemd_notify, that_nobody_hears_does_no_harm) {
    systemd_notify("").ready();
    systemd_notify("/nonexistent/socket").ready();
    systemd_notify(std::string(500, 'x')).ready();
}

TEST(watchdog, is_fed_twice_as_often_as_it_asks) {
    ::setenv("WATCHDOG_USEC", "60000000", 1);
    ::unsetenv("WATCHDOG_PID");
    EXPECT_EQ(watchdog_interval(), 30s);
    ::setenv("WATCHDOG_PID", std::to_string(::getpid()).c_str(), 1);
    EXPECT_EQ(watchdog_interval(), 30s);
    ::setenv("WATCHDOG_PID", "1", 1);
    EXPECT_EQ(watchdog_interval(), std::nullopt);
    ::unsetenv("WATCHDOG_PID");
    ::setenv("WATCHDOG_USEC", "soon", 1);
    EXPECT_EQ(watchdog_interval(), std::nullopt);
    ::unsetenv("WATCHDOG_USEC");
    EXPECT_EQ(watchdog_interval(), std::nullopt);
}

}  // namespace
}  // namespace relay::ops
