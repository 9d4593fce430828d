// A TLS server on a free port of 127.0.0.1 with a certificate of its own that nobody signed. It
// answers every request with an empty 200, one connection at a time, and keeps what it was sent.
#pragma once

#include "relay/base/locked.hpp"
#include "relay/base/unique_fd.hpp"

#include <memory>
#include <string>
#include <thread>

namespace relay::tests {

class tls_server {
public:
    tls_server();
    ~tls_server();

    [[nodiscard]] std::string url() const;
    /// SHA-256 of the certificate, "AA:BB:…".
    [[nodiscard]] const std::string& fingerprint() const { return fingerprint_; }
    /// Everything that clients have sent within TLS.
    [[nodiscard]] std::string received() const {
        return received_.with([](const auto& text) { return text; });
    }
    [[nodiscard]] int connections() const {
        return connections_.with([](int n) { return n; });
    }

private:
    void serve_all();
    void serve(int socket);

    struct context_closer {
        void operator()(void* context) const noexcept;
    };
    std::unique_ptr<void, context_closer> context_;  // SSL_CTX
    std::string fingerprint_;
    unique_fd listener_;
    int port_ = 0;
    locked<std::string> received_;
    locked<int> connections_{0};
    locked<int> open_{-1};  // the socket that is served
    std::thread thread_;
};

}  // namespace relay::tests
