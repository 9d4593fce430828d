// [cluster.api]: how the Proxmox API of one cluster is reached, and how much it is asked. Plain
// values.
#pragma once

#include "relay/base/byte_size.hpp"
#include "relay/base/secret.hpp"
#include "relay/http/http_target.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace relay::topology {

struct api_options {
    std::string cluster{};             // as configured: the tag of its lines
    std::string bucket{};              // of the relay's own lines; empty: as its senders do
    std::vector<std::string> nodes{};  // URLs, in the order of preference
    std::string token_id{};            // "relay@pve!relay"
    secret token{};
    http::tls_options tls{};
    std::string proxy{};
    // A handshake within a site takes milliseconds; who does not take it in this time is left
    // alone.
    std::chrono::milliseconds connect_timeout{5'000};
    std::chrono::milliseconds timeout{10'000};
    std::size_t requests_per_second = 1;
    /// 2,000 guests on 32 nodes are 0.9 MB; a cluster three times as large fits ten times over.
    byte_size answer_bytes_max = 32_MiB;
    /// Nodes that are not in `nodes` are asked too while none of those answers.
    bool other_nodes = true;
    bool guest_addresses = false;
    bool smart = true;
    bool operator==(const api_options&) const = default;
};

}  // namespace relay::topology
