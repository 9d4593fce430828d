#include "relay/http/fingerprint.hpp"

#include <gtest/gtest.h>

#include <string>

namespace relay::http {
namespace {

const std::string printed =
    "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:"
    "0F";

TEST(fingerprint, is_read_as_it_is_printed) {
    EXPECT_EQ(to_string(parse_fingerprint(printed).value()), printed);
}

TEST(fingerprint, is_read_in_lower_case_and_without_colons) {
    std::string bare;
    for (const char c : printed) {
        if (c != ':') bare += static_cast<char>(std::tolower(c));
    }
    EXPECT_EQ(parse_fingerprint(bare), parse_fingerprint(printed));
}

TEST(fingerprint, what_is_no_sha256_is_refused) {
    auto wrong_colon = printed;
    wrong_colon[2] = '-';
    for (const auto& text : {std::string(), std::string("AA:BB"), printed + "0", printed.substr(1),
                             wrong_colon, std::string(64, 'g')}) {
        EXPECT_FALSE(parse_fingerprint(text)) << text;
    }
}

}  // namespace
}  // namespace relay::http
