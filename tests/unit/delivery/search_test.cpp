// The search alone, against a range whose bad units are known.
#include "relay/delivery/search.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <set>
#include <vector>

namespace relay::delivery {
namespace {

/// Plays a search over units 0 … n-1 of record 0 and keeps the books.
struct hunt {
    std::set<std::size_t> bad;
    std::size_t units_max = 1'000'000;  // of one request
    std::vector<int> taken;             // per unit
    std::vector<int> dropped;
    std::size_t requests = 0;

    void run(search& looking, std::size_t units) {
        taken.assign(units, 0);
        dropped.assign(units, 0);
        while (!looking.done()) {
            const auto piece = looking.next();
            const auto count = std::min(piece.units, units_max);
            sinks::encoded sent;
            sent.units = count;
            sent.end = {.record = 0, .unit = piece.from.unit + count};
            ++requests;
            if (!holds_bad(piece.from.unit, count)) {
                mark(taken, piece.from.unit, count);
                looking.taken(sent);
                continue;
            }
            const auto step = looking.refused(sent);
            ASSERT_NE(step, search::step::failed);
            if (step == search::step::drop) {
                mark(dropped, piece.from.unit, count);
                looking.dropped(sent);
            }
        }
    }

    [[nodiscard]] bool holds_bad(std::size_t from, std::size_t count) const {
        const auto first = bad.lower_bound(from);
        return first != bad.end() && *first < from + count;
    }
    static void mark(std::vector<int>& in, std::size_t from, std::size_t count) {
        for (std::size_t i = from; i < from + count; ++i) {
            ++in[i];
        }
    }
};

void expect_exact(const hunt& done) {
    for (std::size_t i = 0; i < done.taken.size(); ++i) {
        EXPECT_EQ(done.dropped[i], done.bad.contains(i) ? 1 : 0) << "unit " << i;
        EXPECT_EQ(done.taken[i], done.bad.contains(i) ? 0 : 1) << "unit " << i;
    }
}

constexpr std::size_t plenty = 1'000'000;

TEST(search, one_bad_unit_is_found_wherever_it_is) {
    for (std::size_t units : {1U, 2U, 3U, 7U, 64U, 100U}) {
        for (std::size_t bad = 0; bad < units; ++bad) {
            auto looking = search::of_refused({.from = {}, .units = units}, plenty);
            hunt one{.bad = {bad}, .taken = {}, .dropped = {}};
            one.run(looking, units);
            expect_exact(one);
        }
    }
}

TEST(search, one_bad_unit_costs_about_two_requests_per_halving) {
    for (std::size_t bad = 0; bad < 1000; bad += 37) {
        auto looking = search::of_refused({.from = {}, .units = 1000}, plenty);
        hunt one{.bad = {bad}, .taken = {}, .dropped = {}};
        one.run(looking, 1000);
        EXPECT_LE(one.requests, 2 * 10U) << "unit " << bad;
    }
}

TEST(search, random_bad_units_are_found_exactly) {
    std::mt19937 engine(7);
    for (int round = 0; round < 300; ++round) {
        const auto units = 1 + engine() % 200;
        hunt one{.bad = {}, .units_max = 1 + engine() % 60, .taken = {}, .dropped = {}};
        const auto bad = 1 + engine() % units;
        for (std::size_t i = 0; i < bad; ++i) {
            one.bad.insert(engine() % units);
        }
        auto looking = search::of_refused({.from = {}, .units = units}, plenty);
        one.run(looking, units);
        expect_exact(one);
    }
}

TEST(search, everything_bad_costs_what_the_bound_says) {
    auto looking = search::of_refused({.from = {}, .units = 10'000}, 64);
    hunt one{.bad = {}, .taken = {}, .dropped = {}};
    for (std::size_t i = 0; i < 10'000; ++i) {
        one.bad.insert(i);
    }
    one.run(looking, 10'000);

    EXPECT_LE(one.requests, 64U + 15U);  // and once each what was left
    for (std::size_t i = 0; i < 10'000; ++i) {
        EXPECT_EQ(one.dropped[i], 1) << "unit " << i;
    }
}

TEST(search, what_is_left_at_the_bound_is_tried_once_and_good_pieces_are_kept) {
    auto looking = search::of_refused({.from = {}, .units = 1024}, 40);
    hunt one{.bad = {}, .taken = {}, .dropped = {}};
    for (std::size_t i = 0; i < 512; ++i) {
        one.bad.insert(i);
    }
    one.run(looking, 1024);

    for (std::size_t i = 512; i < 1024; ++i) {
        EXPECT_EQ(one.taken[i], 1) << "unit " << i;
    }
}

TEST(search, faults_in_some_pieces_are_searched_once_another_was_taken) {
    for (std::size_t bad = 0; bad < 10; ++bad) {
        auto looking = search::of_faulty({.from = {}, .units = 10}, 2, plenty);
        hunt one{.bad = {bad}, .taken = {}, .dropped = {}};
        one.run(looking, 10);
        expect_exact(one);
    }
}

TEST(search, faults_in_all_pieces_prove_nothing) {
    auto looking = search::of_faulty({.from = {}, .units = 10}, 2, plenty);
    sinks::encoded sent;
    sent.units = 5;
    sent.end = {.record = 0, .unit = 5};
    EXPECT_EQ(looking.refused(sent), search::step::go_on);
    sent.end = {.record = 0, .unit = 10};
    EXPECT_EQ(looking.refused(sent), search::step::failed);
    EXPECT_FALSE(looking.any_taken());
}

}  // namespace
}  // namespace relay::delivery
