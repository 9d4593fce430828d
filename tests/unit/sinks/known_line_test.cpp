// A line whose like is known is read without the parser, and as the parser reads it.

#include "protocol/line_parser.hpp"
#include "protocol/line_writer.hpp"
#include "protocol/plain_decimal.hpp"
#include "sinks/known_line_reader.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <memory>
#include <string>
#include <vector>

namespace relay::sinks {
namespace {

constexpr std::string_view padding = "\n                                                        ";

class known_line_test : public testing::Test {
protected:
    /// From now on lines like this one are known.
    void know(std::string_view text, const std::vector<std::uint32_t>& words = {}) {
        auto& point = parse(text);
        known_.series_key = parser_.series_key();
        named_line named;
        named.words = words;
        known_.kind = std::make_shared<line_kind>(point.measurement, point.fields, named, labels_);
        words_ = words;
    }

    protocol::point& parse(std::string_view text) {
        EXPECT_EQ(parser_.next(text, protocol::input_end::yes),
                  protocol::line_parser::outcome::point);
        return parser_.point();
    }

    /// Bytes of the line that were read; of all that is read the parser must say the same.
    std::size_t read(std::string_view line) {
        const std::string text = std::string(line) + std::string(padding);
        const auto bytes = reader_.read(text, known_);
        if (bytes == 0) return 0;
        const auto& point = parse(text);
        EXPECT_EQ(bytes, line.size() + 1) << line;
        EXPECT_EQ(reader_.time_ns(), point.time_ns) << line;
        EXPECT_EQ(reader_.values().size(), point.fields.size()) << line;
        for (std::uint32_t i = 0; i < point.fields.size(); ++i) {
            const auto& value = point.fields[i].value;
            const bool is_word = std::ranges::find(words_, i) != words_.end();
            if (is_word || value.kind == protocol::field_kind::string) continue;
            EXPECT_EQ(std::bit_cast<std::uint64_t>(reader_.values()[i]),
                      std::bit_cast<std::uint64_t>(to_double(value)))
                << value.text;
        }
        return bytes;
    }

    protocol::line_parser parser_;
    label_pool labels_;
    known_line known_;
    std::vector<std::uint32_t> words_;
    known_line_reader reader_;
};

TEST_F(known_line_test, numbers_and_time_may_differ) {
    know("m,h=a f=1,s=\"x, y\",longer_key=2,t=\"\" 7");
    for (const auto* line : {"m,h=a f=1,s=\"x, y\",longer_key=2,t=\"\" 7",
                             "m,h=a f=0.25,s=\"x, y\",longer_key=123456789012345,t=\"\" 8",
                             "m,h=a f=9,s=\"x, y\",longer_key=3.14159,t=\"\" 1755785270000000000",
                             "m,h=a f=9,s=\"x, y\",longer_key=3.14159,t=\"\" -5",
                             "m,h=a f=t,s=\"x, y\",longer_key=-1.5e-05,t=\"\" 8",
                             "m,h=a f=.5,s=\"x, y\",longer_key=5.,t=\"\" 8",
                             "m,h=a f=5i,s=\"x, y\",longer_key=18446744073709551615u,t=\"\" 8"}) {
        EXPECT_NE(read(line), 0u) << line;
    }
}

TEST_F(known_line_test, what_is_not_alike_is_left_to_the_parser) {
    know("m,h=a f=1,s=\"x\",g=2 7");
    for (const auto* line :
         {"m,h=b f=1,s=\"x\",g=2 7", "m,h=a,i=b f=1,s=\"x\",g=2 7", "m,h=a f=1,s=\"y\",g=2 7",
          "m,h=a f=1,s=\"x\",h=2 7", "m,h=a f=1,s=\"x\" 7", "m,h=a f=1,s=\"x\",g=2,h=3 7",
          "m,h=a f=1,s=\"x\",g=\"2\" 7", "m,h=a f=1,s=\"x\",g=1e999 7", "m,h=a f=1,s=\"x\",g=nan 7",
          "m,h=a f=1,s=\"x\",g= 7", "m,h=a  f=1,s=\"x\",g=2 7", "m,h=a f=1,s=\"x\",g=2",
          "m,h=a f=1,s=\"x\",g=2 7 ", "m,h=a f=1,s=\"x\",g=2 7\r", "m,h=a f=1,s=\"x\",g=2  7",
          "m,h=a f=1,s=\"x\",g=2 99999999999999999999", "m,h=a f=1,s=\"x\",g=2 x"}) {
        EXPECT_EQ(read(line), 0u) << line;
    }
}

TEST_F(known_line_test, what_may_be_spelt_in_several_ways_has_no_pattern) {
    for (const auto* line :
         {R"(m f\ g=1 7)", R"(m s="a\"b" 7)", R"(m s="a\b" 7)", "m s=\"a\nb\" 7"}) {
        know(line);
        EXPECT_EQ(read(line), 0u) << line;
    }
}

TEST_F(known_line_test, a_word_is_text) {
    know("m,h=a f=1,w=0,g=2i,v=t 7", {1, 3});
    EXPECT_NE(read("m,h=a f=9,w=0,g=3i,v=t 8"), 0u);
    for (const auto* line : {"m,h=a f=9,w=1,g=3i,v=t 8", "m,h=a f=9,w=0.0,g=3i,v=t 8",
                             "m,h=a f=9,w=0i,g=3i,v=t 8", "m,h=a f=9,w=0,g=3i,v=true 8"}) {
        EXPECT_EQ(read(line), 0u) << line;
    }
}

TEST_F(known_line_test, a_line_near_the_end_of_its_text_is_left_to_the_parser) {
    know("m f=1 7");
    std::string text = "m f=1 7\n";
    EXPECT_EQ(reader_.read(text, known_), 0u);
    for (; !text.empty(); text.pop_back()) {
        const std::unique_ptr<char[]> exact(new char[text.size()]);
        text.copy(exact.get(), text.size());
        EXPECT_EQ(reader_.read({exact.get(), text.size()}, known_), 0u);
    }
}

TEST_F(known_line_test, every_length_of_number_is_worth_what_the_parser_says) {
    know("m f=1 7");
    const std::string digits = "90817263544536271809123456789";
    for (std::size_t whole = 1; whole <= 19; ++whole) {
        for (std::size_t fraction = 0; fraction <= 19; ++fraction) {
            for (const char* zeros : {"", "0", "000"}) {
                std::string number = digits.substr(0, whole);
                if (fraction > 0) number += "." + (zeros + digits).substr(0, fraction);
                EXPECT_NE(read("m f=" + number + " 7"), 0u) << number;
            }
        }
    }
}

}  // namespace
}  // namespace relay::sinks
