// Every dead letter of a journal that a command asked for, in order. Read-only, beside a running
// relay or without one.
#pragma once

#include "relay/journal/dead_letter.hpp"
#include "relay/journal/selection.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace relay::cli {

struct dead_letter_filter {
    journal::selection part;  // its span and lane; its span is of when they were refused
    std::string sink;         // empty: of all
};

/// @param take given each letter and its line of JSON
/// @returns bytes that could not be read
std::uint64_t walk_dead_letters(
    const std::filesystem::path& directory, const dead_letter_filter& filter,
    const std::function<void(const journal::dead_letter&, std::string_view json)>& take);

}  // namespace relay::cli
