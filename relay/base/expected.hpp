// A value or the reason why there is none. std::expected arrives with C++23; tl::expected is the
// same interface for C++20, so the day we move this file is all that changes.
#pragma once

#include <tl/expected.hpp>

namespace relay {

using tl::expected;
using tl::unexpected;

}  // namespace relay
