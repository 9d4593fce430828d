// A number that is accepted is worth what strtod says, to the last bit, and its written spelling is
// worth the same.
#include "protocol/number.hpp"
#include "relay/base/check.hpp"

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

using namespace relay::protocol;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    field_value value;
    const auto fault = read_bare_value(text, dialect::proxmox, value);
    if (fault == parse_errc::number_out_of_range && value.kind == field_kind::number &&
        text.back() != 'i' && text.back() != 'u') {
        RELAY_CHECK(std::isinf(std::strtod(text.c_str(), nullptr)));
    }
    if (fault || value.kind == field_kind::boolean) return 0;

    const std::string digits(value.text);
    char* end = nullptr;
    const double expected = std::strtod(digits.c_str(), &end);
    RELAY_CHECK(end == digits.c_str() + digits.size());
    RELAY_CHECK(std::isfinite(expected));
    RELAY_CHECK(std::bit_cast<std::uint64_t>(to_double(value)) ==
                std::bit_cast<std::uint64_t>(expected));

    std::string written;
    value.kind == field_kind::number ? append_number(written, value.text)
                                     : append_integer(written, value.text);
    RELAY_CHECK(to_double({value.kind, written}) == expected);
    return 0;
}
