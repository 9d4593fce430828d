// Memory for the names made while one line is read: reserved once per line, so that what points
// into it stays where it is; kept from line to line.
#pragma once

#include "relay/base/check.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace relay::sinks {

class text_arena {
public:
    /// Forgets everything and makes room for `bytes_max`.
    void begin(std::size_t bytes_max) {
        if (storage_.size() < bytes_max) storage_.resize(bytes_max);
        used_ = 0;
    }

    /// Room for at most `bytes`, of which grow() then says how many were used.
    [[nodiscard]] char* room(std::size_t bytes) noexcept {
        RELAY_ASSERT(used_ + bytes <= storage_.size());
        return storage_.data() + used_;
    }
    void grow(std::size_t bytes) noexcept { used_ += bytes; }

    void append(std::string_view text) noexcept { grow(text.copy(room(text.size()), text.size())); }

    /// Forgets what was written since the arena had that size.
    void rewind(std::size_t size) noexcept { used_ = size; }

    [[nodiscard]] std::size_t size() const noexcept { return used_; }
    /// Everything since the arena had that size.
    [[nodiscard]] std::string_view since(std::size_t size) const noexcept {
        return {storage_.data() + size, used_ - size};
    }

private:
    std::string storage_;  // as long as it has ever been
    std::size_t used_ = 0;
};

}  // namespace relay::sinks
