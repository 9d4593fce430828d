// What lines of one kind have in common behind their series key, as it stands in a record:
//
//     nics,host=pve5,instance=tap1i0 receive=17,transmit=4.5,type="virtual" 1755785270000000000
//                                   ^^^^^^^^^  ^^^^^^^^^^   ^^^^^^^^^^^^^^^^
// All else are numbers, but for those that a naming takes for words (naming.hpp): they are text. So
// a line whose like is known is read by comparing these texts and converting what stands between
// them; the grammar is asked only where one of them does not fit.
//
// The parser is the twin: what is read here is what it reads (fuzz_prometheus_sink).
#pragma once

#include "protocol/point.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace relay::sinks {

/// Immutable; any thread.
class line_pattern {
public:
    /// Of the field set of a line that the parser read. Where a key or a string could be spelt in
    /// several ways there is no pattern, and read() fits nothing.
    /// @param words indices of fields that are no strings, and whose text is the same all the same
    explicit line_pattern(std::span<const protocol::field> fields,
                          std::span<const std::uint32_t> words = {});

    /// Reads a field set from the space before it on.
    /// @param end up to where bytes are readable; near it nothing is read
    /// @param[out] values by field, those of numbers only, not of words; as good as none where
    /// nothing fits
    /// @returns behind the space that ends the field set; null where the text is not of this kind,
    ///          or may be, but is not spelt plainly
    [[nodiscard]] const char* read(const char* at, const char* end,
                                   std::span<double> values) const noexcept;

    [[nodiscard]] std::size_t bytes() const noexcept {
        return texts_.size() + parts_.size() * sizeof(part);
    }
    bool operator==(const line_pattern&) const = default;

private:
    /// A text of texts_, and which field's number stands behind it.
    struct part {
        std::uint32_t begin;
        std::uint32_t size;
        std::uint32_t field;
        bool operator==(const part&) const = default;
    };
    std::vector<part> parts_;  // the last one has no number behind it; none: there is no pattern
    std::string texts_;        // and a word of padding
};

}  // namespace relay::sinks
