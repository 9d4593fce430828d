// What a request-target asks for: InfluxDB's paths behind any prefix, and its query parameters as
// careless clients write them. Pure. Owns what it returns, so that it outlives the request.
#pragma once

#include "protocol/line_parser.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace relay::listen {

enum class route : std::uint8_t {
    write_v2,  // …/api/v2/write
    write_v1,  // …/write
    health,    // …/health
    ping,      // …/ping
    ready,     // …/ready
    query,     // …/query: old clients create their database before they write
    unknown,
};

struct http_target {
    listen::route route = listen::route::unknown;
    std::string prefix;  // path before the route, slashes collapsed, none at either end
    std::string path;    // the whole of it, collapsed, beginning with a slash
    std::string bucket;  // v2 `bucket`, v1 `db`
    std::string org;     // `org` or `orgID`
    std::string precision;
    std::string user, password;  // v1 `u` and `p`
    bool has_user = false;
    std::string statement;  // `q`
    bool verbose = false;   // of /ping
};

/// Never fails: what is not understood is route::unknown or an empty value. Slashes are collapsed
/// (Proxmox VE sends `/relay//api/v2/write`). Values may be percent-encoded, form-encoded (`+` is
/// a space: Proxmox Backup Server) or not encoded at all (Proxmox VE): a percent sign that no two
/// hexadecimal digits follow is itself. Of a repeated parameter the first value wins, as in
/// InfluxDB.
[[nodiscard]] http_target parse_target(std::string_view target);

/// What `precision` means on that route. v2: ns, us, ms, s. v1 takes every spelling that some
/// InfluxDB 1.x understood: n, ns, u, us, µ, ms, s, m, h. Empty is ns.
/// @returns nothing for any other: a guess would date data wrong by powers of a thousand.
[[nodiscard]] std::optional<protocol::precision> parse_precision(std::string_view text,
                                                                 route on) noexcept;

/// One parameter value, as above.
[[nodiscard]] std::string decode_parameter(std::string_view text);

}  // namespace relay::listen
