// Replacing a small file so that after a crash either the old or the new content stands there,
// whole. The order is LevelDB's (util/env_posix.cc): write a temporary beside it, sync the file,
// rename, sync the directory.
#pragma once

#include <filesystem>
#include <string_view>
#include <system_error>

namespace relay {

/// On success the content and its name are on disk. On failure the old file stands unchanged and
/// no temporary is left. Mode 0600. Blocks for two syncs.
[[nodiscard]] std::error_code replace_file(const std::filesystem::path& path,
                                           std::string_view content);

/// Makes the names in `directory` durable (fsync of the directory).
[[nodiscard]] std::error_code sync_directory(const std::filesystem::path& directory);

/// Writes all of `content` to `fd` at its position, through interruptions and short writes.
[[nodiscard]] std::error_code write_all(int fd, std::string_view content);

}  // namespace relay
