// Whether text is UTF-8: InfluxDB 3 refuses a whole body for one byte that is not.
#pragma once

#include <string_view>

namespace relay::protocol {

/// Cheap where all is ASCII, as nearly every line is.
[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

}  // namespace relay::protocol
