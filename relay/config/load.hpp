// From a file to settings: everything that can be known to be wrong without asking the outside is
// refused here, with its place. Called by main before anything runs.
#pragma once

#include "relay/base/expected.hpp"
#include "relay/config/problem.hpp"
#include "relay/config/secret_source.hpp"
#include "relay/config/settings.hpp"

#include <filesystem>
#include <optional>
#include <string>

namespace relay::config {

struct loaded {
    /// Nothing where there was an error.
    std::optional<config::settings> settings;
    problems found;
};

/// @param text the file's content, at most document_bytes_max
[[nodiscard]] loaded load_text(const std::string& text, const secret_loader& secrets);

/// At most one byte more than document_bytes_max of it.
[[nodiscard]] expected<std::string, problem> read_file(const std::filesystem::path& path);

/// @returns also an error where the file cannot be read.
[[nodiscard]] loaded load_file(const std::filesystem::path& file, const secret_loader& secrets);

}  // namespace relay::config
