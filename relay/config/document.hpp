// A TOML file as a tree of plain values that know where they stand. This keeps the TOML library
// out of every other file: all that reads settings reads this tree.
#pragma once

#include "relay/base/expected.hpp"
#include "relay/config/problem.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace relay::config {

enum class value_kind : std::uint8_t { table, array, string, integer, real, boolean, date };

/// "a table", "a string" …: for error messages.
[[nodiscard]] std::string_view to_string(value_kind kind) noexcept;

struct entry;

/// One value. Only the member that `kind` names holds anything.
struct value {
    value_kind kind = value_kind::table;
    position where;
    std::string string;
    std::int64_t integer = 0;
    double real = 0;
    bool boolean = false;
    std::vector<value> items;    // of an array
    std::vector<entry> entries;  // of a table, in the order of the file

    /// The value of `key`, or null where this table has none.
    [[nodiscard]] const value* find(std::string_view key) const noexcept;
};

struct entry {
    std::string key;
    position where;  // of the key
    config::value value;
};

/// Bounds on what is read: far above any real configuration, low enough that a wrong file (a
/// device, a log) is refused in milliseconds. Tables and arrays nest at most so deep because the
/// TOML library reads them by recursion.
inline constexpr std::size_t document_bytes_max = 256 << 10;
inline constexpr int nesting_max = 32;

/// @returns the root table, or the first thing that is no TOML. The text itself is never quoted in
/// the error: a line of it may hold a secret.
[[nodiscard]] expected<value, problem> parse_document(const std::string& text);

}  // namespace relay::config
