// Where a node that nobody configured is reached: at the address that /cluster/status tells, as the
// configured ones are. It is asked only where none of those answers, and proves itself as they do.
// Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace relay::topology {

/// @param like a configured URL, whose port it has
/// @returns nothing where the address is none, where the way is not TLS, because then no
/// certificate would tell who is there, or where a path shows that `like` is a proxy's
[[nodiscard]] std::optional<std::string> spare_url(std::string_view like, std::string_view address);

}  // namespace relay::topology
