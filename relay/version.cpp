#include "relay/version.hpp"

#include <fmt/format.h>

namespace relay {

std::string_view version() noexcept {
    return RELAY_VERSION;
}

std::string compiler() {
#ifdef __clang__
    return fmt::format("clang++ {}.{}.{}", __clang_major__, __clang_minor__, __clang_patchlevel__);
#else
    return fmt::format("g++ {}.{}.{}", __GNUC__, __GNUC_MINOR__, __GNUC_PATCHLEVEL__);
#endif
}

}  // namespace relay
