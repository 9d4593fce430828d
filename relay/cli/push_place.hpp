// Through which door Proxmox can push to a cluster, and what it has to show there: worked out of
// the configuration, and held against the identity that a running relay would find. Pure.
#pragma once

#include "relay/config/settings.hpp"

#include <string>
#include <vector>

namespace relay::cli {

/// One way in.
struct push_place {
    const listen::listen_options* listener = nullptr;
    std::string cluster{};
    std::string bucket = "proxmox";
    std::string token{};   // empty: none is asked for
    std::string prefix{};  // path before /api/v2/write
    std::string sender{};  // an address that is let in

    [[nodiscard]] bool is_http() const noexcept {
        return listener->kind == listen::listen_kind::http;
    }
};

/// Every way in to that cluster, HTTP before UDP: which loses nothing unseen.
[[nodiscard]] std::vector<push_place> places_of(const config::settings& all,
                                                const ingest::cluster_rule& cluster);

/// What that way in says of itself, for the identity.
[[nodiscard]] ingest::sender sender_of(const push_place& place) noexcept;

}  // namespace relay::cli
