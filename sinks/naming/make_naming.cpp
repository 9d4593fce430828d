#include "sinks/naming/make_naming.hpp"

#include "sinks/naming/measurement_field.hpp"
#include "sinks/naming/pve_exporter.hpp"

#include <algorithm>

namespace relay::sinks {

std::unique_ptr<naming> make_naming(naming_kind kind, std::span<const naming_kind> all,
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

}  // namespace relay::sinks
