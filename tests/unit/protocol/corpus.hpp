// A corpus of line protocol from other parsers' test suites, one JSON object a line. Its fields:
// input (or input_b64, input_gz_b64), precision, advice, expect and points_differ (what some parser
// or other reads). It is not part of this repository: a path is given from outside.
#pragma once

#include "line_reading.hpp"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace relay::protocol::testing {

/// The objects of the file that the environment variable names. Without one nothing, and a note on
/// stdout that cannot be overlooked.
std::vector<nlohmann::json> read_corpus(const char* variable);

/// The body of a decode case.
std::string body_of(const nlohmann::json& decode_case);

precision precision_of(const nlohmann::json& any_case);

/// Whether the point is the one the corpus describes: tags in any order, floats by value, integers
/// whatever their leading zeros.
bool agrees(const owned_point& read, const nlohmann::json& described);

/// Whether all points agree, in order.
bool all_agree(const std::vector<owned_point>& read, const nlohmann::json& described);

/// Whether some reading that the corpus records for the case has such a point.
bool is_read_by_someone(const owned_point& read, const nlohmann::json& decode_case);

}  // namespace relay::protocol::testing
