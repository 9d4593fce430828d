// docs/naming.md, made of the table and of what the namings say of themselves; and all metrics as
// an exposition, for promtool.
#pragma once

#include <string>

namespace relay::test_support {

[[nodiscard]] std::string naming_document();

/// One sample for each metric of the naming `proxmox`, with HELP and TYPE.
[[nodiscard]] std::string naming_exposition();

}  // namespace relay::test_support
