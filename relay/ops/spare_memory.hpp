// Memory that was used once, is nobody's now and is resident all the same. glibc gives back what is
// free at the end of an arena, where after a flood of connections something small always stands: so
// the flood's memory would stay for good. Main looks every few seconds and has it given back
// (docs/decisions/0007).
#pragma once

#include <cstddef>
#include <optional>

namespace relay::ops {

/// When it is worth the while: pure. What is free for a moment will be wanted at the next, so it
/// has to be found free twice; and what giving back does not move, since something lies on each
/// page, is not tried again.
class spare_memory {
public:
    /// What 2,000 guests use and free in a round is less.
    static constexpr std::size_t worth_bytes = 8 << 20;

    /// @returns whether to give back now; then given_back() is to follow
    [[nodiscard]] bool look(std::size_t spare_bytes) noexcept;
    /// @param left what is spare all the same
    void given_back(std::size_t left) noexcept { stays_ = left; }

private:
    std::size_t stays_ = 0;
    bool was_much_ = false;
};

/// Resident, of the heap, and free; about. None where the system does not say.
[[nodiscard]] std::optional<std::size_t> spare_heap_bytes();

/// Looks, and gives back. Some milliseconds for 100 MB, in which other threads wait for the heap.
void give_back_if_worth(spare_memory& spare);

}  // namespace relay::ops
