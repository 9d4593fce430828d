// A row of the table of all that Proxmox pushes and the relay says itself: what a field is, in
// which unit, whether it counts or measures, and when it is missing. Types, names in Prometheus,
// metadata and docs/naming.md all follow from it.
#pragma once

#include "relay/schema/object.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace relay::schema {

enum class value_kind : std::uint8_t {
    number,
    text,      // any text: a label of an info series
    repeated,  // a text that a tag of the line says as well
    state,     // a text that is one of a few words: a state set
    word,      // a number that says what a thing is and not how much: a label of an info series too
    unused,    // a number that says nothing: always the same, or said better by another field
};

/// As it is on the wire.
enum class unit : std::uint8_t {
    none,  // counts: processors, operations, inodes
    bytes,
    seconds,
    timestamp,  // seconds since 1970-01-01 UTC
    ticks,      // of USER_HZ: 1/100 s
    nanoseconds,
    ratio,    // 0 to 1
    percent,  // 0 to 100
};

/// What a number in that unit is divided by to be in its base unit. An integer each, so that the
/// quotient is rounded once.
[[nodiscard]] constexpr double divisor_of(unit u) noexcept {
    switch (u) {
        case unit::ticks:
        case unit::percent:
            return 100;
        case unit::nanoseconds:
            return 1e9;
        default:
            return 1;
    }
}

enum class course : std::uint8_t { gauge, counter };

struct field_row {
    std::string_view field;
    value_kind kind = value_kind::number;
    schema::unit unit = unit::none;
    schema::course course = course::gauge;
    /// Of a number or a state: the middle of its metric's name. Of text and words: which info
    /// series they stand in, as the middle of its name.
    std::string_view what = {};
    /// Of a number: one more label, where several fields are one metric (`mode`). Of text and
    /// words: the label's name.
    std::string_view label = {};
    std::string_view label_value = {};
    std::span<const std::string_view> states = {};  // the words of a state that are known
    std::string_view help;         // a sentence; of text and words what their label is, as a phrase
    std::string_view absent = {};  // when the field is missing; empty: never

    [[nodiscard]] constexpr field_row with(std::string_view name,
                                           std::string_view value) const noexcept {
        auto copy = *this;
        copy.label = name;
        copy.label_value = value;
        return copy;
    }
};

[[nodiscard]] constexpr field_row gauge(std::string_view field, unit u, std::string_view what,
                                        std::string_view help,
                                        std::string_view absent = {}) noexcept {
    return {.field = field, .unit = u, .what = what, .help = help, .absent = absent};
}

[[nodiscard]] constexpr field_row counter(std::string_view field, unit u, std::string_view what,
                                          std::string_view help,
                                          std::string_view absent = {}) noexcept {
    return {.field = field,
            .unit = u,
            .course = course::counter,
            .what = what,
            .help = help,
            .absent = absent};
}

[[nodiscard]] constexpr field_row text(std::string_view field, std::string_view info,
                                       std::string_view label, std::string_view help,
                                       std::string_view absent = {}) noexcept {
    return {.field = field,
            .kind = value_kind::text,
            .what = info,
            .label = label,
            .help = help,
            .absent = absent};
}

[[nodiscard]] constexpr field_row word(std::string_view field, std::string_view info,
                                       std::string_view label, std::string_view help,
                                       std::string_view absent = {}) noexcept {
    auto row = text(field, info, label, help, absent);
    row.kind = value_kind::word;
    return row;
}

/// @param tag the label that its tag becomes
[[nodiscard]] constexpr field_row repeated(std::string_view field, std::string_view tag,
                                           std::string_view help,
                                           std::string_view absent = {}) noexcept {
    auto row = text(field, tag, tag, help, absent);
    row.kind = value_kind::repeated;
    return row;
}

[[nodiscard]] constexpr field_row state(std::string_view field, std::string_view what,
                                        std::span<const std::string_view> states,
                                        std::string_view help,
                                        std::string_view absent = {}) noexcept {
    return {.field = field,
            .kind = value_kind::state,
            .what = what,
            .label = "state",
            .states = states,
            .help = help,
            .absent = absent};
}

/// @param what the middle of its name where an operator asks for it all the same
[[nodiscard]] constexpr field_row unused(std::string_view field, unit u, std::string_view what,
                                         std::string_view help,
                                         std::string_view absent = {}) noexcept {
    auto row = gauge(field, u, what, help, absent);
    row.kind = value_kind::unused;
    return row;
}

[[nodiscard]] constexpr bool is_string(const field_row& row) noexcept {
    return row.kind == value_kind::text || row.kind == value_kind::repeated ||
           row.kind == value_kind::state;
}

/// The rows of one kind of line.
struct line_rows {
    schema::objects objects;
    std::string_view measurement;
    std::string_view prefix;    // the beginning of its metrics' names: "proxmox_ve_node"
    std::string_view only_tag;  // only lines that have that tag; empty: any line
    std::string_view labels;  // what its series are told apart by, beside the cluster: "node, vmid"
    std::span<const field_row> rows;
    std::string_view absent = {};  // when there is no such line
    /// Of the relay's own lines: which call of the Proxmox API says it, and how often.
    std::string_view source = {};
};

}  // namespace relay::schema
