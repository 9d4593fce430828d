#include "relay/ops/discovery.hpp"

#include "relay/base/check.hpp"
#include "relay/base/log.hpp"
#include "relay/ops/page_parameters.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace relay::ops {
namespace {

namespace json = boost::json;
using topology::guest;
using topology::guest_address;
using topology::snapshot;

bool same_mac(std::string_view a, std::string_view b) noexcept {
    const auto upper = [](char c) { return c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c; };
    return std::ranges::equal(a, b, {}, upper, upper);
}

/// Whether the address is on a card that the guest's configuration names: others are bridges of
/// containers within the guest, or made up.
bool is_on_own_card(const guest& of, const guest_address& one) {
    const auto is_its = [&](const auto& card) { return same_mac(card.mac, one.mac); };
    return of.config && std::ranges::any_of(of.config->cards, is_its);
}

std::optional<ip_address> address_of(const guest& of, const std::vector<ip_network>& networks) {
    std::vector<ip_address> own;
    for (const auto& one : of.addresses) {
        const auto parsed = ip_address::parse(one.address);
        if (parsed && is_on_own_card(of, one)) own.push_back(*parsed);
    }
    for (const auto& network : networks) {
        const auto within = [&](const ip_address& one) { return network.contains(one); };
        if (const auto at = std::ranges::find_if(own, within); at != own.end()) return *at;
    }
    return {};
}

/// A guest of a node that cannot be asked is "unknown": dropped, it could not be missed.
bool may_be_running(const guest& one) noexcept {
    return one.status == "running" || one.status == "unknown";
}

bool passes(const guest& one, const sd_query& query) {
    const auto has = [&](const std::string& tag) {
        return std::ranges::find(one.tags, tag) != one.tags.end();
    };
    const auto is = [](const std::optional<std::string>& asked, std::string_view value) {
        return !asked || *asked == value;
    };
    return std::ranges::all_of(query.tags, has) && is(query.pool, one.pool) &&
           is(query.node, one.node) && is(query.type, to_string(one.id.kind));
}

/// "scsi" of "scsi0".
std::string disk_type(const guest& of) {
    if (!of.config) return {};
    const auto& key = of.config->boot_drive;
    return key.substr(0, key.find_last_not_of("0123456789") + 1);
}

/// A tag as a part of a label's name.
std::string in_label_name(std::string_view tag) {
    std::string out(tag);
    for (char& c : out) {
        const bool fits =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!fits) c = '_';
    }
    return out;
}

template <class Number>
std::string number_text(const std::optional<Number>& value) {
    return value ? fmt::format("{}", *value) : std::string();
}

std::string gibibytes(const std::optional<std::uint64_t>& bytes) {
    constexpr double per_gib = 1 << 30;
    return bytes ? fmt::format("{:g}", static_cast<double>(*bytes) / per_gib) : std::string();
}

/// The labels of a group; one without a value is left out, as Prometheus would.
class label_set {
public:
    void add(std::string_view name, std::string_view value) {
        if (!value.empty()) labels_[name] = value;
    }
    [[nodiscard]] json::object take() { return std::move(labels_); }

private:
    json::object labels_;
};

void add_meta(label_set& to, const std::string& cluster, const guest& one) {
    to.add("__meta_pve_cluster", cluster);
    to.add("__meta_pve_vmid", fmt::format("{}", one.id.vmid));
    to.add("__meta_pve_type", to_string(one.id.kind));
    to.add("__meta_pve_name", one.name);
    to.add("__meta_pve_node", one.node);
    to.add("__meta_pve_status", one.status);
    to.add("__meta_pve_pool", one.pool);
    to.add("__meta_pve_ha_state", one.ha_state);
    to.add("__meta_pve_lock", one.lock);
    to.add("__meta_pve_template", one.is_template ? "true" : "false");
    to.add("__meta_pve_vcpus", number_text(one.cpus));
    to.add("__meta_pve_memory_bytes", number_text(one.memory_bytes));
    to.add("__meta_pve_disk_bytes", number_text(one.disk_bytes));
    to.add("__meta_pve_disk_type", disk_type(one));
    if (one.config) {
        to.add("__meta_pve_os_type", one.config->os_type);
        to.add("__meta_pve_onboot", one.config->starts_at_boot ? "true" : "false");
    }
    if (one.tags.empty()) return;
    // A comma at either end, so that a regular expression finds a whole tag.
    to.add("__meta_pve_tags", fmt::format(",{},", fmt::join(one.tags, ",")));
    for (const auto& tag : one.tags)
        to.add("__meta_pve_tag_" + in_label_name(tag), "true");
}

void add_plain(label_set& to, sd_label which, const std::string& cluster, const guest& one) {
    switch (which) {
        case sd_label::vm_id:
            return to.add("vm_id", fmt::format("{}", one.id.vmid));
        case sd_label::vm_name:
            return to.add("vm_name", one.name);
        case sd_label::node:
            return to.add("node", one.node);
        case sd_label::vcpus:
            return to.add("vcpus", number_text(one.cpus));
        case sd_label::memory_gb:
            return to.add("memory_gb", gibibytes(one.memory_bytes));
        case sd_label::disk_type:
            return to.add("disk_type", disk_type(one));
        case sd_label::tags:
            return to.add("tags", fmt::format("{}", fmt::join(one.tags, ",")));
        case sd_label::pool:
            return to.add("pool", one.pool);
        case sd_label::cluster:
            return to.add("cluster", cluster);
    }
}

