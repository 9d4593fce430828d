// A value that several threads share, reachable only while its mutex is held.
#pragma once

#include <mutex>
#include <utility>

namespace relay {

template <class T>
class locked {
public:
    locked() = default;
    explicit locked(T value) : value_(std::move(value)) {}

    /// Runs `f(value)` under the mutex and returns what it returns. `f` must not make a system
    /// call that can block, and must not let a reference to the value escape.
    template <class F>
    decltype(auto) with(F&& f) {
        const std::lock_guard guard(mutex_);
        return std::forward<F>(f)(value_);
    }
    template <class F>
    decltype(auto) with(F&& f) const {
        const std::lock_guard guard(mutex_);
        return std::forward<F>(f)(value_);
    }

private:
    mutable std::mutex mutex_;
    T value_{};
};

}  // namespace relay
