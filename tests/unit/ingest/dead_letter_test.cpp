// Refused lines go to the dead letters with sender, lane, reason and place; nothing else does.
#include "tests/unit/ingest/intake_fixture.hpp"

namespace relay::ingest {
namespace {

class box final : public journal::dead_letter_box {
public:
    journal::letter_ticket put(journal::dead_letter one) override {
        letters.push_back(std::move(one));
        return letters.size();
    }
    [[nodiscard]] journal::letter_ticket durable_up_to() const noexcept override { return 0; }
    std::vector<journal::dead_letter> letters;
};

class dead_letter_test : public intake_test {
protected:
    dead_letter_test() {
        intake_ =
            std::make_unique<intake>(ingest_options{}, journal_, counters_, log_,
                                     refusal_outlet{.letters = &box_, .listener = "[::]:8186"});
    }
    box box_;
};

TEST_F(dead_letter_test, a_refused_line_is_kept_as_it_came) {
    const auto result = push("good v=1 1755785270000000000\nbad\xff\\ v= 5\r\n# x\n\nworse\n");
    EXPECT_EQ(result.rejected, 2u);
    ASSERT_EQ(box_.letters.size(), 2u);
    const auto& one = box_.letters[0];
    EXPECT_EQ(one.line, "bad\xff\\ v= 5");
    EXPECT_EQ(one.number, 2u);
    EXPECT_EQ(one.reason, "missing field value");
    EXPECT_EQ(one.listener, "[::]:8186");
    EXPECT_EQ(one.from, "192.0.2.1");
    EXPECT_EQ(one.lane, lab);
    EXPECT_EQ(one.sink, "");
    EXPECT_EQ(one.time_ns, unix_nanoseconds(noon.wall));
    EXPECT_EQ(box_.letters[1].line, "worse");
    EXPECT_EQ(box_.letters[1].number, 5u);
}

TEST_F(dead_letter_test, any_chunking_keeps_the_same_letters) {
    const std::string text = "a\nb v=1 1755785270000000000\nc\n\n\nd v= 1\ne";
    push(text);
    const auto whole = std::exchange(box_.letters, {});
    EXPECT_EQ(whole.size(), 4u);
    for (std::size_t chunk = 1; chunk < text.size(); ++chunk) {
        push(text, chunk);
        EXPECT_EQ(std::exchange(box_.letters, {}), whole) << chunk;
    }
}

TEST_F(dead_letter_test, a_time_too_far_ahead_is_kept_with_the_place_of_its_timestamp) {
    push("a v=1 1855785270000000000\n");
    ASSERT_EQ(box_.letters.size(), 1u);
    EXPECT_EQ(box_.letters[0].reason, "timestamp too far ahead");
    EXPECT_EQ(box_.letters[0].offset, 6u);
}

TEST_F(dead_letter_test, both_halves_of_a_line_that_fell_in_two_are_kept) {
    push("system,object=qemu,vmid=109 name=\"nl\",x=12\n,y=1 1755785270000000000\n");
    ASSERT_EQ(box_.letters.size(), 2u);
    EXPECT_TRUE(box_.letters[0].line.starts_with("system,cluster=lab,object=qemu"));
    EXPECT_EQ(box_.letters[1].line, ",y=1 1755785270000000000");
}

TEST_F(dead_letter_test, datagrams_are_kept_as_bodies_are) {
    intake_->datagram(lab, "bad\n", noon, "192.0.2.7");
    ASSERT_EQ(box_.letters.size(), 1u);
    EXPECT_EQ(box_.letters[0].from, "192.0.2.7");
    EXPECT_EQ(box_.letters[0].number, 1u);
}

}  // namespace
}  // namespace relay::ingest
