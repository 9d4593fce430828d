#include "relay/base/rfc3339.hpp"

#include <gtest/gtest.h>

#include <string>

namespace relay {
namespace {

TEST(rfc3339, what_is_written_is_read_back) {
    for (const std::int64_t ns :
         {std::int64_t{0}, std::int64_t{1}, std::int64_t{-1},
          std::int64_t{1'755'785'270'000'000'000}, std::int64_t{1'755'785'270'250'000'000},
          std::int64_t{1'755'785'270'000'250'000}, std::int64_t{1'755'785'270'123'456'789},
          std::int64_t{-9'000'000'000'000'000'000}}) {
        EXPECT_EQ(parse_rfc3339(rfc3339(ns)), ns) << rfc3339(ns);
    }
    EXPECT_EQ(rfc3339(1'755'785'270'250'000'000), "2025-08-21T14:07:50.250Z");
}

TEST(rfc3339, the_usual_spellings_are_one_moment) {
    const std::int64_t then = 1'755'785'270'000'000'000;
    for (const std::string text : {"2025-08-21T14:07:50Z", "2025-08-21 14:07:50Z",
                                   "2025-08-21T16:07:50+02:00", "2025-08-21T10:37:50.000-03:30"}) {
        EXPECT_EQ(parse_rfc3339(text), then) << text;
    }
    EXPECT_EQ(parse_rfc3339("1970-01-02"), 86'400'000'000'000);
}

TEST(rfc3339, what_is_no_moment_is_refused) {
    for (const std::string text :
         {"", "now", "2025", "2025-13-01", "2025-02-30", "2025-08-21T", "2025-08-21T14:07Z",
          "2025-08-21T14:07:50", "2025-08-21T24:07:50Z", "2025-08-21T14:07:50.Z",
          "2025-08-21T14:07:50.1234567890Z", "2025-08-21T14:07:50Zx", "2025-08-21T14:07:50+2:00",
          "1500-01-01", "9999-01-01", "2025-08-21x"}) {
        EXPECT_EQ(parse_rfc3339(text), std::nullopt) << text;
    }
}

}  // namespace
}  // namespace relay
