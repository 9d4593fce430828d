#include "relay/cli/progress.hpp"

#include "relay/base/byte_size.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <unistd.h>
#include <utility>

namespace relay::cli {
namespace {

constexpr std::chrono::milliseconds interval{200};

}  // namespace

progress::progress(std::string what)
    : what_(std::move(what)),
      shown_(::isatty(STDERR_FILENO) == 1) {}

progress::~progress() {
    wipe();
}

void progress::at(std::uint64_t done, std::uint64_t total) {
    const auto now = std::chrono::steady_clock::now();
    if (!shown_ || now < next_) return;
    // What is over at once needs no bar.
    const bool first = next_ == std::chrono::steady_clock::time_point{};
    next_ = now + interval;
    if (first) return;
    const auto percent = total == 0 ? 100 : std::min<std::uint64_t>(100, done * 100 / total);
    fmt::print(stderr, "\r\033[K{}: {} %, {} of {}", what_, percent, to_string(byte_size{done}),
               to_string(byte_size{total}));
    std::fflush(stderr);
    on_line_ = true;
}

void progress::wipe() {
    if (!std::exchange(on_line_, false)) return;
    fmt::print(stderr, "\r\033[K");
    std::fflush(stderr);
}

}  // namespace relay::cli
