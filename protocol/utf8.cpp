#include "protocol/utf8.hpp"

#include "protocol/delimiters.hpp"

#include <simdjson.h>

namespace relay::protocol {

bool is_utf8(std::string_view text) noexcept {
    return is_ascii(text) || simdjson::validate_utf8(text.data(), text.size());
}

}  // namespace relay::protocol
