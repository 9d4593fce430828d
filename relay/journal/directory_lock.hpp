// At most one relay writes a journal: flock(2) on a file in its directory. The kernel lets go of it
// with the process, however that ends.
#pragma once

#include "relay/base/expected.hpp"
#include "relay/base/unique_fd.hpp"

#include <filesystem>
#include <string>

namespace relay::journal {

/// @returns the lock, held until it is closed, or a sentence for the operator.
[[nodiscard]] expected<unique_fd, std::string> lock_directory(
    const std::filesystem::path& directory);

}  // namespace relay::journal
