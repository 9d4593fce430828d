#include "relay/journal/segment_file.hpp"

#include <fmt/format.h>

#include <charconv>
#include <string>
#include <string_view>

namespace relay::journal {
namespace {

constexpr std::size_t digits = 10;
constexpr std::string_view suffix = ".lp.gz";

}  // namespace

std::filesystem::path segment_name(std::uint64_t number) {
    return fmt::format("{:010}{}", number, suffix);
}

std::optional<std::uint64_t> segment_number(const std::filesystem::path& name) {
    const auto text = name.string();
    if (text.size() < digits + suffix.size() || !text.ends_with(suffix)) return std::nullopt;
    const auto* const end = text.data() + text.size() - suffix.size();
    std::uint64_t number = 0;
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc{} || stop != end || number == 0) return std::nullopt;
    return number;
}

std::filesystem::path damaged_name(std::uint64_t number, std::uint64_t offset) {
    return fmt::format("{}.damaged-{}", segment_name(number).string(), offset);
}

}  // namespace relay::journal
