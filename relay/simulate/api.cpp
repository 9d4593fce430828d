#include "relay/simulate/api.hpp"

#include "relay/simulate/api_view.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

namespace relay::simulate {
namespace {

using std::chrono::milliseconds;

/// What the token must have before a path is looked at.
enum class needs : std::uint8_t {
    nothing,      // what may not be seen is left out
    sys_audit,    // Sys.Audit on /
    node_audit,   // Sys.Audit on / or on the node
    vm_audit,     // VM.Audit on the guest
    guest_agent,  // VM.GuestAgent.Audit on the guest, VM.Monitor before 9
};

struct route {
    std::string_view path;  // "*" is any word
    needs right;
    std::string_view parameters;  // that it knows, between blanks
    api_result (*answer)(const api_view&);
    milliseconds takes{5};

    [[nodiscard]] bool knows(std::string_view parameter) const {
        return parameters.find(fmt::format(" {} ", parameter)) != parameters.npos;
    }
};

constexpr std::array routes{
    route{"version", needs::nothing, "", version_body},
    route{"access/permissions", needs::nothing, "", permissions_body},
    route{"nodes", needs::nothing, "", nodes_body},
    route{"pools", needs::nothing, "", pools_body, milliseconds(10)},
    route{"cluster/resources", needs::nothing, " type ", resources_body, milliseconds(60)},
    route{"cluster/status", needs::sys_audit, "", cluster_status_body},
    route{"cluster/ha/status/current", needs::sys_audit, "", ha_status_body},
    route{"cluster/tasks", needs::nothing, "", cluster_tasks_body},
    route{"cluster/replication", needs::nothing, "", replication_jobs_body},
    route{"cluster/backup-info/not-backed-up", needs::sys_audit, "", not_backed_up_body,
          milliseconds(300)},
    route{"cluster/ceph/status", needs::sys_audit, "", ceph_status_body},
    route{"nodes/*/status", needs::node_audit, "", node_status_body},
    route{"nodes/*/subscription", needs::nothing, "", subscription_body},
    route{"nodes/*/certificates/info", needs::nothing, "", certificates_body},
    route{"nodes/*/disks/zfs", needs::sys_audit, "", zfs_body, milliseconds(50)},
    route{"nodes/*/disks/list", needs::node_audit, " skipsmart include-partitions type ",
          disks_body, milliseconds(200)},
    route{"nodes/*/replication", needs::nothing, " guest ", node_replication_body,
          milliseconds(20)},
    route{"nodes/*/storage", needs::nothing, " content enabled format storage target ",
          node_storages_body, milliseconds(100)},
    route{"nodes/*/tasks", needs::nothing,
          " errors limit since source start statusfilter typefilter until userfilter vmid ",
          node_tasks_body, milliseconds(30)},
    route{"nodes/*/tasks/*/log", needs::node_audit, " download limit start ", task_log_body},
    route{"nodes/*/qemu/*/config", needs::vm_audit, " current snapshot ", guest_config_body},
    route{"nodes/*/qemu/*/agent/network-get-interfaces", needs::guest_agent, "",
          agent_interfaces_body, milliseconds(50)},
    route{"nodes/*/lxc/*/config", needs::vm_audit, " current snapshot ", guest_config_body},
    route{"nodes/*/lxc/*/interfaces", needs::vm_audit, "", lxc_interfaces_body, milliseconds(50)},
};

bool fits(std::string_view pattern, const std::vector<std::string>& path) {
    for (const auto& word : path) {
        const auto end = std::min(pattern.find('/'), pattern.size());
        const auto wanted = pattern.substr(0, end);
        if (pattern.empty() || (wanted != "*" && wanted != word)) return false;
        pattern.remove_prefix(std::min(end + 1, pattern.size()));
    }
    return pattern.empty();
}

const route* find_route(const std::vector<std::string>& path) {
    const auto* at =
        std::ranges::find_if(routes, [&](const route& it) { return fits(it.path, path); });
    return at == routes.end() ? nullptr : at;
}

// The first line of a message stands in the status line; the body repeats it since January 2025.
api_answer failed(const api_failure& why, const release& pve) {
    json_writer json;
    json.object().null("data");
    if (!why.bad_parameter.empty()) {
        json.object("errors")
            .put(why.bad_parameter,
                 "property is not defined in schema and the schema does not allow additional "
                 "properties")
            .end();
    }
    if (pve.is_at_least(8, 4)) json.put("message", why.message + "\n");
    return {
        .status = why.status, .reason = why.message, .body = json.end().text(), .delay = why.delay};
}

api_answer without_body(int status, std::string_view reason, milliseconds delay = milliseconds(0)) {
    return {.status = status, .reason = std::string(reason), .body = {}, .delay = delay};
}

/// "PVEAPIToken=USER@REALM!ID=UUID"; a blank does for the first "=".
std::optional<std::string> shown_token(std::string_view authorization) {
    constexpr std::string_view scheme = "PVEAPIToken";
    if (!authorization.starts_with(scheme) || authorization.size() <= scheme.size()) return {};
    const char separator = authorization[scheme.size()];
    if (separator != '=' && separator != ' ') return {};
    auto value = authorization.substr(scheme.size() + 1);
    return percent_decoded(value.substr(0, value.find(';')));
}

std::optional<api_answer> refused_token(const simulated_cluster& of, const api_request& request) {
    constexpr milliseconds delay{3'000};
    const auto shown = shown_token(request.authorization);
    if (shown == of.course.token) return {};
    const auto& pve = of.course.pve;
    if (pve.is_at_least(9, 1, 5)) return without_body(401, "Authentication failed!", delay);
    if (!shown) return without_body(401, "No ticket", delay);
    return without_body(401, "invalid token value!", delay);
}

api_failure missing(std::string_view path, std::string_view privileges) {
    return {.status = 403,
            .message = fmt::format("Permission check failed ({}, {})", path, privileges)};
}

/// A guest that is nowhere has its path, too.
bool may_on_guest(const api_view& view, std::string_view privilege) {
    std::uint32_t vmid = 0;
    const auto& text = view.asked.path[3];
    std::from_chars(text.data(), text.data() + text.size(), vmid);
    for (const auto& node : view.now.shown.nodes) {
        const auto at = std::ranges::find(node.guests, vmid, &guest::vmid);
        if (at != node.guests.end()) return may_see(view.now, *at, privilege);
    }
    return may(view.now, "/vms/" + text, privilege);
}

std::optional<api_failure> missing_right(const api_view& view, needs right) {
    const auto& path = view.asked.path;
    switch (right) {
        case needs::nothing:
            return {};
        case needs::sys_audit:
            if (may(view.now, "/", "Sys.Audit")) return {};
            return missing("/", "Sys.Audit");
        case needs::node_audit:
            if (may(view.now, "/nodes/" + path[1], "Sys.Audit")) return {};
            return missing("/nodes/" + path[1], "Sys.Audit");
        case needs::vm_audit:
            if (may_on_guest(view, "VM.Audit")) return {};
            return missing("/vms/" + path[3], "VM.Audit");
        case needs::guest_agent: {
            const bool is_new = view.pve().is_at_least(9);
            if (may_on_guest(view, is_new ? "VM.GuestAgent.Audit" : "VM.Monitor")) return {};
            return missing("/vms/" + path[3], is_new
                                                  ? "VM.GuestAgent.Audit|VM.GuestAgent.Unrestricted"
                                                  : "VM.Monitor");
        }
    }
    return {};
}

std::optional<api_failure> unknown_parameter(const api_view& view, const route& which) {
    for (const auto& [name, value] : view.asked.parameters) {
        if (!name.empty() && which.knows(name)) continue;
        return api_failure{.status = 400,
                           .message = "Parameter verification failed.",
                           .bad_parameter = name.empty() ? "?" : name};
    }
    return {};
}

api_answer found(const api_body& body, number_form numbers, milliseconds took) {
    json_writer json(numbers);
    json.object().raw(body.data, "data");
    if (body.total) json.put("total", *body.total);
    return {.body = json.end().text(), .delay = took};
}

/// What another node is asked for is fetched from it.
std::optional<api_answer> unreachable(const api_view& view) {
    constexpr milliseconds connect_wait{3'000};
    if (!view.node || view.now.sees(view.at, *view.node)) return {};
    return without_body(595, "No route to host", connect_wait);
}

class desk {
public:
    desk(const simulated_cluster& of, const api_request& request, std::int64_t second,
         std::size_t at_node)
        : of_(of),
          request_(request),
          now_(moment_of(of, second)),
          at_(at_node) {}

    api_answer answer();

private:
    api_answer routed(const api_target& asked);
    [[nodiscard]] bool strikes(const fault& it, std::string_view path) const;
    api_answer spoiled(api_answer answer, std::string_view path) const;
    [[nodiscard]] number_form numbers(std::string_view path) const;

    const simulated_cluster& of_;
    const api_request& request_;
    const moment now_;
    const std::size_t at_;
};

api_answer desk::answer() {
    // Nobody is there.
    if (!now_.nodes[at_].is_online()) return {.hangs_up = true};
    if (request_.method != "GET")
        return without_body(501, fmt::format("method '{}' not available", request_.method));
    if (request_.has_body) return without_body(501, "Unexpected content for method 'GET'");
    const auto asked = parse_api_target(request_.target);
    if (!asked) return without_body(501, "no such uri");
    if (auto refusal = refused_token(of_, request_)) return std::move(*refusal);
    return spoiled(routed(*asked), asked->text());
}

api_answer desk::routed(const api_target& asked) {
    const auto& pve = of_.course.pve;
    const auto path = asked.text();
    const auto* which = find_route(asked.path);
    if (which == nullptr) {
        return failed(
            {.status = 501, .message = fmt::format("Method 'GET /{}' not implemented", path)}, pve);
    }
    api_view view{.of = of_, .now = now_, .asked = asked, .at = at_, .numbers = numbers(path)};
    if (const auto why = missing_right(view, which->right)) return failed(*why, pve);
    if (const auto why = unknown_parameter(view, *which)) return failed(*why, pve);
    if (which->path.starts_with("nodes/")) {
        view.node = now_.find_node(asked.path[1]);
        if (!view.node) {
            return failed({.message = fmt::format("hostname lookup '{}' failed - failed to get "
                                                  "address info for: {}: Name or service not known",
                                                  asked.path[1], asked.path[1])},
                          pve);
        }
    }
    if (auto nobody = unreachable(view)) return std::move(*nobody);
    const auto result = which->answer(view);
    return result ? found(*result, view.numbers, which->takes) : failed(result.error(), pve);
}

bool desk::strikes(const fault& it, std::string_view path) const {
    const auto second = now_.second - of_.begin;
    if (second < it.from || second >= it.until) return false;
    if (!it.node.empty() && it.node != now_.shown.nodes[at_].name) return false;
    return path.starts_with(it.path);
}

number_form desk::numbers(std::string_view path) const {
    const bool as_strings = std::ranges::any_of(of_.course.faults, [&](const fault& it) {
        return it.kind == fault_kind::strings && strikes(it, path);
    });
    return as_strings ? number_form::string : number_form::plain;
}

// In the words that Proxmox has for them.
api_answer faulty(int status, const release& pve) {
    switch (status) {
        case 401:
            return without_body(401, "Authentication failed!", milliseconds(3'000));
        case 403:
            return failed(missing("/", "Sys.Audit"), pve);
        case 501:
            return failed({.status = 501, .message = "Method 'GET' not implemented"}, pve);
        case 595:
            return without_body(595, "Connection refused");
        case 596:
            return without_body(596, "Connection timed out");
        case 599:
            return without_body(599, "Too many redirections");
        default:
            if (status >= 597) return without_body(status, "Broken pipe");
            return failed({.status = status, .message = "got timeout"}, pve);
    }
}

void garble(std::string& body, std::int64_t second) {
    for (std::size_t i = 0; i < body.size(); i += 1 + mix(static_cast<key>(second), i) % 64)
        body[i] = static_cast<char>(mix(static_cast<key>(second) + 1, i) % 256);
}

api_answer desk::spoiled(api_answer answer, std::string_view path) const {
    for (const auto& it : of_.course.faults) {
        if (!strikes(it, path)) continue;
        switch (it.kind) {
            case fault_kind::status:
                answer = faulty(it.status, of_.course.pve);
                break;
            case fault_kind::slow:
                answer.delay += it.delay;
                break;
            case fault_kind::garbled:
                garble(answer.body, now_.second);
                break;
            case fault_kind::cut:
                answer.body.resize(answer.body.size() / 2);
                break;
            case fault_kind::hang_up:
                answer.hangs_up = true;
                break;
            case fault_kind::strings:
                break;  // it was written so
        }
    }
    return answer;
}

}  // namespace

api_answer answer_api(const simulated_cluster& of, const api_request& request, std::int64_t second,
                      std::size_t at_node) {
    return desk(of, request, second, at_node).answer();
}

}  // namespace relay::simulate
