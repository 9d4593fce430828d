// A label that is kept is found again; any other is its maker's own.
#include "sinks/label_pool.hpp"

#include <gtest/gtest.h>

namespace relay::sinks {
namespace {

TEST(label_pool, a_label_is_found_once_it_is_kept) {
    label_pool pool;
    const auto mine = pool.find_or_make({"__name__", "m_f"});
    EXPECT_NE(pool.find_or_make({"__name__", "m_f"}), mine);
    pool.keep(mine);
    EXPECT_EQ(pool.find_or_make({"__name__", "m_f"}), mine);
    EXPECT_NE(pool.find_or_make({"__name__", "m_g"}), mine);
    EXPECT_NE(pool.find_or_make({"state", "m_f"}), mine);
}

TEST(label_pool, counts_each_label_once) {
    label_pool pool;
    pool.keep(pool.find_or_make({"state", "running"}));
    const auto one = pool.bytes();
    EXPECT_GT(one, 0u);
    pool.keep(pool.find_or_make({"state", "running"}));
    EXPECT_EQ(pool.bytes(), one);
    pool.clear();
    EXPECT_EQ(pool.bytes(), 0u);
}

TEST(label_pool, what_is_forgotten_lives_on_with_its_kinds) {
    label_pool pool;
    const auto mine = pool.find_or_make({"state", "running"});
    pool.keep(mine);
    pool.clear();
    EXPECT_EQ(mine->size(), protocol::shared_label({"state", "running"}).size());
    EXPECT_NE(pool.find_or_make({"state", "running"}), mine);
}

}  // namespace
}  // namespace relay::sinks
