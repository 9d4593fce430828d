#include "protocol/snappy_block.hpp"

#include "relay/base/check.hpp"

#include <snappy.h>

#include <cstddef>
#include <cstdint>

namespace relay::protocol {

std::string_view snappy_block::compress(std::string_view bytes) {
    RELAY_CHECK(bytes.size() <= UINT32_MAX);
    // A string's resize() would clear a megabyte per request if the buffer were cut each time.
    const auto most = snappy::MaxCompressedLength(bytes.size());
    if (buffer_.size() < most) buffer_.resize(most);
    std::size_t size = 0;
    snappy::RawCompress(bytes.data(), bytes.size(), buffer_.data(), &size);
    return {buffer_.data(), size};
}

}  // namespace relay::protocol
