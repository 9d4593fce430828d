// The texts of one message of remote write 2.0: each stands there once, and series refer to it by
// its number. Number 0 is the empty text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace relay::protocol {

/// An open hash table that is neither freed nor cleared: a place counts for one message. Not
/// thread-safe.
class symbol_table {
public:
    symbol_table() { clear(); }

    /// Forgets all but the empty text, keeps the memory.
    void clear();

    /// The number of the text, which gets one if it has none.
    [[nodiscard]] std::uint32_t number_of(std::string_view text);

    /// The message's fields `symbols`, serialised.
    [[nodiscard]] std::string_view fields() const noexcept { return fields_; }

private:
    struct place {
        std::uint64_t message = 0;  // that it counts for
        std::uint32_t hash = 0;
        std::uint32_t symbol = 0;
    };
    struct slice {
        std::size_t at;
        std::size_t size;
    };
    [[nodiscard]] std::string_view text_of(std::uint32_t symbol) const noexcept {
        return std::string_view(fields_).substr(symbols_[symbol].at, symbols_[symbol].size);
    }
    void append(std::string_view text);
    void grow();

    std::string fields_;
    std::vector<slice> symbols_;                            // in fields_
    std::vector<place> places_ = std::vector<place>(1024);  // at most half full
    std::uint64_t message_ = 0;
};

}  // namespace relay::protocol
