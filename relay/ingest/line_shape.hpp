// What lines of one kind have in common as they come in: all but the values of their tags and
// fields.
//
//     nics,object=qemu,vmid=101,nodename=pve1,host=web netin=17,netout=4.5 1755785270000000000
//     ^^^^^^^^^^^^    ^^^^^^   ^^^^^^^^^^    ^^^^^^   ^^^^^^^  ^^^^^^^^   ^
// A line whose like was parsed before is read by comparing these texts and looking where the values
// between them end; what its grammar would find out about it, the one before has shown.
//
// The parser is the twin: what is read here is what it reads. Where a value is spelt in any way but
// the plainest, nothing is read, and the parser must.
#pragma once

#include "protocol/line_parser.hpp"
#include "protocol/point.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace relay::ingest {

/// Immutable; any thread.
class line_shape {
public:
    /// Of the line that the parser read last.
    /// @param text begins at the line
    /// @returns none where it is not spelt plainly, or has no tags
    [[nodiscard]] static std::optional<line_shape> of(std::string_view text,
                                                      protocol::line_parser& parser,
                                                      const protocol::parse_limits& limits);

    /// Reads a line up to its time.
    /// @param at where the line begins
    /// @param end up to where bytes are readable; near it nothing is read
    /// @param[out] values of tags, then of fields; as good as none where nothing fits
    /// @returns behind the space that ends the field set; null where the line has another shape, or
    ///          may have this one, but is not spelt plainly
    [[nodiscard]] const char* read(const char* at, const char* end,
                                   std::span<std::string_view> values) const noexcept;

    [[nodiscard]] std::size_t tags() const noexcept { return tags_; }
    [[nodiscard]] std::size_t values() const noexcept { return parts_.size() - 1; }
    [[nodiscard]] std::size_t measurement_bytes() const noexcept { return measurement_bytes_; }
    [[nodiscard]] std::size_t tag_key_bytes(std::size_t tag) const noexcept {
        return parts_[tag].key_bytes;
    }

private:
    /// What stands behind a text that all lines have.
    enum class value : std::uint8_t { tag, number, string, time };
    /// A text of texts_, and what stands behind it.
    struct part {
        std::uint32_t begin;
        std::uint32_t size;
        std::uint32_t key_bytes;  // of the key at its end
        value behind;
    };

    explicit line_shape(const protocol::parse_limits& limits) : limits_(limits) {}
    void end_part(value behind, std::size_t key_bytes);

    protocol::parse_limits limits_;
    std::vector<part> parts_;
    std::string texts_;  // and padding
    std::size_t measurement_bytes_ = 0;
    std::size_t tags_ = 0;
    std::size_t field_key_bytes_max_ = 0;
};

}  // namespace relay::ingest
