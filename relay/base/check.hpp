// Assertions of our own invariants. They guard against our mistakes only: what the outside world
// does wrong is handled, never asserted.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace relay::detail {

[[noreturn]] inline void check_failed(const char* condition, const char* file, int line) noexcept {
    std::fprintf(stderr, "%s:%d: broken invariant: %s\n", file, line, condition);
    std::abort();
}

}  // namespace relay::detail

// Always on: a relay that goes on with a broken invariant would store wrong data.
#define RELAY_CHECK(condition)          \
    ((condition) ? static_cast<void>(0) \
                 : ::relay::detail::check_failed(#condition, __FILE__, __LINE__))

// For inner loops: on wherever the standard library's assertions do not cost too much.
#ifdef NDEBUG
#define RELAY_ASSERT(condition) static_cast<void>(0)
#else
#define RELAY_ASSERT(condition) RELAY_CHECK(condition)
#endif
