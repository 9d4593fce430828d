#include "relay/base/log.hpp"

namespace relay {

std::string printable(std::string_view text, std::size_t bytes_max) {
    std::string out;
    const auto shown = text.substr(0, bytes_max);
    out.reserve(shown.size());
    for (const char c : shown) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x20 && byte < 0x7f) {
            out.push_back(c);
        } else {
            fmt::format_to(std::back_inserter(out), "\\x{:02x}", byte);
        }
    }
    if (shown.size() < text.size()) out += "…";
    return out;
}

}  // namespace relay
