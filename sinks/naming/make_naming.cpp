#include "sinks/naming/make_naming.hpp"

#include "sinks/naming/measurement_field.hpp"
#include "sinks/naming/proxmox_names.hpp"
#include "sinks/naming/pve_exporter.hpp"
#include "sinks/naming/pve_exporter_names.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace relay::sinks {

std::string_view to_string(naming_kind kind) noexcept {
    switch (kind) {
        case naming_kind::proxmox:
            return "proxmox";
        case naming_kind::pve_exporter:
            return "pve-exporter";
        case naming_kind::measurement_field:
            break;
    }
    return "measurement_field";
}

std::optional<naming_kind> naming_of(std::string_view name) noexcept {
    for (const auto kind :
         {naming_kind::measurement_field, naming_kind::proxmox, naming_kind::pve_exporter}) {
        if (to_string(kind) == name) return kind;
    }
    return {};
}

namespace {

std::unique_ptr<naming> make_plain(naming_kind kind, std::span<const naming_kind> all,
                                   const external_labels& constant,
                                   proxmox_naming_options proxmox) {
    switch (kind) {
        case naming_kind::proxmox:
            // Lines of others have one name for both.
            proxmox.foreign_lines =
                std::ranges::find(all, naming_kind::measurement_field) == all.end();
            return std::make_unique<proxmox_naming>(constant, proxmox);
        case naming_kind::pve_exporter:
            return std::make_unique<pve_exporter>(constant);
        case naming_kind::measurement_field:
            break;
    }
    return std::make_unique<measurement_field>(constant);
}

}  // namespace

std::unique_ptr<naming> make_naming(naming_kind kind, std::span<const naming_kind> all,
                                    const external_labels& constant,
                                    const proxmox_naming_options& proxmox,
                                    const series_rules& rules) {
    std::vector<std::string> kept;
    for (const auto& [name, value] : constant)
        kept.push_back(name);
    return with_rules(make_plain(kind, all, constant, proxmox), rules, kept);
}

const metric_families& families_of(naming_kind kind) {
    static const metric_families none;
    switch (kind) {
        case naming_kind::proxmox:
            return proxmox_families();
        case naming_kind::pve_exporter:
            return pve_exporter_families();
        case naming_kind::measurement_field:
            break;
    }
    return none;
}

}  // namespace relay::sinks