std::string target_of(const ip_address& address, std::uint16_t port) {
    return address.is_v4() ? fmt::format("{}:{}", to_string(address), port)
                           : fmt::format("[{}]:{}", to_string(address), port);
}

void add_groups(json::array& out, const snapshot& of, const std::vector<ip_network>& networks,
                const sd_options& options, const sd_query& query) {
    for (const auto& one : of.guests) {
        if (!may_be_running(one) || !passes(one, query)) continue;
        const auto address = address_of(one, networks);
        if (!address) continue;
        label_set labels;
        add_meta(labels, of.cluster, one);
        for (const auto which : options.labels)
            add_plain(labels, which, of.cluster, one);
        out.push_back({{"targets", {target_of(*address, query.port.value_or(options.port))}},
                       {"labels", labels.take()}});
    }
}

/// The configuration was read with them, so they parse.
std::vector<ip_network> parsed(const std::vector<std::string>& networks) {
    std::vector<ip_network> out;
    for (const auto& text : networks) {
        const auto network = ip_network::parse(text);
        RELAY_CHECK(network.has_value());
        out.push_back(*network);
    }
    return out;
}

bool is_asked_about(const sd_cluster& cluster, const sd_query& query) {
    return !query.cluster || *query.cluster == cluster.name;
}

/// @returns a sentence that says what is wrong.
std::optional<std::string> take(sd_query& into, std::string_view name, std::string value) {
    if (name == "tag") {
        into.tags.push_back(std::move(value));
    } else if (name == "cluster") {
        into.cluster = std::move(value);
    } else if (name == "pool") {
        into.pool = std::move(value);
    } else if (name == "node") {
        into.node = std::move(value);
    } else if (name == "type") {
        if (value != "qemu" && value != "lxc") return "type is qemu or lxc";
        into.type = std::move(value);
    } else if (name == "port") {
        std::uint16_t port = 0;
        const auto* const end = value.data() + value.size();
        const auto [at, failed] = std::from_chars(value.data(), end, port);
        if (failed != std::errc{} || at != end || port == 0)
            return "port is a number from 1 to 65535";
        into.port = port;
    } else {
        return fmt::format("no parameter \"{}\": there are tag, cluster, pool, node, type and port",
                           name);
    }
    return {};
}

/// Why a list without a target would be a mistake: Prometheus drops what a list does without.
/// Empty where what is known is enough to tell.
std::string ignorance(const sd_cluster& cluster) {
    if (!cluster.known || cluster.known->taken_s == 0) return "nothing is known of it yet";
    const auto& guests = cluster.known->guests;
    const auto& rights = cluster.known->rights;
    const bool may_see = rights && !rights->none_at_all &&
                         std::ranges::find(rights->missing, "VM.Audit") == rights->missing.end();
    if (guests.empty() && !may_see) return "its token may not see guests, as far as is known";
    const auto runs = [](const guest& one) { return one.status == "running"; };
    const auto has_told = [](const guest& one) { return !one.addresses.empty(); };
    if (std::ranges::any_of(guests, runs) && std::ranges::none_of(guests, has_told)) {
        return "none of its guests has told an address yet";
    }
    return {};
}

}  // namespace

expected<sd_query, std::string> parse_sd_query(std::string_view request_target) {
    sd_query query;
    auto wrong = for_each_parameter(request_target, [&](std::string_view name, std::string value) {
        return take(query, name, std::move(value));
    });
    if (wrong) return unexpected(std::move(*wrong));
    return query;
}

std::string target_groups(const std::vector<sd_cluster>& clusters, const sd_options& options,
                          const sd_query& query) {
    const auto networks = parsed(options.networks);
    json::array groups;
    for (const auto& cluster : clusters) {
        if (is_asked_about(cluster, query)) {
            add_groups(groups, *cluster.known, networks, options, query);
        }
    }
    return json::serialize(groups);
}

listen::reply sd_page(const std::vector<sd_cluster>& clusters, const sd_options& options,
                      std::string_view request_target) {
    using listen::api;
    if (options.networks.empty()) {
        return listen::refused(api::v2, 404,
                               "no service discovery: [sd] `networks` names no network that "
                               "guests' addresses may be in");
    }
    const auto query = parse_sd_query(request_target);
    if (!query) return listen::refused(api::v2, 400, query.error());
    bool any = false;
    for (const auto& cluster : clusters) {
        if (!is_asked_about(cluster, *query)) continue;
        any = true;
        const auto why = ignorance(cluster);
        if (why.empty()) continue;
        return listen::refused(api::v2, 503, fmt::format("cluster \"{}\": {}", cluster.name, why));
    }
    if (!any) {
        return listen::refused(api::v2, 404,
                               query->cluster ? fmt::format("no cluster \"{}\" whose API is asked",
                                                            printable(*query->cluster))
                                              : "no [[cluster]] has a [cluster.api] to ask");
    }
    return {.status = 200,
            .headers = {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}},
            .body = target_groups(clusters, options, *query)};
}

}  // namespace relay::ops
