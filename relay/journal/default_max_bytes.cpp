#include "relay/journal/journal.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>

namespace relay::journal {

byte_size default_max_bytes(const std::filesystem::path& directory) {
    std::error_code error;
    const auto space = std::filesystem::space(directory, error);
    const byte_size quarter{error ? 0 : space.available / 4};
    return std::max(1_GiB, std::min(10_GiB, quarter));
}

}  // namespace relay::journal
