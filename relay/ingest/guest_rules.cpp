#include "relay/ingest/guest_rules.hpp"

#include <algorithm>
#include <charconv>

namespace relay::ingest {
namespace {

using topology::guest;

bool contains(const std::vector<std::string>& names, std::string_view name) noexcept {
    return std::ranges::find(names, name) != names.end();
}

bool is_within(std::string_view pool, std::string_view outer) noexcept {
    return pool.starts_with(outer) && (pool.size() == outer.size() || pool[outer.size()] == '/');
}

bool matches(const tenant_rule& rule, std::uint32_t vmid, const guest* guest) noexcept {
    const auto has_number = [&](const vmid_range& range) {
        return range.first <= vmid && vmid <= range.last;
    };
    if (std::ranges::any_of(rule.vmids, has_number)) return true;
    if (guest == nullptr) return false;
    const auto holds_it = [&](const auto& pool) { return is_within(guest->pool, pool); };
    const auto is_asked_for = [&](const auto& tag) { return contains(rule.tags, tag); };
    return std::ranges::any_of(rule.pools, holds_it) ||
           std::ranges::any_of(guest->tags, is_asked_for);
}

/// As Proxmox writes them in its own field `tags`.
std::string joined(const std::vector<std::string>& tags) {
    std::string out;
    for (const auto& tag : tags) {
        if (!out.empty()) out += ';';
        out += tag;
    }
    return out;
}

}  // namespace

std::string_view to_string(guest_property what) noexcept {
    switch (what) {
        case guest_property::pool:
            return "pool";
        case guest_property::tags:
            return "tags";
        case guest_property::is_template:
            return "template";
        case guest_property::ha_state:
            return "hastate";
        case guest_property::os_type:
            return "ostype";
        case guest_property::onboot:
            return "onboot";
    }
    return "";
}

std::string value_of(guest_property what, const guest& guest) {
    switch (what) {
        case guest_property::pool:
            return guest.pool;
        case guest_property::tags:
            return joined(guest.tags);
        case guest_property::is_template:
            return guest.is_template ? "1" : "";
        case guest_property::ha_state:
            return guest.ha_state;
        case guest_property::os_type:
            return guest.config ? guest.config->os_type : "";
        case guest_property::onboot:
            return guest.config && guest.config->starts_at_boot ? "1" : "";
    }
    return "";
}

bool is_field_too(guest_property what) noexcept {
    return what == guest_property::tags || what == guest_property::is_template;
}

std::optional<std::uint32_t> parse_vmid(std::string_view text) noexcept {
    constexpr std::size_t digits_max = 9;  // PVE::JSONSchema: 100 to 999,999,999
    std::uint32_t number = 0;
    const char* const end = text.data() + text.size();
    if (text.size() > digits_max) return {};
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc{} || stop != end) return {};
    return number;
}

std::optional<vmid_range> parse_vmid_range(std::string_view text) noexcept {
    const auto dash = text.find('-');
    const auto first = parse_vmid(text.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : parse_vmid(text.substr(dash + 1));
    if (!first || !last || *last < *first) return {};
    return vmid_range{*first, *last};
}

const tenant_rule* find_tenant(std::span<const tenant_rule> rules, std::string_view cluster,
                               std::uint32_t vmid, const guest* guest) noexcept {
    const auto at = std::ranges::find_if(rules, [&](const tenant_rule& rule) {
        return (rule.clusters.empty() || contains(rule.clusters, cluster)) &&
               matches(rule, vmid, guest);
    });
    return at == rules.end() ? nullptr : &*at;
}

}  // namespace relay::ingest
