// A field's value as another type, where that says the same.
#pragma once

#include "protocol/field_value.hpp"

#include <optional>
#include <string>

namespace relay::sinks {

/// A value with text of its own.
struct coerced_value {
    protocol::field_kind kind;
    std::string text;
    [[nodiscard]] protocol::field_value value() const { return {.kind = kind, .text = text}; }
};

/// The value as that kind; nothing where something would be lost: a fraction, a word that is no
/// number, a number that is neither 0 nor 1.
[[nodiscard]] std::optional<coerced_value> coerced(const protocol::field_value& from,
                                                   protocol::field_kind to);

}  // namespace relay::sinks
