#include "protocol/parse_error.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string_view>

namespace relay::protocol {
namespace {

// An operator who reads two refusals must be able to tell them apart.
TEST(parse_error, every_reason_has_a_sentence_of_its_own) {
    std::set<std::string_view> sentences;
    for (int code = 0; code <= static_cast<int>(parse_errc::too_long); ++code) {
        const auto sentence = to_string(static_cast<parse_errc>(code));
        EXPECT_NE(sentence, "unknown reason") << code;
        EXPECT_FALSE(sentence.ends_with('.')) << sentence;
        EXPECT_TRUE(sentences.insert(sentence).second) << sentence;
    }
}

}  // namespace
}  // namespace relay::protocol
