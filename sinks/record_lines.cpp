#include "sinks/record_lines.hpp"

#include <cstdint>

namespace relay::sinks {

namespace {

/// What the journal holds was bounded when it came in, by the operator's limits of that day:
/// nothing of it is refused here for its size.
constexpr protocol::parse_limits no_limits{.line_bytes = SIZE_MAX,
                                           .name_bytes = SIZE_MAX,
                                           .string_bytes = SIZE_MAX,
                                           .tags = SIZE_MAX,
                                           .fields = SIZE_MAX};

}  // namespace

record_lines::record_lines() : parser_(no_limits) {}

void record_lines::open(std::string_view text, std::size_t offset) noexcept {
    rest_ = text.substr(offset);
    size_ = text.size();
    begin_ = offset;
    is_point_ = false;
}

bool record_lines::next() {
    using outcome = protocol::line_parser::outcome;
    begin_ = end();
    const auto result = parser_.next(rest_, protocol::input_end::yes);
    is_point_ = result == outcome::point;
    return is_point_ || result == outcome::failure;
}

protocol::point* record_lines::point() noexcept {
    return is_point_ ? &parser_.point() : nullptr;
}

}  // namespace relay::sinks
