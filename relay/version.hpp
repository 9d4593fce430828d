// What this program is: its version and what it was built with and runs on. Constant.
#pragma once

#include <string>
#include <string_view>

namespace relay {

/// "0.1.0", the project's version in CMakeLists.txt.
[[nodiscard]] std::string_view version() noexcept;

/// "g++ 12.2.0".
[[nodiscard]] std::string compiler();

}  // namespace relay
