// [cluster.api] and [topology]: where a cluster's own words come from.
#include "relay/base/log.hpp"
#include "relay/config/sections.hpp"
#include "relay/config/tls_proof.hpp"
#include "relay/config/url.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace relay::config {
namespace {

using namespace std::chrono_literals;

// Each is met once at the start; more than a rack's worth would only lengthen that.
constexpr std::size_t nodes_max = 64;

void read_nodes(const section& from, std::vector<std::string>& into) {
    from.read("nodes", into);
    if (into.empty()) {
        from.error("nodes",
                   "`nodes` is missing: [ \"https://192.0.2.11:8006\" ], one or more "
                   "nodes of the cluster");
    }
    if (into.size() > nodes_max) {
        from.error("nodes", fmt::format("`nodes` names more than {}", nodes_max));
    }
    for (const auto& url : into) {
        const auto valid = check_url(url);
        if (!valid) {
            from.error("nodes", fmt::format("nodes: {}", valid.error()));
        } else if (url.find_first_of("?#") != std::string::npos) {
            from.error("nodes", "nodes: the url has no query");
        } else if (url.starts_with("http://")) {
            from.warning("nodes", fmt::format("{}: the token goes there unencrypted", url));
        }
    }
}

/// "relay@pve!relay"; what else stands there would end up in a header.
bool is_token_id(std::string_view text) {
    const auto at = text.rfind('@');
    const auto mark = text.find('!');
    if (at == std::string_view::npos || mark == std::string_view::npos) return false;
    const auto is_plain = [](char c) {
        return c > ' ' && c < 0x7f && c != '=' && c != ':' && c != '/' && c != '\'' && c != '`' &&
               c != '"' && c != '\\' && c != ';' && c != '%';
    };
    return at > 0 && mark > at + 1 && mark + 1 < text.size() && std::ranges::all_of(text, is_plain);
}

void read_token(const section& from, topology::api_options& into) {
    if (!from.has("token_id")) {
        from.error("token_id", "`token_id` is missing: \"relay@pve!relay\"");
    }
    from.read("token_id", into.token_id);
    if (!into.token_id.empty() && !is_token_id(into.token_id)) {
        from.error("token_id", "`token_id` is user@realm!token, as `pveum user token list` has it");
    }
    if (!from.has("token")) {
        from.error("token",
                   "`token` is missing: { file = \"/etc/pverelay/api.token\" }, which "
                   "holds the secret that Proxmox showed when the token was made");
    }
    from.read("token", into.token);
}

topology::api_options read_one(const section& from, const ingest::cluster_rule& rule) {
    topology::api_options api;
    api.cluster = rule.name;
    read_nodes(from, api.nodes);
    read_token(from, api);
    if (const auto tls = from.table("tls")) read_proof(from, *tls, "the node", api.tls);
    from.read("proxy", api.proxy);
    check_proxy(from, api.proxy, api.tls);
    from.read("connect_timeout", api.connect_timeout, {100ms, 1min});
    // Proxmox itself gives up after 30 s; calls that it hands on get 25 s more than this.
    from.read("timeout", api.timeout, {1s, 2min});
    from.read("requests_per_second", api.requests_per_second, {1, 100});
    from.read("answer_bytes_max", api.answer_bytes_max, {1_MiB, 1_GiB});
    from.read("bucket", api.bucket);
    from.read("other_nodes", api.other_nodes);
    from.read("guest_addresses", api.guest_addresses);
    from.read("smart", api.smart);
    return api;
}

}  // namespace

void read_api(const section& cluster, const ingest::cluster_rule& rule, settings& into) {
    if (const auto from = cluster.table("api")) into.apis.push_back(read_one(*from, rule));
}

void read_topology(const section& root, settings& into) {
    if (const auto from = root.table("topology")) from->read("directory", into.topology_directory);
}

}  // namespace relay::config
