#include "protocol/number.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <string>
#include <string_view>

namespace relay::protocol {
namespace {

double value_of(std::string_view text) {
    return to_double({field_kind::number, text});
}

TEST(number, every_spelling_of_a_float_is_taken) {
    for (const auto* text : {"0",
                             "7",
                             "-7",
                             "007",
                             "1.5",
                             "-0.0",
                             ".5",
                             "-.5",
                             "5.",
                             "1e5",
                             "1E5",
                             "1e+5",
                             "1e-5",
                             "1.e3",
                             ".1e3",
                             "1e-400",
                             "0e999999",
                             "1e0000000000000000000000005",
                             "1.7976931348623157e308",
                             "17976931348623157e292",
                             "0.0000000000000001e320"}) {
        EXPECT_EQ(number_fault(text), std::nullopt) << text;
    }
}

TEST(number, what_is_no_float_is_refused) {
    for (const auto* text :
         {"",    "-",      ".",        "-.",    "e",    "1e",     "1e+",   ".e1",   "1.2.3",
          "--1", "+1",     "1-",       "1e5.0", "0x1f", "0x1p-2", "1_000", "1,0",   "inf",
          "nan", "nan(1)", "Infinity", "1f",    "1d",   "1 ",     " 1",    "1e5e5", "٣"}) {
        EXPECT_EQ(number_fault(text), parse_errc::invalid_number) << text;
    }
}

TEST(number, what_would_round_to_infinity_is_out_of_range) {
    const std::string long_integer(310, '9');
    for (const std::string& text :
         {std::string("1e309"), std::string("-1e309"), std::string("1.8e308"),
          std::string("1.7976931348623159e308"), std::string("1e99999999999999999999"),
          std::string("0.1e310"), std::string("100e307"), long_integer}) {
        EXPECT_EQ(number_fault(text), parse_errc::number_out_of_range) << text;
    }
    EXPECT_EQ(number_fault(std::string(308, '9')), std::nullopt);
    EXPECT_EQ(number_fault("0." + std::string(400, '0') + "1e500"), std::nullopt);
}

TEST(number, integers_are_held_to_64_bits) {
    EXPECT_EQ(integer_fault("9223372036854775807"), std::nullopt);
    EXPECT_EQ(integer_fault("-9223372036854775808"), std::nullopt);
    EXPECT_EQ(integer_fault("0009223372036854775807"), std::nullopt);
    EXPECT_EQ(integer_fault("-0"), std::nullopt);
    EXPECT_EQ(integer_fault("9223372036854775808"), parse_errc::number_out_of_range);
    EXPECT_EQ(integer_fault("-9223372036854775809"), parse_errc::number_out_of_range);
    EXPECT_EQ(integer_fault("99999999999999999999"), parse_errc::number_out_of_range);
    EXPECT_EQ(unsigned_fault("18446744073709551615"), std::nullopt);
    EXPECT_EQ(unsigned_fault("18446744073709551616"), parse_errc::number_out_of_range);
    for (const auto* text : {"", "-", "1.0", "1e3", "+1", "0x1"}) {
        EXPECT_EQ(integer_fault(text), parse_errc::invalid_number) << text;
        EXPECT_EQ(unsigned_fault(text), parse_errc::invalid_number) << text;
    }
    EXPECT_EQ(unsigned_fault("-1"), parse_errc::invalid_number);
}

TEST(number, booleans_have_ten_spellings) {
    for (const auto* text : {"t", "T", "true", "True", "TRUE"}) {
        EXPECT_TRUE(is_boolean(text)) << text;
        EXPECT_EQ(to_double({field_kind::boolean, text}), 1.0);
    }
    for (const auto* text : {"f", "F", "false", "False", "FALSE"}) {
        EXPECT_TRUE(is_boolean(text)) << text;
        EXPECT_EQ(to_double({field_kind::boolean, text}), 0.0);
    }
    for (const auto* text : {"", "tr", "tRUE", "truee", "yes", "FalsE"}) {
        EXPECT_FALSE(is_boolean(text)) << text;
    }
}

// The short way and from_chars round as strtod does, to the last bit.
TEST(number, becomes_the_nearest_double) {
    for (const auto* text : {"0",
                             "-0",
                             "1",
                             "0.1",
                             "0.3",
                             "1755785270.12346",
                             "9007199254740992",
                             "9007199254740993",
                             "18446744073709551615",
                             "123456789012345678",
                             "0.000000000000000001",
                             "5e-324",
                             "2e-324",
                             "1e-400",
                             "-1e-400",
                             "1.7976931348623157e308",
                             ".5",
                             "5.",
                             "-.5",
                             "1.e3",
                             "1E5",
                             "6.25312656328164e-05",
                             "0.12345678901234567",
                             "33262806016"}) {
        const double expected = std::strtod(text, nullptr);
        EXPECT_EQ(std::bit_cast<std::uint64_t>(value_of(text)),
                  std::bit_cast<std::uint64_t>(expected))
            << text;
    }
    for (std::string digits = "9"; digits.size() < 25; digits += "1") {
        EXPECT_EQ(value_of(digits), std::strtod(digits.c_str(), nullptr)) << digits;
        for (const char c : {'.', 'e', '-', '+'}) {
            if (digits.size() < 3) continue;
            auto other = digits;
            other[other.size() / 2] = c;
            if (number_fault(other)) continue;
            EXPECT_EQ(value_of(other), std::strtod(other.c_str(), nullptr)) << other;
        }
    }
    EXPECT_EQ(value_of("+5"), 5.0);
    EXPECT_EQ(to_double({field_kind::integer, "-9223372036854775808"}), -0x1p63);
    EXPECT_EQ(to_double({field_kind::unsigned_integer, "18446744073709551615"}), 0x1p64);
}

TEST(number, is_written_without_rounding_as_every_store_reads_it) {
    const auto written = [](std::string_view text) {
        std::string out;
        append_number(out, text);
        return out;
    };
    EXPECT_EQ(written("0.10"), "0.10");
    EXPECT_EQ(written("18446744073709551616"), "18446744073709551616");
    EXPECT_EQ(written("+5"), "5");
    EXPECT_EQ(written("+.5"), "0.5");
    EXPECT_EQ(written(".5"), "0.5");
    EXPECT_EQ(written("-.5"), "-0.5");
    EXPECT_EQ(written("5."), "5.0");
    EXPECT_EQ(written("-5.e-3"), "-5.0e-3");
    EXPECT_EQ(written(".5e3"), "0.5e3");

    std::string out;
    append_integer(out, "-007");
    append_integer(out, "000");
    EXPECT_EQ(out, "-70");
}

}  // namespace
}  // namespace relay::protocol
