#include "sinks/naming/sanitise.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace relay::sinks {

namespace {

constexpr bool is_digit(unsigned char c) noexcept {
    return c >= '0' && c <= '9';
}

constexpr bool is_label_character(unsigned char c) noexcept {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

using byte_map = std::array<char, 256>;

/// What each byte becomes: itself or an underscore. A copy through a table has no branch to miss.
constexpr byte_map make_map(bool colon_is_fine) noexcept {
    byte_map map{};
    for (unsigned c = 0; c < map.size(); ++c) {
        const auto byte = static_cast<unsigned char>(c);
        const bool fine = is_label_character(byte) || (colon_is_fine && c == ':');
        map[c] = fine ? static_cast<char>(byte) : '_';
    }
    return map;
}

constexpr byte_map metric_map = make_map(true);
constexpr byte_map label_map = make_map(false);

void append_mapped(std::string_view text, const byte_map& map, text_arena& arena) {
    char* to = arena.room(text.size());
    for (std::size_t i = 0; i < text.size(); ++i)
        to[i] = map[static_cast<unsigned char>(text[i])];
    arena.grow(text.size());
}

std::string_view sanitised(std::string_view text, const byte_map& map, text_arena& arena) {
    const auto begin = arena.size();
    if (text.empty() || is_digit(static_cast<unsigned char>(text.front()))) arena.append("_");
    append_mapped(text, map, arena);
    return arena.since(begin);
}

}  // namespace

std::string_view sanitised_metric(std::string_view text, text_arena& arena) {
    return sanitised(text, metric_map, arena);
}

void sanitise_metric_part(std::string_view text, text_arena& arena) {
    append_mapped(text, metric_map, arena);
}

std::string_view sanitised_label(std::string_view text, text_arena& arena) {
    return sanitised(text, label_map, arena);
}

bool is_label_name(std::string_view text) noexcept {
    return !text.empty() && !is_digit(static_cast<unsigned char>(text.front())) &&
           !text.starts_with(reserved_label_start) && std::ranges::all_of(text, [](char c) {
               return is_label_character(static_cast<unsigned char>(c));
           });
}

}  // namespace relay::sinks
