#include "relay/listen/body_receipt.hpp"

#include <utility>

namespace relay::listen {

using journal::durability;

void body_receipt::written() noexcept {
    state_.with([](state& s) { ++s.written; });
}

void body_receipt::settled(durability result) noexcept {
    // Woken under the mutex, so that forget() is a border: waking posts to a queue and does not
    // block.
    state_.with([result](state& s) {
        ++s.settled[static_cast<std::size_t>(result)];
        if (s.settled_in_all() < s.batches) return;
        if (const auto wake = std::exchange(s.wake, nullptr)) wake();
    });
}

bool body_receipt::expect(std::size_t batches, std::function<void()> wake) {
    return state_.with([&](state& s) {
        s.batches = batches;
        if (s.settled_in_all() >= batches) return true;
        s.wake = std::move(wake);
        return false;
    });
}

void body_receipt::forget() noexcept {
    state_.with([](state& s) { s.wake = nullptr; });
}

body_receipt::outcome body_receipt::now() const {
    return state_.with([](const state& s) {
        const auto of = [&s](durability d) { return s.settled[static_cast<std::size_t>(d)]; };
        if (of(durability::refused) > 0) return outcome::refused;
        const bool all_settled = s.settled_in_all() >= s.batches;
        // Not yet settled: written() is told of all but those that are held in memory alone.
        if (!all_settled && s.written + of(durability::memory) < s.batches) return outcome::unknown;
        if (of(durability::memory) > 0) return outcome::memory;
        return of(durability::disk) >= s.batches ? outcome::disk : outcome::kernel;
    });
}

}  // namespace relay::listen
