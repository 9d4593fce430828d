#include "relay/config/tls_proof.hpp"

#include "relay/base/log.hpp"
#include "relay/config/url.hpp"

#include <fmt/format.h>

namespace relay::config {
namespace {

/// One, or a list: a certificate that is to be renewed has a successor.
std::vector<std::string> texts_of(const section& from, std::string_view key) {
    std::vector<std::string> texts;
    const auto* const found = from.find(key);
    if (found == nullptr) return texts;
    if (found->kind == value_kind::array) {
        from.read(key, texts);
    } else {
        from.read(key, texts.emplace_back());
    }
    return texts;
}

}  // namespace

void read_proof(const section& owner, const section& from, std::string_view who,
                http::tls_options& into) {
    from.read("ca", into.ca);
    for (const auto& text : texts_of(from, "fingerprint")) {
        if (const auto pin = http::parse_fingerprint(text)) {
            into.fingerprints.push_back(*pin);
        } else {
            from.error("fingerprint",
                       fmt::format("\"{}\" is no SHA-256 fingerprint: it has 32 pairs of "
                                   "hexadecimal digits, AA:BB:…",
                                   printable(text)));
        }
    }
    bool verify = true;
    from.read("verify", verify);
    into.verify = verify ? http::server_check::full : http::server_check::none;
    const bool has_proof = !into.pinned_public_key.empty() || !into.fingerprints.empty();
    if (!verify && !has_proof) {
        from.warning("verify", fmt::format("the certificate of {} is not checked: anyone between "
                                           "may read the token",
                                           who));
    }
    if (!verify && !into.ca.empty()) {
        owner.error("tls", "`ca` has no effect where `verify` is false");
    }
}

void check_proxy(const section& owner, std::string_view proxy, const http::tls_options& tls) {
    if (proxy.empty()) return;
    if (const auto valid = check_url(proxy); !valid) {
        owner.error("proxy", fmt::format("proxy: {}", valid.error()));
    }
    if (proxy.starts_with("https://") && !tls.fingerprints.empty()) {
        owner.error("proxy",
                    "`fingerprint` cannot be checked behind a proxy that is reached by "
                    "https: use http:// for the proxy, or `ca`");
    }
}

}  // namespace relay::config
