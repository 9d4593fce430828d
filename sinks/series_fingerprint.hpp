// 64 bits that stand for a series: the sum of what its labels and its name hash to. A sum, so that
// it does not matter which label came from where: {state="x"} as a tag and as part of a state set
// are the same series. Never stored, so it may change from version to version.
#pragma once

#include "protocol/remote_write.hpp"
#include "sinks/naming/naming.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cstdint>
#include <span>
#include <string_view>

namespace relay::sinks {

[[nodiscard]] inline std::uint64_t fingerprint(std::string_view text) noexcept {
    return XXH3_64bits(text.data(), text.size());
}

[[nodiscard]] inline std::uint64_t fingerprint(const protocol::label& label) noexcept {
    return XXH3_64bits_withSeed(label.value.data(), label.value.size(), fingerprint(label.name));
}

[[nodiscard]] inline std::uint64_t fingerprint(std::span<const protocol::label> labels) noexcept {
    std::uint64_t sum = 0;
    for (const auto& label : labels)
        sum += fingerprint(label);
    return sum;
}

/// Of what a sample adds to the labels of its line.
[[nodiscard]] inline std::uint64_t fingerprint(const named_sample& sample) noexcept {
    return fingerprint(sample.metric) + (sample.extra.name.empty() ? 0 : fingerprint(sample.extra));
}

}  // namespace relay::sinks
