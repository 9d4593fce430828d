// One bound for the memory of all bodies in flight, so that many large ones together cannot do
// what each alone may not. Any thread.
#pragma once

#include <atomic>
#include <cstddef>

namespace relay::listen {

class body_budget {
public:
    explicit body_budget(std::size_t bytes_max) noexcept : bytes_max_(bytes_max) {}

    /// One body's share. Given back when it ends.
    class share {
    public:
        explicit share(body_budget& of) noexcept : of_(of) {}
        share(const share&) = delete;
        share& operator=(const share&) = delete;
        ~share() { static_cast<void>(hold(0)); }

        /// From now on the body holds that many bytes.
        /// @returns false, and the share is as before, where all together would hold too many
        [[nodiscard]] bool hold(std::size_t bytes) noexcept {
            if (bytes <= held_) {
                of_.held_.fetch_sub(held_ - bytes, std::memory_order_relaxed);
            } else if (!of_.take(bytes - held_)) {
                return false;
            }
            held_ = bytes;
            return true;
        }

    private:
        body_budget& of_;
        std::size_t held_ = 0;
    };

    /// A new bound; what is held stays held.
    void set_bytes_max(std::size_t bytes) noexcept {
        bytes_max_.store(bytes, std::memory_order_relaxed);
    }

    [[nodiscard]] std::size_t held() const noexcept {
        return held_.load(std::memory_order_relaxed);
    }

private:
    bool take(std::size_t bytes) noexcept {
        const auto before = held_.fetch_add(bytes, std::memory_order_relaxed);
        if (before + bytes <= bytes_max_.load(std::memory_order_relaxed)) return true;
        held_.fetch_sub(bytes, std::memory_order_relaxed);
        return false;
    }

    std::atomic<std::size_t> bytes_max_;
    std::atomic<std::size_t> held_{0};
};

}  // namespace relay::listen
