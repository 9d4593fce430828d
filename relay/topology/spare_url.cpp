#include "relay/topology/spare_url.hpp"

#include "relay/base/cidr.hpp"

#include <fmt/format.h>

namespace relay::topology {
namespace {

constexpr std::string_view scheme = "https://";
// pveproxy's, which cannot be configured.
constexpr std::string_view usual_port = "8006";

/// Of "pve1:8006", "[fd00::1]:8006", "192.0.2.11".
std::string_view port_of(std::string_view authority) {
    const auto colon = authority.rfind(':');
    const auto bracket = authority.rfind(']');
    const bool has_port = colon != authority.npos && (bracket == authority.npos || bracket < colon);
    return has_port ? authority.substr(colon + 1) : usual_port;
}

}  // namespace

std::optional<std::string> spare_url(std::string_view like, std::string_view address) {
    if (!like.starts_with(scheme)) return {};
    auto authority = like.substr(scheme.size());
    while (authority.ends_with('/'))
        authority.remove_suffix(1);
    if (authority.find('/') != authority.npos) return {};
    const auto where = ip_address::parse(address);
    if (!where) return {};
    return fmt::format(fmt::runtime(where->is_v4() ? "{}{}:{}" : "{}[{}]:{}"), scheme,
                       to_string(*where), port_of(authority));
}

}  // namespace relay::topology
