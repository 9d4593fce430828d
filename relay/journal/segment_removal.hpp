// Unlinks a segment that left the catalog, with what recovery had set aside of it. Before that it
// reads the headers of what a sink still needed (one pass, no payload) and tells the operator what
// that costs whom, to the point.
#pragma once

#include "relay/base/log.hpp"
#include "relay/journal/catalog.hpp"
#include "relay/journal/disk.hpp"
#include "relay/journal/segment.hpp"

#include <filesystem>
#include <system_error>

namespace relay::journal {

/// @returns why the file is still there, as the log says: what it costs has been counted all the
/// same, and the next start finds it again.
std::error_code remove_segment(disk& from, catalog& records, const removal& taken, log& log);

/// The file and what was set aside of it, without a word on whom it costs: for a journal that no
/// relay runs on.
[[nodiscard]] std::error_code remove_segment_file(disk& from, const std::filesystem::path& segment);

}  // namespace relay::journal
