#include "sinks/naming/free_label.hpp"

#include "sinks/naming/sanitise.hpp"

#include <algorithm>

namespace relay::sinks {

namespace {

constexpr std::string_view taken_start = "field_";

}  // namespace

std::size_t free_label_bytes(std::size_t labels) noexcept {
    // A label in the way costs one prefix; so does a reserved name. And one before a digit.
    return taken_start.size() * (labels + 1) + 1;
}

std::string_view free_label(std::string_view name, std::span<const protocol::label> labels,
                            text_arena& arena) {
    const auto begin = arena.size();
    for (std::size_t prefixes = 0;; ++prefixes) {
        arena.rewind(begin);
        for (std::size_t i = 0; i < prefixes; ++i)
            arena.append(taken_start);
        static_cast<void>(sanitised_label(name, arena));
        const auto label = arena.since(begin);
        const auto is_same = [&](const protocol::label& l) { return l.name == label; };
        if (!label.starts_with(reserved_label_start) && std::ranges::none_of(labels, is_same)) {
            return label;
        }
    }
}

}  // namespace relay::sinks
