// What is wrong with a configuration file, and where: a sentence for the operator with its place.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace relay::config {

/// Where something stands in the file. Lines and columns count from 1; 0: the file as a whole.
struct position {
    int line = 0;
    int column = 0;
    auto operator<=>(const position&) const = default;
};

struct problem {
    position where;
    std::string text;
};

/// All that was found while reading, so that one run of `check` shows every mistake.
struct problems {
    std::vector<problem> errors;    // the relay does not start
    std::vector<problem> warnings;  // it starts, and says so

    void error(position where, std::string text) { errors.push_back({where, std::move(text)}); }
    void warning(position where, std::string text) { warnings.push_back({where, std::move(text)}); }
};

/// "FILE:12:3: unknown key `adress`", as compilers and editors write it.
[[nodiscard]] std::string to_string(std::string_view file, const problem& what);

}  // namespace relay::config
