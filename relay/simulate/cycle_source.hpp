// Hands out a node's cycles one after the other: made anew each time, or, where making load must
// cost next to nothing, a few made beforehand whose timestamps alone are written anew.
// One thread at a time.
#pragma once

#include "relay/simulate/transactions.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace relay::simulate {

class cycle_source {
public:
    /// @param prepared cycles to make now and to repeat for ever; 0: make every cycle when it is
    /// asked for. The node must outlive this.
    cycle_source(const node& from, unsigned prepared);

    /// The transactions of the cycle that begins at `seconds`; valid until the next call.
    [[nodiscard]] const std::vector<transaction>& at(std::int64_t seconds);

private:
    const node* from_;
    std::vector<transaction> fresh_;
    std::vector<std::vector<transaction>> cycles_;  // the prepared ones
    std::size_t next_ = 0;
};

/// Gives every line of `text` another second: each must end in a timestamp of 19 digits, of which
/// `seconds` becomes the first ten.
void stamp_lines(std::string& text, std::int64_t seconds);

}  // namespace relay::simulate
