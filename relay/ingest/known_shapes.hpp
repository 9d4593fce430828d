// Reads lines whose like was parsed before, without the parser. Proxmox sends lines of some thirty
// shapes, thousands of each; where one of them comes, all that follows from its keys is known. Kept
// are those whose lines are never mended: the `system` lines have as many shapes as there are
// things that a guest may lack, and with them the values decide.
//
// Owned by an intake's refiner, used by its thread. Bounded: what was not needed for long makes
// room for what is.
#pragma once

#include "protocol/line_parser.hpp"
#include "protocol/point.hpp"
#include "relay/ingest/line_shape.hpp"
#include "relay/ingest/tag_plan.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace relay::ingest {

/// A shape, and what is known of all lines that have it and are of one kind of object.
struct known_shape {
    explicit known_shape(line_shape of) : shape(std::move(of)) {}

    line_shape shape;
    std::optional<std::size_t> object_tag;
    std::string object;       // its value
    tag_keys ours = nullptr;  // that the plan is made for
    tag_plan plan;
};

class known_shapes {
public:
    /// @param shapes_max rounded up to what a table of them holds; 0: every line is parsed
    known_shapes(const protocol::parse_limits& limits, std::size_t shapes_max);

    /// Reads the line at the front of `text`.
    /// @returns its bytes, its newline included; 0 where the parser must read it
    [[nodiscard]] std::size_t read(std::string_view text, std::int64_t unit_ns);

    // Of the line that was read. Views hold as long as its text.
    [[nodiscard]] known_shape& shape() noexcept { return *shape_; }
    /// Without fields: nobody asks for one of them.
    [[nodiscard]] protocol::point& point() noexcept { return point_; }
    /// Spelt as line_writer would spell it.
    [[nodiscard]] std::string_view fields() const noexcept { return fields_text_; }

    /// Remembers the shape of the line that the parser read last, if it is plain and there is room.
    /// @param text begins at the line and goes on behind it
    /// @pre no line of that shape and object has to be mended, whatever its values are
    void learn(std::string_view text, protocol::line_parser& parser,
               std::optional<std::size_t> object_tag);

private:
    // Lines that begin alike differ in what their objects have: a guest with an agent, a disk.
    static constexpr std::size_t ways = 4;
    struct slot {
        std::array<std::unique_ptr<known_shape>, ways> shapes;
        unsigned misses = 0;  // since a shape had to go
    };

    [[nodiscard]] slot* slot_of(std::string_view text) noexcept;
    [[nodiscard]] const char* read_shape(std::string_view text);
    [[nodiscard]] const char* read_as(const line_shape& shape, std::string_view text);
    [[nodiscard]] bool fits(const known_shape& one) const noexcept;
    [[nodiscard]] std::size_t read_time(std::string_view text, std::int64_t unit_ns);
    void make_point(const char* begin, const char* fields_end);

    const protocol::parse_limits limits_;
    std::vector<slot> slots_;
    unsigned shift_ = 64;

    known_shape* shape_ = nullptr;
    protocol::point point_;
    std::string_view fields_text_;
    std::vector<std::string_view> values_;
    std::vector<protocol::tag> tags_;

    // The time of the last line, as it was spelt, with its newline: most lines have the same.
    std::string time_text_;
    std::int64_t unit_ns_ = 0;
    std::int64_t time_ns_ = 0;
};

}  // namespace relay::ingest
