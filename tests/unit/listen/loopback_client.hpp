// A client that sends raw bytes over loopback and reads whole answers. Blocking; gives up after
// ten seconds, so that a test that fails does not hang.
#pragma once

#include "relay/base/unique_fd.hpp"

#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <charconv>
#include <cstdint>
#include <netinet/in.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/time.h>
#include <utility>

namespace relay::tests {

class loopback_client {
public:
    explicit loopback_client(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
        const timeval patience{.tv_sec = 10, .tv_usec = 0};
        ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        ::setsockopt(fd_.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(port);
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        connected_ = ::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0;
    }

    [[nodiscard]] bool connected() const { return connected_; }

    /// @returns whether all of it could be sent
    bool send(std::string_view bytes) {
        while (!bytes.empty()) {
            const auto sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent <= 0) return false;
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }

    /// No more requests; answers are still read.
    void end_sending() { ::shutdown(fd_.get(), SHUT_WR); }

    /// One answer with its body, empty where the connection ended before it.
    std::string answer(bool has_body = true) {
        std::size_t head = std::string::npos;
        while ((head = received_.find("\r\n\r\n")) == std::string::npos) {
            if (!receive()) return {};
        }
        const auto whole = head + 4 + (has_body ? content_length(received_.substr(0, head)) : 0);
        while (received_.size() < whole) {
            if (!receive()) return {};
        }
        auto text = received_.substr(0, whole);
        received_.erase(0, whole);
        return text;
    }

    /// Everything until the other side closes.
    std::string rest() {
        while (receive()) {
        }
        return std::exchange(received_, {});
    }

    /// Whether the end came in order: FIN, not a reset, not our own impatience.
    [[nodiscard]] bool ended_in_order() const { return last_ == 0; }

private:
    static std::size_t content_length(std::string_view head) {
        constexpr std::string_view name = "Content-Length: ";
        const auto at = head.find(name);
        std::size_t length = 0;
        if (at != std::string_view::npos) {
            std::from_chars(head.data() + at + name.size(), head.data() + head.size(), length);
        }
        return length;
    }

    bool receive() {
        char buffer[4096];
        last_ = ::recv(fd_.get(), buffer, sizeof buffer, 0);
        if (last_ > 0) received_.append(buffer, static_cast<std::size_t>(last_));
        return last_ > 0;
    }

    unique_fd fd_;
    bool connected_ = false;
    std::string received_;
    ssize_t last_ = -1;
};

}  // namespace relay::tests
