// What the journal has said about the batches of one body so far, and who waits to hear it.
// Told by the journal's threads, asked by the session's.
#pragma once

#include "relay/base/locked.hpp"
#include "relay/journal/batch.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>

namespace relay::listen {

class body_receipt final : public journal::receipt {
public:
    void written() noexcept override;
    void settled(journal::durability result) noexcept override;

    /// The body is complete and has `batches`. `wake` is called when the last one is settled, on
    /// the journal's thread, unless forget() comes first.
    /// @returns true where all of them are settled already; then nobody is woken
    [[nodiscard]] bool expect(std::size_t batches, std::function<void()> wake);

    /// Nobody waits any more. When this returns, `wake` is not being called and never will be.
    void forget() noexcept;

    enum class outcome : std::uint8_t { disk, kernel, memory, refused, unknown };
    /// The weakest of what the batches survive. Once written, a batch that is not yet settled
    /// counts as `kernel`; while one is not even written, `unknown`.
    [[nodiscard]] outcome now() const;

private:
    struct state {
        std::size_t written = 0;
        std::size_t settled[4] = {};  // by durability
        std::size_t batches = SIZE_MAX;
        std::function<void()> wake;
        [[nodiscard]] std::size_t settled_in_all() const noexcept {
            return settled[0] + settled[1] + settled[2] + settled[3];
        }
    };
    locked<state> state_;
};

}  // namespace relay::listen
