#include "relay/base/byte_size.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <utility>

namespace relay {
namespace {

constexpr std::array<std::pair<std::string_view, double>, 9> units{
    {{"", 1.0},
     {"B", 1.0},
     {"kB", 1e3},
     {"KiB", 1024.0},
     {"MB", 1e6},
     {"MiB", 1024.0 * 1024},
     {"GB", 1e9},
     {"GiB", 1024.0 * 1024 * 1024},
     {"TiB", 1024.0 * 1024 * 1024 * 1024}}};

}  // namespace

expected<byte_size, std::string> parse_byte_size(std::string_view text) {
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    auto unit = text.substr(static_cast<std::size_t>(end - text.data()));
    while (!unit.empty() && unit.front() == ' ')
        unit.remove_prefix(1);
    if (error == std::errc{} && number >= 0 && number < 1e18) {
        for (const auto& [name, factor] : units) {
            // 2^63 as a bound: a size beyond it is a typing mistake, and would not fit an off_t.
            if (unit == name && number * factor < 0x1p63) {
                return byte_size{static_cast<std::uint64_t>(number * factor)};
            }
        }
    }
    return unexpected(
        fmt::format("\"{}\" is no size: write a number and B, KiB, MiB, GiB or TiB, "
                    "as in \"64MiB\"",
                    text));
}

std::string to_string(byte_size size) {
    auto value = static_cast<double>(size.bytes);
    if (value < 1024) return fmt::format("{} B", size.bytes);
    constexpr std::array<std::string_view, 5> names{"KiB", "MiB", "GiB", "TiB", "PiB"};
    std::size_t i = 0;
    for (value /= 1024; value >= 1024 && i + 1 < names.size(); ++i)
        value /= 1024;
    return fmt::format("{:.1f} {}", value, names[i]);
}

}  // namespace relay
