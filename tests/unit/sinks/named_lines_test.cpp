// What is kept of lines changes nothing but the time that a request takes.

#include "sinks/named_lines.hpp"

#include "protocol/line_parser.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace relay::sinks {
namespace {

/// One sample per field, named as the field; counts how often it is asked.
class counted_naming final : public naming {
public:
    explicit counted_naming(int& asked) : asked_(asked) {}
    const named_line& name(const protocol::point& point, const journal::lane& lane) override {
        ++asked_;
        cluster_ = lane.cluster;
        line_.labels = {{"instance", cluster_}};
        line_.samples.clear();
        line_.words.clear();
        for (std::uint32_t i = 0; i < point.fields.size(); ++i) {
            const auto& [key, value] = point.fields[i];
            if (key == "word" || key == "worth") line_.words.push_back(i);
            if (value.kind == protocol::field_kind::string || key == "word") {
                line_.samples.push_back({i, key, {"text", value.text}, 1});
            } else {
                line_.samples.push_back({i, key, {}});
            }
        }
        return line_;
    }

private:
    int& asked_;
    std::string cluster_;
    named_line line_;
};

class named_lines_test : public testing::Test {
protected:
    explicit named_lines_test(byte_size bytes_max = 1_MiB)
        : lines_(std::make_unique<counted_naming>(asked_), bytes_max) {
        begin("lab", 0);
    }

    void begin(const std::string& cluster, std::int64_t appended_ns) {
        journal::record_header header;
        header.lane.cluster = cluster;
        header.appended_ns = appended_ns;
        header.sequence = ++sequence_;
        lines_.begin_request(header);
        lines_.begin_record(header.lane);
    }

    known_line& find(std::string_view text) {
        EXPECT_EQ(parser_.next(text, protocol::input_end::yes),
                  protocol::line_parser::outcome::point);
        auto& line = lines_.find(parser_.point(), parser_.series_key());
        EXPECT_EQ(line.series_key, parser_.series_key());
        EXPECT_TRUE(line.kind->is_of(parser_.point().fields));
        return line;
    }

