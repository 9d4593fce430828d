// An HTTP server of a few lines for the pusher's tests: keeps what it was sent and gives the
// answers it was told, one connection each. Its thread ends with it.
#pragma once

#include "relay/base/locked.hpp"
#include "relay/base/unique_fd.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <thread>
#include <vector>

namespace relay::simulate {

class tiny_server {
public:
    explicit tiny_server(std::string answer)
        : answer_(std::move(answer)),
          listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in here{};
        here.sin_family = AF_INET;
        here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        auto* address = reinterpret_cast<sockaddr*>(&here);
        socklen_t bytes = sizeof here;
        ::bind(listener_.get(), address, bytes);
        ::listen(listener_.get(), 128);
        ::getsockname(listener_.get(), address, &bytes);
        port_ = ntohs(here.sin_port);
        thread_ = std::jthread([this] { serve(); });
    }
    ~tiny_server() { ::shutdown(listener_.get(), SHUT_RDWR); }

    [[nodiscard]] std::string url(std::string_view prefix = "") const {
        return "http://127.0.0.1:" + std::to_string(port_) + std::string(prefix);
    }
    [[nodiscard]] std::vector<std::string> requests() {
        return requests_.with([](const auto& all) { return all; });
    }

private:
    static std::string read_request(int fd) {
        std::string request;
        char part[8192];
        for (;;) {
            const auto got = ::recv(fd, part, sizeof part, 0);
            if (got <= 0) return request;
            request.append(part, static_cast<std::size_t>(got));
            const auto end = request.find("\r\n\r\n");
            if (end == std::string::npos) continue;
            const auto length = request.find("Content-Length: ");
            if (request.size() - end - 4 >= std::stoull(request.substr(length + 16)))
                return request;
        }
    }
    void serve() {
        for (;;) {
            const unique_fd connection(::accept(listener_.get(), nullptr, nullptr));
            if (!connection) return;
            auto request = read_request(connection.get());
            requests_.with([&](auto& all) { all.push_back(std::move(request)); });
            ::send(connection.get(), answer_.data(), answer_.size(), MSG_NOSIGNAL);
        }
    }

    const std::string answer_;
    unique_fd listener_;
    unsigned port_ = 0;
    locked<std::vector<std::string>> requests_;
    std::jthread thread_;
};

}  // namespace relay::simulate
