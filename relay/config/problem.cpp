#include "relay/config/problem.hpp"

#include <fmt/format.h>

namespace relay::config {

std::string to_string(std::string_view file, const problem& what) {
    if (what.where.line == 0) return fmt::format("{}: {}", file, what.text);
    return fmt::format("{}:{}:{}: {}", file, what.where.line, what.where.column, what.text);
}

}  // namespace relay::config
