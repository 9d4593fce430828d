#include "tests/support/tls_server.hpp"

#include "relay/base/check.hpp"

#include <fmt/format.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace relay::tests {
namespace {

std::string fingerprint_of(const X509* certificate) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int bytes = 0;
    X509_digest(certificate, EVP_sha256(), digest, &bytes);
    std::string text;
    for (unsigned int i = 0; i < bytes; ++i)
        text += fmt::format("{}{:02X}", i == 0 ? "" : ":", digest[i]);
    return text;
}

X509* self_signed(EVP_PKEY* key) {
    X509* made = X509_new();
    X509_set_version(made, 2);
    X509_gmtime_adj(X509_getm_notBefore(made), -60);
    X509_gmtime_adj(X509_getm_notAfter(made), 3600);
    X509_set_pubkey(made, key);
    auto* name = X509_get_subject_name(made);
    const auto* pve = reinterpret_cast<const unsigned char*>("pve1");
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, pve, -1, -1, 0);
    X509_set_issuer_name(made, name);
    X509_sign(made, key, EVP_sha256());
    return made;
}

}  // namespace

void tls_server::context_closer::operator()(void* context) const noexcept {
    SSL_CTX_free(static_cast<SSL_CTX*>(context));
}

tls_server::tls_server() : context_(SSL_CTX_new(TLS_server_method())) {
    auto* const context = static_cast<SSL_CTX*>(context_.get());
    EVP_PKEY* key = EVP_EC_gen("P-256");
    X509* certificate = self_signed(key);
    SSL_CTX_use_certificate(context, certificate);
    SSL_CTX_use_PrivateKey(context, key);
    fingerprint_ = fingerprint_of(certificate);
    X509_free(certificate);
    EVP_PKEY_free(key);

    listener_ = unique_fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    RELAY_CHECK(::bind(listener_.get(), generic, sizeof address) == 0);
    RELAY_CHECK(::listen(listener_.get(), 8) == 0);
    socklen_t size = sizeof address;
    ::getsockname(listener_.get(), generic, &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve_all(); });
}

tls_server::~tls_server() {
    ::shutdown(listener_.get(), SHUT_RDWR);
    open_.with([](int socket) { ::shutdown(socket, SHUT_RDWR); });
    thread_.join();
}

std::string tls_server::url() const {
    return fmt::format("https://127.0.0.1:{}/", port_);
}

void tls_server::serve_all() {
    for (;;) {
        const unique_fd socket(::accept(listener_.get(), nullptr, nullptr));
        if (!socket) return;
        connections_.with([](int& n) { ++n; });
        open_.with([&](int& open) { open = socket.get(); });
        serve(socket.get());
        open_.with([](int& open) { open = -1; });
    }
}

void tls_server::serve(int socket) {
    SSL* const session = SSL_new(static_cast<SSL_CTX*>(context_.get()));
    SSL_set_fd(session, socket);
    std::string request;
    char bytes[4096];
    for (int got = SSL_accept(session); got > 0;) {
        got = SSL_read(session, bytes, sizeof bytes);
        if (got <= 0) break;
        request.append(bytes, static_cast<std::size_t>(got));
        received_.with([&](auto& all) { all.append(bytes, static_cast<std::size_t>(got)); });
        if (!request.ends_with("\r\n\r\n")) continue;
        request.clear();
        constexpr std::string_view answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
        got = SSL_write(session, answer.data(), static_cast<int>(answer.size()));
    }
    SSL_free(session);
}

}  // namespace relay::tests
