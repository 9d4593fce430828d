#include "relay/topology/api_request.hpp"

#include <fmt/format.h>

#include <string_view>

namespace relay::topology {

http_request request_of(const errand& what, const api_options& by) {
    std::string_view node = what.url;
    while (node.ends_with('/'))
        node.remove_suffix(1);
    return {.method = "GET",
            .url = fmt::format("{}{}", node, path_of(what.call)),
            .headers = {{"Authorization",
                         fmt::format("PVEAPIToken={}={}", by.token_id, by.token.reveal())},
                        {"User-Agent", "pverelay"}},
            .body = {}};
}

http::http_target target_of(const errand& what, const api_options& by,
                            const std::vector<http::fingerprint>& learnt) {
    http::http_target target{.connect_timeout = by.connect_timeout,
                             .timeout = what.timeout,
                             .tls = by.tls,
                             .proxy = by.proxy,
                             .body_bytes_max = by.answer_bytes_max.bytes,
                             .accepts_gzip = true};
    auto& pins = target.tls.fingerprints;
    if (!pins.empty()) pins.insert(pins.end(), learnt.begin(), learnt.end());
    return target;
}

}  // namespace relay::topology
