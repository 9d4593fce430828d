// Of what a line speaks, as far as its end is concerned: the guest, storage or node that may go,
// the node that it is on, the name that it has. Hashed: it is compared and never shown.
#pragma once

#include "protocol/point.hpp"
#include "relay/journal/record.hpp"
#include "relay/schema/object.hpp"

#include <cstdint>
#include <string_view>

namespace relay::sinks {

struct line_subject {
    std::uint64_t thing = 0;  // in its cluster; 0: none that ends
    std::uint64_t cluster = 0;
    std::uint64_t node = 0;  // 0: of none
    std::uint64_t host = 0;  // the guest's name; 0: none, or not a guest
    /// What only one line says at a time: who else says it has taken its place. 0: nothing.
    std::uint64_t role = 0;
    schema::object object = schema::object::foreign;
};

[[nodiscard]] line_subject subject_of(const protocol::point& point, const journal::lane& lane);

/// The same numbers, of an event's tags.
[[nodiscard]] std::uint64_t cluster_hash(std::string_view cluster) noexcept;
[[nodiscard]] std::uint64_t guest_hash(std::uint64_t cluster, std::string_view vmid) noexcept;
[[nodiscard]] std::uint64_t storage_hash(std::uint64_t cluster, std::string_view name) noexcept;

}  // namespace relay::sinks
