// A label as a message of remote write 1.0 holds it, read again: the namings serialise their labels
// once, and what needs them later finds them there.
#pragma once

#include "protocol/remote_write.hpp"

#include <protozero/varint.hpp>

#include <cstddef>
#include <string_view>

namespace relay::protocol {

/// @param at the tag of a label that this program wrote itself; moves behind the label
[[nodiscard]] inline label read_label(const char*& at, const char* end) {
    const auto text = [&](const char*& from) {
        ++from;  // the tag
        const auto size = static_cast<std::size_t>(protozero::decode_varint(&from, end));
        return std::string_view(from, size);
    };
    const char* in = at;
    const auto message = text(in);
    at = message.data() + message.size();
    const auto name = text(in);
    in = name.data() + name.size();
    return {name, text(in)};
}

}  // namespace relay::protocol