    int asked_ = 0;
    journal::sequence sequence_ = 0;
    protocol::line_parser parser_;
    named_lines lines_;
};

TEST_F(named_lines_test, lines_that_differ_in_numbers_are_named_once) {
    const auto* first = &find("m,h=a f=1,b=t,s=\"x\" 1");
    EXPECT_EQ(&find("m,h=a f=2.5,b=false,s=\"x\" 2"), first);
    EXPECT_EQ(&find("m,h=a f=2i,b=f,s=\"x\" 2"), first);
    EXPECT_EQ(asked_, 1);
}

TEST_F(named_lines_test, a_number_that_is_a_word_names_its_line) {
    find("m,h=a f=1,word=1 1");
    find("m,h=a f=2,word=1 2");
    EXPECT_EQ(asked_, 1);
    const auto& other = find("m,h=a f=2,word=0 3");
    EXPECT_EQ(asked_, 2);
    EXPECT_EQ(other.kind->extras.size(), 1u);
    find("m,h=a f=3,word=0 4");
    EXPECT_EQ(asked_, 2);
}

TEST_F(named_lines_test, a_number_that_is_a_word_is_worth_the_same_on_every_line_of_its_kind) {
    const auto& line = find("m,h=a f=1,worth=7 1");
    EXPECT_EQ(line.kind->samples_of(0).front().value, std::nullopt);
    EXPECT_EQ(line.kind->samples_of(1).front().value, 7);
}

TEST_F(named_lines_test, another_key_field_or_string_is_named_anew) {
    const std::string lines[] = {"m,h=a f=1",      "m,h=b f=1",          "m f=1",
                                 "m,h=a g=1",      "m,h=a f=1,g=1",      "m,h=a f=\"x\"",
                                 "m,h=a f=\"xy\"", "m,h=a f=\"x\",y=1",  "m,h=a fx=\"\"",
                                 "m,h=a f=1",      "m,h=a longer_key=1", "m,h=a longer_kez=1"};
    int expected = 0;
    for (const auto& line : lines) {
        const auto& found = find(line);
        EXPECT_EQ(asked_, ++expected) << line;
        EXPECT_EQ(found.kind->samples.size(), parser_.point().fields.size());
    }
}

TEST_F(named_lines_test, lines_of_a_kind_share_it) {
    const auto kind = find("m,h=a f=1,s=\"x\"").kind;
    EXPECT_EQ(find("m,h=b f=2,s=\"x\"").kind, kind);
    EXPECT_NE(find("m,h=c f=2,s=\"y\"").kind, kind);
}

TEST_F(named_lines_test, kinds_share_the_labels_that_they_have_in_common) {
    const auto one = find("m,h=a f=1,word=1,s=\"x\"").kind;
    const auto other = find("m,h=b f=1,word=1,s=\"y\"").kind;
    ASSERT_NE(one, other);
    EXPECT_EQ(one->samples_of(0).front().metric, other->samples_of(0).front().metric);
    EXPECT_EQ(one->extras.front(), other->extras.front());
    EXPECT_NE(one->extras.back(), other->extras.back());  // of the string
    EXPECT_NE(one->samples_of(0).front().metric, one->samples_of(1).front().metric);
}

TEST_F(named_lines_test, lines_of_a_kind_that_holds_a_label_twice_are_named_once) {
    // As `status` and `qmpstatus` of a guest are both state="running".
    const auto* first = &find("m,h=a s=\"x\",t=\"x\" 1");
    const auto* second = &find("m,h=b s=\"x\",t=\"x\" 1");
    EXPECT_EQ(first->kind, second->kind);
    EXPECT_EQ(&find("m,h=a s=\"x\",t=\"x\" 2"), first);
    EXPECT_EQ(&find("m,h=b s=\"x\",t=\"x\" 2"), second);
    EXPECT_EQ(asked_, 2);
}

TEST_F(named_lines_test, a_lane_has_lines_of_its_own) {
    const auto labels_of = [&] {
        return std::string(find("m,h=a f=1").labels.block.behind_name());
    };
    const auto in_lab = labels_of();
    begin("other", 0);
    EXPECT_NE(labels_of(), in_lab);
    begin("lab", 0);
    EXPECT_EQ(labels_of(), in_lab);
    EXPECT_EQ(asked_, 2);
}

TEST_F(named_lines_test, lines_come_in_any_order) {
    // What came next the last time is tried first; it need not come.
    const std::string orders[] = {"abcd", "abcd", "adcb", "bbbb", "dcba", "abcd"};
    for (const auto& order : orders) {
        for (const char host : order)
            static_cast<void>(find("m,h=" + std::string(1, host) + " f=1"));
    }
    EXPECT_EQ(asked_, 4);
}

TEST_F(named_lines_test, what_was_not_met_for_an_hour_makes_room) {
    constexpr std::int64_t minute = 60'000'000'000;
    const auto meet = [&](const std::string& text) { find(text).life.seen = {sequence_, 0}; };
    begin("lab", 1000 * minute);
    meet("m,h=a f=1");
    meet("m,h=b f=1");
    begin("lab", 1060 * minute);
    meet("m,h=a f=1");
    EXPECT_EQ(asked_, 2);
    begin("lab", 1120 * minute);
    meet("m,h=a f=1");
    EXPECT_EQ(asked_, 2);
    meet("m,h=b f=1");
    EXPECT_EQ(asked_, 3);
    begin("lab", 10 * minute);  // a replay of older records
    meet("m,h=b f=1");
    EXPECT_EQ(asked_, 3);
}

class small_named_lines_test : public named_lines_test {
protected:
    small_named_lines_test() : named_lines_test(byte_size{4096}) {}
};

TEST_F(small_named_lines_test, what_finds_no_room_is_named_each_time) {
    for (int i = 0; i < 100; ++i)
        static_cast<void>(find("m,h=" + std::to_string(i) + " f=1"));
    EXPECT_EQ(asked_, 100);
    static_cast<void>(find("m,h=0 f=1"));
    EXPECT_EQ(asked_, 100) << "the first ones stay";
    static_cast<void>(find("m,h=99 f=1"));
    static_cast<void>(find("m,h=99 f=1"));
    EXPECT_EQ(asked_, 102);
    static_cast<void>(find("m,h=99 f=1,s=\"" + std::string(5000, 'x') + "\""));
    static_cast<void>(find("m,h=0 f=1,s=\"" + std::string(5000, 'x') + "\""));
    static_cast<void>(find("m,h=0 f=1"));
    EXPECT_EQ(asked_, 104) << "a kind that finds no room takes no line's place";
}

}  // namespace
}  // namespace relay::sinks
