// A small real HTTP server on a free port of 127.0.0.1 whose manners a test dictates, bad ones
// included. Threads of its own; the handler is called from them, one call at a time.
#pragma once

#include "relay/base/unique_fd.hpp"

#include <atomic>
#include <cstddef>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace relay::tests {

struct received {
    std::size_t connection = 0;  // counted from 0
    std::string head{};          // request line and headers, each with its line end
    std::string body{};
};

struct reply {
    std::string bytes{};  // as they go on the wire
    enum class then { keep, close, reset, hang } after = then::keep;
};

/// A well-formed answer.
[[nodiscard]] inline reply http_reply(int status, const std::string& body = {},
                                      const std::string& headers = {}) {
    return {.bytes = "HTTP/1.1 " + std::to_string(status) + " X\r\n" + headers +
                     "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body};
}

class loopback_server {
public:
    using handler = std::function<reply(const received&)>;

    explicit loopback_server(handler handle);
    ~loopback_server();

    /// "http://127.0.0.1:PORT" and the path.
    [[nodiscard]] std::string url(const std::string& path = "/") const;

    [[nodiscard]] std::size_t connections() const { return accepted_; }

private:
    void accept_all();
    void serve(int socket, std::size_t number);

    handler handle_;
    unique_fd listener_;
    int port_ = 0;
    std::atomic<std::size_t> accepted_{0};
    std::mutex mutex_;  // of the handler and of what follows
    bool stopping_ = false;
    std::vector<unique_fd> sockets_;
    std::vector<std::thread> sessions_;
    std::thread acceptor_;
};

}  // namespace relay::tests
