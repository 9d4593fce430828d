// A label as a message of remote write 1.0 holds it, read again: the namings serialise their labels
// once, and what needs them later finds them there.
#pragma once

#include "protocol/remote_write.hpp"

#include <protozero/varint.hpp>

#include <cstddef>
#include <string_view>
#include <utility>

namespace relay::protocol {

/// The label that begins at `at`, which this program wrote itself.
[[nodiscard]] inline std::string_view label_at(const char* at, const char* end) {
    const char* in = at + 1;  // behind the tag
    const auto message = static_cast<std::size_t>(protozero::decode_varint(&in, end));
    return {at, static_cast<std::size_t>(in - at) + message};
}

/// @param whole as label_at() has it
[[nodiscard]] inline label read_label(std::string_view whole) {
    const char* const end = whole.data() + whole.size();
    const char* in = whole.data() + 1;
    static_cast<void>(protozero::decode_varint(&in, end));
    const auto text = [&] {
        ++in;  // the tag
        const auto size = static_cast<std::size_t>(protozero::decode_varint(&in, end));
        return std::string_view(std::exchange(in, in + size), size);
    };
    const auto name = text();
    return {name, text()};
}

}  // namespace relay::protocol
