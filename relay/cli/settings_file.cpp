#include "relay/cli/settings_file.hpp"

#include "relay/config/load.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <utility>

namespace relay::cli {

std::optional<config::settings> read_settings(const std::filesystem::path& file) {
    auto loaded = config::load_file(file, config::load_secret);
    for (auto& warning : loaded.found.warnings) {
        warning.text.insert(0, "warning: ");
        fmt::print(stderr, "{}\n", to_string(file.string(), warning));
    }
    for (const auto& error : loaded.found.errors)
        fmt::print(stderr, "{}\n", to_string(file.string(), error));
    return std::move(loaded.settings);
}

std::optional<config::settings> read_settings_again(const std::filesystem::path& file, log& out) {
    auto loaded = config::load_file(file, config::load_secret);
    for (const auto& warning : loaded.found.warnings)
        out.warning("{}", to_string(file.string(), warning));
    for (const auto& error : loaded.found.errors)
        out.error("{}", to_string(file.string(), error));
    return std::move(loaded.settings);
}

}  // namespace relay::cli
