#include "relay/listen/tls_identity.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <string_view>
#include <utility>
#include <vector>

namespace relay::listen {
namespace {

template <auto free>
struct deleter {
    template <class T>
    void operator()(T* one) const noexcept {
        free(one);
    }
};
using bio_ptr = std::unique_ptr<BIO, deleter<BIO_free>>;
using certificate_ptr = std::unique_ptr<X509, deleter<X509_free>>;
using key_ptr = std::unique_ptr<EVP_PKEY, deleter<EVP_PKEY_free>>;

// Mozilla's "intermediate" set for TLS 1.2 without the finite-field groups; TLS 1.3 has no others.
constexpr const char* ciphers_of_tls_1_2 = "ECDHE+AESGCM:ECDHE+CHACHA20";

bio_ptr reader_of(std::string_view text) {
    return bio_ptr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

/// OpenSSL's own words for the last failure; they name no content.
std::string last_reason() {
    const char* const reason = ERR_reason_error_string(ERR_peek_last_error());
    ERR_clear_error();
    return reason == nullptr ? "not understood" : reason;
}

/// An encrypted key would otherwise ask the terminal for its pass phrase.
int no_pass_phrase(char*, int, int, void*) {
    return -1;
}

std::vector<certificate_ptr> read_certificates(std::string_view pem) {
    std::vector<certificate_ptr> all;
    const auto from = reader_of(pem);
    while (auto* const one = PEM_read_bio_X509(from.get(), nullptr, no_pass_phrase, nullptr)) {
        all.emplace_back(one);
    }
    ERR_clear_error();  // the end of the text is one
    return all;
}

using step = expected<void, std::string>;

step take_certificate(SSL_CTX* into, std::string_view pem) {
    const auto chain = read_certificates(pem);
    if (chain.empty()) return unexpected(std::string("tls: `certificate` holds none in PEM"));
    if (SSL_CTX_use_certificate(into, chain.front().get()) != 1) {
        return unexpected("tls: `certificate` cannot be used: " + last_reason());
    }
    for (std::size_t i = 1; i < chain.size(); ++i) {
        SSL_CTX_add1_chain_cert(into, chain[i].get());
    }
    return {};
}

step take_key(SSL_CTX* into, std::string_view pem) {
    const auto from = reader_of(pem);
    const key_ptr key(PEM_read_bio_PrivateKey(from.get(), nullptr, no_pass_phrase, nullptr));
    if (!key) {
        ERR_clear_error();
        return unexpected(
            std::string("tls: `key` holds no private key in PEM, or an encrypted one"));
    }
    if (SSL_CTX_use_PrivateKey(into, key.get()) != 1) {
        ERR_clear_error();
        return unexpected(std::string("tls: `key` is not the key of `certificate`"));
    }
    return {};
}

step ask_clients(SSL_CTX* of, std::string_view pem) {
    const auto authorities = read_certificates(pem);
    if (authorities.empty()) return unexpected(std::string("tls: `client_ca` holds none in PEM"));
    for (const auto& one : authorities) {
        X509_STORE_add_cert(SSL_CTX_get_cert_store(of), one.get());
        SSL_CTX_add_client_CA(of, one.get());
    }
    SSL_CTX_set_verify(of, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    return {};
}

void set_rules(SSL_CTX* of) {
    SSL_CTX_set_min_proto_version(of, TLS1_2_VERSION);
    SSL_CTX_set_cipher_list(of, ciphers_of_tls_1_2);
    SSL_CTX_set_options(of, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_IGNORE_UNEXPECTED_EOF);
    // Proxmox makes a session for each push and never resumes one: tickets would be two more
    // messages to a client that is about to hang up.
    SSL_CTX_set_session_cache_mode(of, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_options(of, SSL_OP_NO_TICKET);
    SSL_CTX_set_num_tickets(of, 0);
    // Idle connections hold no buffers; what is not sent at once may be sent from elsewhere.
    SSL_CTX_set_mode(of, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                             SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
}

}  // namespace

expected<std::shared_ptr<const tls_identity>, std::string> tls_identity::make(
    const tls_options& from) {
    std::shared_ptr<const tls_identity> made(new tls_identity(SSL_CTX_new(TLS_server_method())));
    auto* const context = made->context();
    if (context == nullptr) return unexpected("tls: " + last_reason());
    set_rules(context);
    if (auto taken = take_certificate(context, from.certificate); !taken) {
        return unexpected(std::move(taken).error());
    }
    if (auto taken = take_key(context, from.key.reveal()); !taken) {
        return unexpected(std::move(taken).error());
    }
    if (from.client_ca.empty()) return made;
    if (auto asked = ask_clients(context, from.client_ca); !asked) {
        return unexpected(std::move(asked).error());
    }
    return made;
}

tls_identity::~tls_identity() {
    SSL_CTX_free(context_);
}

}  // namespace relay::listen
