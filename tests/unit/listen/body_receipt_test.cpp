#include "relay/listen/body_receipt.hpp"

#include <gtest/gtest.h>

namespace relay::listen {
namespace {

using journal::durability;
using outcome = body_receipt::outcome;

TEST(body_receipt, wakes_when_the_last_batch_is_settled_and_only_then) {
    body_receipt receipt;
    int woken = 0;
    receipt.written();
    receipt.settled(durability::disk);  // before the body's end is known

    EXPECT_FALSE(receipt.expect(2, [&] { ++woken; }));
    receipt.written();
    EXPECT_EQ(woken, 0);
    receipt.settled(durability::disk);

    EXPECT_EQ(woken, 1);
    EXPECT_EQ(receipt.now(), outcome::disk);
}

TEST(body_receipt, nobody_is_woken_where_all_is_settled) {
    body_receipt receipt;
    receipt.written();
    receipt.settled(durability::disk);

    EXPECT_TRUE(receipt.expect(1, [] { FAIL(); }));
}

TEST(body_receipt, nobody_is_woken_who_has_gone) {
    body_receipt receipt;
    EXPECT_FALSE(receipt.expect(1, [] { FAIL(); }));

    receipt.forget();
    receipt.written();
    receipt.settled(durability::disk);
}

TEST(body_receipt, weakest_batch_speaks_for_the_body) {
    const auto after = [](std::initializer_list<durability> results) {
        body_receipt receipt;
        std::ignore = receipt.expect(results.size(), nullptr);
        for (const auto result : results) {
            if (result == durability::disk || result == durability::kernel) receipt.written();
            receipt.settled(result);
        }
        return receipt.now();
    };

    EXPECT_EQ(after({durability::disk, durability::disk}), outcome::disk);
    EXPECT_EQ(after({durability::disk, durability::kernel}), outcome::kernel);
    EXPECT_EQ(after({durability::kernel, durability::memory}), outcome::memory);
    EXPECT_EQ(after({durability::memory, durability::refused}), outcome::refused);
}

TEST(body_receipt, before_the_last_word_written_is_kernel_and_nothing_is_unknown) {
    body_receipt receipt;
    std::ignore = receipt.expect(2, nullptr);
    EXPECT_EQ(receipt.now(), outcome::unknown);

    receipt.written();
    EXPECT_EQ(receipt.now(), outcome::unknown);
    receipt.written();
    EXPECT_EQ(receipt.now(), outcome::kernel);
    receipt.settled(durability::disk);
    EXPECT_EQ(receipt.now(), outcome::kernel);
    receipt.settled(durability::disk);
    EXPECT_EQ(receipt.now(), outcome::disk);
}

TEST(body_receipt, before_the_end_of_the_body_is_known_nothing_is) {
    body_receipt receipt;
    receipt.written();
    receipt.settled(durability::disk);

    EXPECT_EQ(receipt.now(), outcome::unknown);
}

}  // namespace
}  // namespace relay::listen
