// What is known of a cluster, on disk: a restart or an API that is down loses no name. One file per
// cluster, replaced whole and durably. Topology thread; blocks for a disk's two syncs.
//
//     pverelay-topology 1 <bytes of the JSON> <its FNV-1a, 16 hex digits>\n
//     {"data":{"cluster":"lab", …}}
//
// What is absent in a snapshot is absent in the file. A file that is damaged, of another version or
// of another cluster is not used: everything in it can be asked for again, but for when guests were
// last backed up, which Proxmox's task lists tell for some days back.
#pragma once

#include "relay/base/expected.hpp"
#include "relay/topology/snapshot.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>

namespace relay::topology {

/// The file's name, safe whatever the cluster's name is.
[[nodiscard]] std::filesystem::path snapshot_file_name(std::string_view cluster);

/// Null where there is no file; why a file is not used otherwise.
[[nodiscard]] expected<snapshot_ptr, std::string> load_snapshot(
    const std::filesystem::path& directory, std::string_view cluster);

/// On an error the old file stands. The directory must exist.
[[nodiscard]] std::error_code save_snapshot(const std::filesystem::path& directory,
                                            const snapshot& known);

/// The file's content, and back. Pure.
[[nodiscard]] std::string encode_snapshot(const snapshot& known);
[[nodiscard]] expected<snapshot, std::string> decode_snapshot(std::string_view content);

}  // namespace relay::topology
