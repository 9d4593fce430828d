// A client that speaks TLS over loopback, blocking, as Perl's LWP does. Gives up after ten seconds.
#pragma once

#include "relay/base/unique_fd.hpp"
#include "tests/support/test_certificate.hpp"

#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <arpa/inet.h>
#include <cstdint>
#include <netinet/in.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/time.h>

namespace relay::tests {

class tls_client {
public:
    struct options {
        std::string authority{};   // PEM of the one that is trusted
        test_certificate shows{};  // of its own; empty: none
        int version_max = TLS1_3_VERSION;
    };

    tls_client(std::uint16_t port, const options& how)
        : context_(SSL_CTX_new(TLS_client_method())),
          fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
        const timeval patience{.tv_sec = 10, .tv_usec = 0};
        ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(port);
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) return;
        set_up(how);
        tls_ = SSL_new(context_);
        SSL_set_fd(tls_, fd_.get());
        connected_ = SSL_connect(tls_) == 1;
    }
    ~tls_client() {
        SSL_free(tls_);
        SSL_CTX_free(context_);
    }
    tls_client(const tls_client&) = delete;
    tls_client& operator=(const tls_client&) = delete;

    /// Whether both sides were content with one another. TLS 1.3 tells a client with the first
    /// bytes it reads that its certificate was not accepted.
    [[nodiscard]] bool connected() const { return connected_; }
    [[nodiscard]] std::string version() const { return SSL_get_version(tls_); }
    /// The common name of the server's certificate.
    [[nodiscard]] std::string server() const {
        char name[64] = {};
        auto* const shown = SSL_get_peer_certificate(tls_);
        X509_NAME_get_text_by_NID(X509_get_subject_name(shown), NID_commonName, name, sizeof name);
        X509_free(shown);
        return name;
    }

    bool send(std::string_view bytes) {
        return SSL_write(tls_, bytes.data(), static_cast<int>(bytes.size())) ==
               static_cast<int>(bytes.size());
    }
    /// Past TLS.
    void send_as_it_is(std::string_view bytes) {
        ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    }
    /// What comes until there are `bytes` of it, or its end.
    std::string receive(std::size_t bytes) {
        std::string all;
        char buffer[4096];
        while (all.size() < bytes) {
            const int got = SSL_read(tls_, buffer, sizeof buffer);
            if (got <= 0) break;
            all.append(buffer, static_cast<std::size_t>(got));
        }
        return all;
    }
    std::string rest() { return receive(SIZE_MAX); }

private:
    void set_up(const options& how) {
        SSL_CTX_set_max_proto_version(context_, how.version_max);
        SSL_CTX_set_verify(context_, SSL_VERIFY_PEER, nullptr);
        auto* const text = BIO_new_mem_buf(how.authority.data(), -1);
        if (auto* const one = PEM_read_bio_X509(text, nullptr, nullptr, nullptr)) {
            X509_STORE_add_cert(SSL_CTX_get_cert_store(context_), one);
            X509_free(one);
        }
        BIO_free(text);
        if (how.shows.key.empty()) return;
        auto* const own = BIO_new_mem_buf(how.shows.certificate.data(), -1);
        auto* const key = BIO_new_mem_buf(how.shows.key.data(), -1);
        auto* const certificate = PEM_read_bio_X509(own, nullptr, nullptr, nullptr);
        auto* const private_key = PEM_read_bio_PrivateKey(key, nullptr, nullptr, nullptr);
        SSL_CTX_use_certificate(context_, certificate);
        SSL_CTX_use_PrivateKey(context_, private_key);
        X509_free(certificate);
        EVP_PKEY_free(private_key);
        BIO_free(own);
        BIO_free(key);
    }

    SSL_CTX* context_;
    unique_fd fd_;
    SSL* tls_ = nullptr;
    bool connected_ = false;
};

}  // namespace relay::tests
