// A text has one number in a message, and the first number is the empty text's.

#include "protocol/symbol_table.hpp"

#include <gtest/gtest.h>

#include <string>

namespace relay::protocol {
namespace {

TEST(symbol_table, begins_with_the_empty_text) {
    symbol_table symbols;
    EXPECT_EQ(symbols.number_of(""), 0u);
    EXPECT_EQ(symbols.fields(), std::string_view("\x22\0", 2));
}

TEST(symbol_table, a_text_stands_there_once) {
    symbol_table symbols;
    EXPECT_EQ(symbols.number_of("a"), 1u);
    EXPECT_EQ(symbols.number_of("b"), 2u);
    EXPECT_EQ(symbols.number_of("a"), 1u);
    EXPECT_EQ(symbols.fields(), std::string_view("\x22\0\x22\x01"
                                                 "a\x22\x01"
                                                 "b",
                                                 8));
}

TEST(symbol_table, a_new_message_knows_nothing_of_the_last) {
    symbol_table symbols;
    for (int message = 0; message < 3; ++message) {
        EXPECT_EQ(symbols.number_of("b" + std::to_string(message)), 1u);
        EXPECT_EQ(symbols.number_of("a"), 2u);
        symbols.clear();
        EXPECT_EQ(symbols.fields().size(), 2u);
    }
}

TEST(symbol_table, many_texts_keep_their_numbers_while_it_grows) {
    symbol_table symbols;
    for (int round = 0; round < 2; ++round) {
        for (std::uint32_t i = 0; i < 20'000; ++i)
            ASSERT_EQ(symbols.number_of("text " + std::to_string(i)), i + 1);
    }
}

}  // namespace
}  // namespace relay::protocol
