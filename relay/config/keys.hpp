// Every key that the configuration may hold, section by section: what is not in this table is
// refused, and conf/pverelay.toml explains all that is.
#pragma once

#include <span>
#include <string_view>

namespace relay::config {

struct known_key {
    std::string_view name;
};

/// "journal", "sink", and "sink.auth" for a table within.
struct known_section {
    std::string_view name;
    std::span<const known_key> keys;
};

[[nodiscard]] std::span<const known_section> known_sections() noexcept;

/// @pre there is a section of that name.
[[nodiscard]] const known_section& section_keys(std::string_view name) noexcept;

}  // namespace relay::config
