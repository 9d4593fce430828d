// How an HTTPS listener proves who it is, and whom it asks to do the same. Made once from PEM text,
// then never changed: a renewed certificate is another identity, and connections keep theirs.
#pragma once

#include "relay/base/expected.hpp"
#include "relay/base/secret.hpp"

#include <memory>
#include <string>

struct ssl_ctx_st;

namespace relay::listen {

/// `tls` of a [[listen]], as text: so that a file that was exchanged under the same name is a
/// change.
struct tls_options {
    std::string certificate{};  // PEM: ours, then those that lead to its authority
    secret key{};               // PEM, not encrypted
    std::string client_ca{};  // PEM; a client must show a certificate of one of these; empty: none

    [[nodiscard]] bool enabled() const noexcept { return !certificate.empty(); }
    bool operator==(const tls_options&) const = default;
};

class tls_identity {
public:
    /// TLS 1.2 and 1.3, with forward secrecy and authenticated encryption alone.
    /// @pre from.enabled()
    /// @returns the identity, or a sentence that says which part is wrong, without its content
    [[nodiscard]] static expected<std::shared_ptr<const tls_identity>, std::string> make(
        const tls_options& from);

    ~tls_identity();
    tls_identity(const tls_identity&) = delete;
    tls_identity& operator=(const tls_identity&) = delete;

    /// OpenSSL's own counting keeps it alive for each connection; any thread may begin one.
    [[nodiscard]] ssl_ctx_st* context() const noexcept { return context_; }

private:
    explicit tls_identity(ssl_ctx_st* context) : context_(context) {}
    ssl_ctx_st* context_;
};

}  // namespace relay::listen
