#include "tests/support/test_certificate.hpp"

#include "relay/base/check.hpp"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <memory>

namespace relay::tests {
namespace {

using key_ptr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using x509_ptr = std::unique_ptr<X509, decltype(&X509_free)>;
using bio_ptr = std::unique_ptr<BIO, decltype(&BIO_free)>;

template <class Write>
std::string pem_of(Write write) {
    const bio_ptr out(BIO_new(BIO_s_mem()), BIO_free);
    RELAY_CHECK(write(out.get()) == 1);
    char* text = nullptr;
    const auto size = BIO_get_mem_data(out.get(), &text);
    return {text, static_cast<std::size_t>(size)};
}

bio_ptr reading(const std::string& text) {
    return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), BIO_free};
}

void add_extension(X509* to, int which, const std::string& value) {
    auto* const made = X509V3_EXT_conf_nid(nullptr, nullptr, which, value.c_str());
    RELAY_CHECK(made != nullptr);
    X509_add_ext(to, made, -1);
    X509_EXTENSION_free(made);
}

x509_ptr begin(const std::string& name, EVP_PKEY* key) {
    x509_ptr made(X509_new(), X509_free);
    X509_set_version(made.get(), X509_VERSION_3);
    static long serial = 1;
    ASN1_INTEGER_set(X509_get_serialNumber(made.get()), serial++);
    X509_gmtime_adj(X509_getm_notBefore(made.get()), -3600);
    X509_gmtime_adj(X509_getm_notAfter(made.get()), 3600);
    X509_set_pubkey(made.get(), key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(made.get()), "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(name.data()),
                               static_cast<int>(name.size()), -1, 0);
    return made;
}

test_certificate finish(X509* made, EVP_PKEY* key, EVP_PKEY* issuer_key) {
    RELAY_CHECK(X509_sign(made, issuer_key, EVP_sha256()) > 0);
    return {.certificate = pem_of([&](BIO* out) { return PEM_write_bio_X509(out, made); }),
            .key = pem_of([&](BIO* out) {
                return PEM_write_bio_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr);
            })};
}

}  // namespace

test_certificate make_authority(const std::string& name) {
    const key_ptr key(EVP_EC_gen("P-256"), EVP_PKEY_free);
    const auto made = begin(name, key.get());
    X509_set_issuer_name(made.get(), X509_get_subject_name(made.get()));
    add_extension(made.get(), NID_basic_constraints, "critical,CA:TRUE");
    return finish(made.get(), key.get(), key.get());
}

test_certificate make_certificate(const std::string& name, const test_certificate& issuer) {
    const auto from = reading(issuer.certificate);
    const x509_ptr authority(PEM_read_bio_X509(from.get(), nullptr, nullptr, nullptr), X509_free);
    const auto key_from = reading(issuer.key);
    const key_ptr issuer_key(PEM_read_bio_PrivateKey(key_from.get(), nullptr, nullptr, nullptr),
                             EVP_PKEY_free);
    const key_ptr key(EVP_EC_gen("P-256"), EVP_PKEY_free);
    const auto made = begin(name, key.get());
    X509_set_issuer_name(made.get(), X509_get_subject_name(authority.get()));
    add_extension(made.get(), NID_subject_alt_name, "DNS:" + name + ",IP:127.0.0.1");
    return finish(made.get(), key.get(), issuer_key.get());
}

}  // namespace relay::tests
