#include "tests/support/loopback_server.hpp"

#include "relay/base/check.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <optional>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace relay::tests {
namespace {

std::size_t content_length(const std::string& head) {
    const auto at = head.find("Content-Length: ");
    return at == std::string::npos ? 0 : std::stoul(head.substr(at + 16));
}

/// The next request of a connection, or nothing where it was closed.
std::optional<received> read_request(int socket, std::string& buffer) {
    while (true) {
        const auto end = buffer.find("\r\n\r\n");
        if (end != std::string::npos) {
            const auto length = content_length(buffer.substr(0, end + 4));
            if (buffer.size() >= end + 4 + length) {
                received request{.head = buffer.substr(0, end + 4),
                                 .body = buffer.substr(end + 4, length)};
                buffer.erase(0, end + 4 + length);
                return request;
            }
        }
        char bytes[16384];
        const auto got = ::recv(socket, bytes, sizeof bytes, 0);
        if (got <= 0) return std::nullopt;
        buffer.append(bytes, static_cast<std::size_t>(got));
    }
}

void send_all(int socket, const std::string& bytes) {
    for (std::size_t sent = 0; sent < bytes.size();) {
        const auto n = ::send(socket, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
        if (n <= 0) return;
        sent += static_cast<std::size_t>(n);
    }
}

/// The peer sees a reset instead of an orderly end.
void reset(int socket) {
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    // Disconnecting from the peer sends the reset now; the descriptor stays the owner's.
    sockaddr nobody{};
    nobody.sa_family = AF_UNSPEC;
    ::connect(socket, &nobody, sizeof nobody);
}

}  // namespace

loopback_server::loopback_server(handler handle) : handle_(std::move(handle)) {
    listener_ = unique_fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    RELAY_CHECK(::bind(listener_.get(), generic, sizeof address) == 0);
    RELAY_CHECK(::listen(listener_.get(), 64) == 0);
    socklen_t size = sizeof address;
    ::getsockname(listener_.get(), generic, &size);
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { accept_all(); });
}

loopback_server::~loopback_server() {
    {
        const std::lock_guard guard(mutex_);
        stopping_ = true;
        ::shutdown(listener_.get(), SHUT_RDWR);
        for (const auto& socket : sockets_) {
            ::shutdown(socket.get(), SHUT_RDWR);
        }
    }
    acceptor_.join();
    for (auto& session : sessions_) {
        session.join();
    }
}

std::string loopback_server::url(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
}

void loopback_server::accept_all() {
    while (true) {
        unique_fd socket(::accept(listener_.get(), nullptr, nullptr));
        const std::lock_guard guard(mutex_);
        if (!socket || stopping_) return;
        const int raw = socket.get();
        sockets_.push_back(std::move(socket));
        sessions_.emplace_back([this, raw, number = accepted_++] { serve(raw, number); });
    }
}

void loopback_server::serve(int socket, std::size_t number) {
    std::string buffer;
    while (auto request = read_request(socket, buffer)) {
        request->connection = number;
        reply answer;
        {
            const std::lock_guard guard(mutex_);
            answer = handle_(*request);
        }
        send_all(socket, answer.bytes);
        if (answer.after == reply::then::reset) reset(socket);
        if (answer.after == reply::then::close) ::shutdown(socket, SHUT_RDWR);
        if (answer.after == reply::then::hang) static_cast<void>(read_request(socket, buffer));
        if (answer.after != reply::then::keep) return;
    }
    ::shutdown(socket, SHUT_RDWR);
}

}  // namespace relay::tests
