#include "protocol/delimiters.hpp"

#include "protocol/equal_texts.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace relay::protocol {
namespace {

/// Text rich in what is searched for, in a heap block of exactly its size.
std::string random_text(std::mt19937& engine, std::size_t size) {
    constexpr std::string_view bytes{"ab09,= \\\"\n\r\t\x7f\x00\x1f!\x80\xff", 19};
    std::string text(size, '\0');
    for (char& c : text)
        c = bytes[engine() % bytes.size()];
    return text;
}

std::vector<std::size_t> delimiters_of(std::string_view text) {
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (is_delimiter(text[i])) places.push_back(i);
    }
    return places;
}

TEST(delimiters, the_search_agrees_with_its_scalar_twin) {
    std::mt19937 engine(1);
    for (int round = 0; round < 200; ++round) {
        const auto text = random_text(engine, delimiter_block_bytes);
        const auto block = std::make_unique<char[]>(text.size());
        text.copy(block.get(), text.size());
        EXPECT_EQ(delimiter_bits(block.get()), scalar::delimiter_bits(block.get()));
    }
    for (int c = 0; c < 256; ++c) {
        const std::string text(delimiter_block_bytes, static_cast<char>(c));
        const auto all = is_delimiter(static_cast<char>(c)) ? ~std::uint64_t{0} : 0;
        EXPECT_EQ(delimiter_bits(text.data()), all) << c;
    }
}

TEST(delimiters, quotes_and_ascii_agree_with_their_scalar_twins) {
    std::mt19937 engine(2);
    for (std::size_t size = 0; size < 100; ++size) {
        auto text = random_text(engine, size);
        if (size % 3 != 0) std::erase_if(text, [](char c) { return c == '"' || c == '\\'; });
        const auto block = std::make_unique<char[]>(text.size());
        text.copy(block.get(), text.size());
        const char* end = block.get() + text.size();
        EXPECT_EQ(find_quote_or_backslash(block.get(), end),
                  scalar::find_quote_or_backslash(block.get(), end));
        EXPECT_EQ(is_ascii({block.get(), text.size()}),
                  scalar::is_ascii({block.get(), text.size()}));
    }
}

TEST(delimiters, plain_decimals_and_names_agree_with_their_scalar_twins) {
    std::mt19937 engine(4);
    for (int round = 0; round < 20'000; ++round) {
        const auto size = engine() % 40;
        const auto text_size = size == 0 ? 0 : engine() % size;
        std::string text(size, '\0');
        for (char& c : text)
            c = "0123456789012345678901234567890.-e/:"[engine() % 36];
        const auto block = std::make_unique<char[]>(size);
        text.copy(block.get(), size);
        const std::string_view number(block.get(), text_size);
        EXPECT_EQ(is_plain_decimal(number, block.get() + size), scalar::is_plain_decimal(number))
            << number;
        if (size > 0 && round % 2 == 0) block[engine() % size] = ',';
        EXPECT_EQ(has_delimiter({block.get(), size}), scalar::has_delimiter({block.get(), size}));
    }
    EXPECT_TRUE(scalar::is_plain_decimal("1.5"));
    for (const auto* text : {"", ".", "1.", ".5", "1.2.3", "-1", "1e5"}) {
        EXPECT_FALSE(scalar::is_plain_decimal(text)) << text;
    }
}

TEST(delimiters, plain_values_end_where_their_scalar_twins_say) {
    std::mt19937 engine(5);
    for (int round = 0; round < 20'000; ++round) {
        const auto size = engine() % 70;
        std::string text(size, '\0');
        for (char& c : text)
            c = "0123456789.0123456789,\"\\\n\x80 ab"[engine() % (round % 2 == 0 ? 22 : 29)];
        const auto block = std::make_unique<char[]>(size);
        text.copy(block.get(), size);
        const std::string_view rest(block.get(), size);
        EXPECT_EQ(plain_decimal_bytes(rest), scalar::plain_decimal_bytes(rest)) << rest;
        EXPECT_EQ(plain_name_bytes(rest), scalar::plain_name_bytes(rest)) << rest;
        EXPECT_EQ(plain_string_bytes(rest), scalar::plain_string_bytes(rest)) << rest;
    }
    EXPECT_EQ(plain_decimal_bytes("17.5,x=1"), 4U);
    EXPECT_EQ(plain_decimal_bytes("17.,x=1"), 0U);
    EXPECT_EQ(plain_name_bytes("web-1,x=1"), 5U);
    EXPECT_EQ(plain_string_bytes("a, b=\""), 5U);
}

TEST(equal_texts, are_compared_up_to_their_size) {
    const std::string a(96, 'x');
    for (std::size_t size = 0; size <= 64; ++size) {
        for (std::size_t at = 0; at < 70; ++at) {
            auto b = a;
            b[at] = 'y';
            EXPECT_EQ(are_equal_texts(a.data(), b.data(), size), at >= size) << size << ", " << at;
        }
    }
    EXPECT_EQ(equal_texts_window(0), 0U);
    EXPECT_EQ(equal_texts_window(32), 32U);
    EXPECT_EQ(equal_texts_window(33), 64U);
}

TEST(delimiters, a_cursor_gives_every_delimiter_once_and_then_the_end) {
    std::mt19937 engine(3);
    for (std::size_t size = 0; size < 300; ++size) {
        const auto text = random_text(engine, size);
        const auto block = std::make_unique<char[]>(size);
        text.copy(block.get(), size);
        delimiter_cursor cursor;
        cursor.seat(block.get(), block.get() + size);

        std::vector<std::size_t> places;
        for (const char* at = cursor.next(); at != block.get() + size; at = cursor.next()) {
            places.push_back(static_cast<std::size_t>(at - block.get()));
        }
        EXPECT_EQ(places, delimiters_of(text));
        EXPECT_EQ(cursor.next(), block.get() + size);
    }
}

TEST(delimiters, a_cursor_goes_on_wherever_it_is_sent) {
    const std::string text = std::string(10, ',') + std::string(200, 'x') + "=,";
    const char* const end = text.data() + text.size();
    for (std::size_t to = 1; to <= text.size(); ++to) {
        delimiter_cursor cursor;
        cursor.seat(text.data(), end);
        EXPECT_EQ(cursor.next(), text.data());

        cursor.skip_to(text.data() + to);

        const auto next = std::min(text.find_first_of(",=", to), text.size());
        EXPECT_EQ(cursor.next(), text.data() + next) << to;
    }
}

TEST(delimiters, a_backslash_keeps_a_quote_from_closing) {
    const auto closing = [](std::string_view text) {
        return find_closing_quote(text.data(), text.data() + text.size()) - text.data();
    };
    EXPECT_EQ(closing(R"(ab"c)"), 2);
    EXPECT_EQ(closing(R"(a\"b"c)"), 4);
    EXPECT_EQ(closing(R"(a\\"b"c)"), 3);
    EXPECT_EQ(closing(R"(ab)"), 2) << "the end";
    EXPECT_EQ(closing(R"(ab\)"), 3) << "the end";
}

}  // namespace
}  // namespace relay::protocol
