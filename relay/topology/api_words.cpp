#include "relay/topology/api_words.hpp"

#include "relay/base/log.hpp"
#include "relay/topology/plan.hpp"

#include <fmt/format.h>

namespace relay::topology {
namespace {

std::string_view user_of(std::string_view token_id) {
    return token_id.substr(0, token_id.find('!'));
}

bool is_about_agents(std::string_view right) {
    return right.find("GuestAgent") != std::string_view::npos ||
           right.find("VM.Monitor") != std::string_view::npos;
}

std::string monitor_commands(std::string_view token_id) {
    return fmt::format(
        "pveum role add RelayAgent -privs VM.Monitor; "
        "pveum acl modify /vms -user {} -role RelayAgent; "
        "pveum acl modify /vms -token '{}' -role RelayAgent",
        user_of(token_id), token_id);
}

}  // namespace

std::string words_of(const outcome& came) {
    if (came.status == 0) return printable(came.reason, 300);
    return fmt::format("{} {}", came.status, printable(came.reason, 300));
}

std::string remedy_of(std::string_view why) {
    const auto says = [why](std::string_view text) {
        return why.find(text) != std::string_view::npos;
    };
    if (says("not pinned")) {
        return "; compare it with `pvenode cert info` on that node: if it was renewed, set "
               "tls.fingerprint to it, or use tls.ca, which renewals do not change";
    }
    if (says("expired")) {
        return "; renew it on that node (`pvecm updatecerts --force` for Proxmox's own "
               "certificates), and see that tls.ca is the authority in use now";
    }
    if (says("SSL certificate problem") || says("certificate subject name") ||
        says("no alternative certificate")) {
        return "; set tls.ca to a copy of /etc/pve/pve-root-ca.pem of this cluster, or "
               "tls.fingerprint to what `pvenode cert info` shows";
    }
    return "";
}

std::string token_remedy(std::string_view token_id) {
    return fmt::format(
        "compare token_id and its secret with `pveum user token list {}`, and see "
        "that neither token nor user has expired or is disabled; it is tried again "
        "every few minutes",
        user_of(token_id));
}

std::string forbidden_remedy(std::string_view reason, std::string_view token_id) {
    if (reason.find("VM.Monitor") != std::string_view::npos) {
        return fmt::format(
            "before Proxmox VE 9 the guest agent needs VM.Monitor, which is more "
            "than reading: set guest_addresses = false, or give it with `{}`",
            monitor_commands(token_id));
    }
    return fmt::format("give it with `{}`; it is asked again within the hour",
                       auditor_commands(token_id));
}

std::string auditor_commands(std::string_view token_id) {
    return fmt::format(
        "pveum acl modify / -user {} -role PVEAuditor; "
        "pveum acl modify / -token '{}' -role PVEAuditor",
        user_of(token_id), token_id);
}

std::vector<rights_advice> advise(const rights& found, std::string_view token_id,
                                  std::string_view version) {
    if (found.none_at_all) {
        return {{.right = "none",
                 .text = fmt::format("the token {} is known but has no right at all: with "
                                     "privilege separation it has only what both the token and "
                                     "its user were given",
                                     token_id),
                 .commands = auditor_commands(token_id)}};
    }
    const bool is_old = version.starts_with("7.") || version.starts_with("8.");
    std::vector<rights_advice> all;
    for (const auto& right : found.missing) {
        if (is_about_agents(right) && is_old) {
            all.push_back({.right = right,
                           .text = "the addresses of virtual machines cannot be asked: before "
                                   "Proxmox VE 9 that needs VM.Monitor, which is more than "
                                   "reading; guest_addresses = false does without",
                           .commands = monitor_commands(token_id)});
            continue;
        }
        all.push_back({.right = right,
                       .text = fmt::format("the token {} lacks {} on /: what it would show is "
                                           "missing, often without an error",
                                           token_id, right),
                       .commands = auditor_commands(token_id)});
    }
    return all;
}

}  // namespace relay::topology
