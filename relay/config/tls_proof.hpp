// How a server that we speak to proves who it is: `ca`, `fingerprint` and `verify` of a tls table,
// the same for sinks and for the Proxmox API. Inner header of relay/config.
#pragma once

#include "relay/config/section.hpp"
#include "relay/http/http_target.hpp"

#include <string_view>

namespace relay::config {

/// @param owner that holds the table `from`
/// @param who "the store"
void read_proof(const section& owner, const section& from, std::string_view who,
                http::tls_options& into);

/// A proxy's URL, which must not be in the way of the proof.
void check_proxy(const section& owner, std::string_view proxy, const http::tls_options& tls);

}  // namespace relay::config
