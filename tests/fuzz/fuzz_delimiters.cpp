// Every search by SSE2 finds what its scalar twin finds.
#include "protocol/delimiters.hpp"
#include "relay/base/check.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

using namespace relay::protocol;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const char* const begin = text.data();
    const char* const end = begin + size;

    delimiter_cursor cursor;
    cursor.seat(begin, end);
    for (const char* at = begin; at != end; ++at) {
        if (is_delimiter(*at)) RELAY_CHECK(cursor.next() == at);
    }
    RELAY_CHECK(cursor.next() == end);

    for (std::size_t from = 0; from < size; from += 7) {
        const auto rest = text.substr(from);
        RELAY_CHECK(is_ascii(rest) == scalar::is_ascii(rest));
        RELAY_CHECK(has_delimiter(rest) == scalar::has_delimiter(rest));
        RELAY_CHECK(find_quote_or_backslash(rest.data(), end) ==
                    scalar::find_quote_or_backslash(rest.data(), end));
        RELAY_CHECK(plain_decimal_bytes(rest) == scalar::plain_decimal_bytes(rest));
        RELAY_CHECK(plain_name_bytes(rest) == scalar::plain_name_bytes(rest));
        RELAY_CHECK(plain_string_bytes(rest) == scalar::plain_string_bytes(rest));
        for (const std::size_t bytes : {1, 2, 9, 16, 17}) {
            const auto number = rest.substr(0, bytes);
            RELAY_CHECK(is_plain_decimal(number, end) == scalar::is_plain_decimal(number));
        }
        if (rest.size() < delimiter_block_bytes) continue;
        RELAY_CHECK(delimiter_bits(rest.data()) == scalar::delimiter_bits(rest.data()));
    }
    return 0;
}
