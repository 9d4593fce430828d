#include "relay/http/peer_certificate.hpp"

#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>

namespace relay::http {
namespace {

struct certificate_closer {
    void operator()(X509* certificate) const noexcept { X509_free(certificate); }
};

}  // namespace

std::optional<fingerprint> certificate_of(void* ssl) noexcept {
    // A resumed session knows the certificate of its first handshake.
    const std::unique_ptr<X509, certificate_closer> shown(
        SSL_get1_peer_certificate(static_cast<SSL*>(ssl)));
    fingerprint digest{};
    unsigned int bytes = 0;
    if (shown == nullptr || X509_digest(shown.get(), EVP_sha256(), digest.data(), &bytes) != 1 ||
        bytes != digest.size()) {
        return {};
    }
    return digest;
}

}  // namespace relay::http
