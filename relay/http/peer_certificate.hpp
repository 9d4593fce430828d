// Which certificate the other side of a TLS connection has shown. The one place that knows the
// OpenSSL beneath curl; inner header of relay/http.
#pragma once

#include "relay/http/fingerprint.hpp"

#include <optional>

namespace relay::http {

/// @param ssl an OpenSSL `SSL*` whose handshake is done, as curl hands it out
[[nodiscard]] std::optional<fingerprint> certificate_of(void* ssl) noexcept;

}  // namespace relay::http
