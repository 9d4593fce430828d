// Who may see what: privileges by path, inherited downwards until a deeper path says otherwise.
#include "relay/simulate/api_view.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace relay::simulate {
namespace {

bool is_at_or_above(std::string_view above, std::string_view path) {
    if (above == "/" || above == path) return true;
    return path.starts_with(above) && path[above.size()] == '/';
}

const std::set<std::string>* privileges_at(const moment& now, std::string_view path) {
    const std::set<std::string>* best = nullptr;
    std::size_t length = 0;
    for (const auto& [where, granted] : now.rights) {
        if (!is_at_or_above(where, path) || where.size() < length) continue;
        best = &granted;
        length = where.size();
    }
    return best;
}

std::string guest_path(const guest& it) {
    return fmt::format("/vms/{}", it.vmid);
}

}  // namespace

bool may(const moment& now, std::string_view path, std::string_view privilege) {
    const auto* granted = privileges_at(now, path);
    return granted != nullptr && granted->contains(std::string(privilege));
}

// A pool's privileges are its guests' too, and nothing on the pool is nothing on its guests.
bool may_see(const moment& now, const guest& it, std::string_view privilege) {
    const auto path = guest_path(it);
    if (it.pool.empty()) return may(now, path, privilege);
    const auto pool = "/pool/" + it.pool;
    const auto* of_pool = privileges_at(now, pool);
    if (of_pool != nullptr && of_pool->empty()) return false;
    return may(now, pool, privilege) || may(now, path, privilege);
}

api_result permissions_body(const api_view& view) {
    std::set<std::string> paths{"/",     "/access", "/access/groups", "/nodes",
                                "/pool", "/sdn",    "/storage",       "/vms"};
    for (const auto& [path, granted] : view.now.rights)
        paths.insert(path);
    for (const auto& node : view.now.shown.nodes) {
        for (const auto& it : node.guests) {
            if (!it.pool.empty()) paths.insert(guest_path(it));
        }
    }
    auto json = view.json();
    json.object();
    for (const auto& path : paths) {
        const auto* granted = privileges_at(view.now, path);
        if (granted == nullptr || granted->empty()) continue;
        json.object(path);
        for (const auto& privilege : *granted)
            json.put(privilege, 1);
        json.end();
    }
    return api_body{json.end().text()};
}

}  // namespace relay::simulate
