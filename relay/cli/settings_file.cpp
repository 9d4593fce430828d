#include "relay/cli/settings_file.hpp"

#include "relay/config/load.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <utility>

namespace relay::cli {
namespace {

/// No text is judged as a certificate where none is.
expected<config::loaded_secret, std::string> source_of(const config::secret_source& source) {
    using kind = config::secret_source::kind;
    switch (source.from) {
        case kind::file:
            return config::loaded_secret{secret(source.name), {}};
        case kind::env:
            return config::loaded_secret{secret("$" + source.name), {}};
        case kind::credential:
            return config::loaded_secret{secret("credential " + source.name), {}};
        case kind::pem:
            break;
    }
    return config::loaded_secret{};
}

}  // namespace

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

std::optional<config::settings> read_settings_unread(const std::filesystem::path& file) {
    auto loaded = config::load_file(file, source_of);
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
