// Snappy's block format (not the framed one): the Content-Encoding of remote write.
#pragma once

#include <string>
#include <string_view>

namespace relay::protocol {

/// Owns the memory that it compresses into, and keeps it. Not thread-safe.
class snappy_block {
public:
    /// @pre `bytes` is shorter than 4 GiB, the format's bound.
    /// @returns the block; holds until the next call.
    [[nodiscard]] std::string_view compress(std::string_view bytes);

private:
    std::string buffer_;  // as long as it has ever been
};

}  // namespace relay::protocol
