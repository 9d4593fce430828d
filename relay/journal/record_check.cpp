#include "relay/journal/record_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

namespace relay::journal {
namespace {

using outcome = protocol::line_parser::outcome;

std::string at_line(std::uint64_t number, std::string_view what) {
    return fmt::format("line {}: {}", number, what);
}

}  // namespace

std::optional<std::string> record_check::fault(const record& of) {
    const auto& header = of.header;
    if (of.text.size() != header.text_bytes) {
        return fmt::format("{} bytes of text where the header says {}", of.text.size(),
                           header.text_bytes);
    }
    std::uint64_t lines = 0;
    for (std::string_view rest = of.text; !rest.empty();) {
        switch (parser_.next(rest, protocol::input_end::yes)) {
            case outcome::point:
                ++lines;
                break;
            case outcome::failure:
                return at_line(lines + 1, fmt::format("byte {}: {}", parser_.error().offset,
                                                      to_string(parser_.error().code)));
            case outcome::need_more:
            case outcome::end:
                return at_line(lines + 1, "no point");
        }
        const auto time = parser_.point().time_ns;
        if (!time) return at_line(lines, "no timestamp");
        if (*time < header.oldest_ns || *time > header.newest_ns) {
            return at_line(lines, "its time is not between the header's oldest and newest");
        }
    }
    if (lines == header.points) return {};
    return fmt::format("{} lines where the header says {}", lines, header.points);
}

}  // namespace relay::journal
