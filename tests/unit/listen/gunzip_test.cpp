#include "relay/listen/gunzip.hpp"

#include "tests/unit/listen/gzip_text.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace relay::listen {
namespace {

using tests::gzip_text;

constexpr gunzip_limits roomy{.bytes_max = 64 << 20, .ratio_max = 500, .free_bytes = 1 << 20};

struct outcome {
    std::string text;
    std::optional<gunzip_errc> error;
    bool whole = false;
};

outcome inflate(std::string_view bytes, std::size_t chunk, gunzip_limits limits = roomy,
                std::size_t out_bytes = 7) {
    gunzip unzip(limits);
    outcome result;
    std::vector<char> out(out_bytes);
    while (!bytes.empty()) {
        auto part = bytes.substr(0, chunk);
        bytes.remove_prefix(part.size());
        for (;;) {
            const auto some = unzip.next(part, out);
            if (!some) {
                result.error = some.error();
                return result;
            }
            if (some->empty()) break;
            result.text += *some;
        }
    }
    result.whole = unzip.at_boundary();
    return result;
}

TEST(gunzip, any_chunking_gives_the_same_text) {
    const std::string text = "cpu,host=a v=1\ncpu,host=b v=2\n\nmem v=3";
    const auto bytes = gzip_text(text);

    for (std::size_t chunk = 1; chunk <= bytes.size(); ++chunk) {
        const auto result = inflate(bytes, chunk);
        EXPECT_FALSE(result.error);
        EXPECT_EQ(result.text, text);
        EXPECT_TRUE(result.whole);
    }
}

TEST(gunzip, members_follow_one_another_even_empty_ones) {
    const auto bytes = gzip_text("a v=1\n") + gzip_text("") + gzip_text("") + gzip_text("b v=2\n");

    for (const std::size_t chunk : {1u, 3u, 19u, 4096u}) {
        const auto result = inflate(bytes, chunk);
        EXPECT_EQ(result.text, "a v=1\nb v=2\n");
        EXPECT_TRUE(result.whole);
    }
}

TEST(gunzip, body_may_end_between_members_alone) {
    const auto bytes = gzip_text("cpu v=1\n");

    EXPECT_TRUE(inflate("", 1).whole);
    for (std::size_t length = 1; length < bytes.size(); ++length) {
        const auto result = inflate(std::string_view(bytes).substr(0, length), 4096);
        EXPECT_FALSE(result.error);
        EXPECT_FALSE(result.whole) << length;
    }
}

TEST(gunzip, what_is_no_gzip_is_damaged) {
    auto checksum = gzip_text("cpu v=1\n");
    checksum[checksum.size() - 6] ^= 1;

    EXPECT_EQ(inflate("cpu v=1\n", 4096).error, gunzip_errc::damaged);
    EXPECT_EQ(inflate(checksum, 4096).error, gunzip_errc::damaged);
    EXPECT_EQ(inflate(gzip_text("a v=1\n") + "junk", 1).error, gunzip_errc::damaged);
}

TEST(gunzip, bomb_is_stopped_soon) {
    const auto bomb = gzip_text(std::string(16 << 20, 'x'));
    auto tight = roomy;
    tight.bytes_max = 2 << 20;

    const auto suspicious = inflate(bomb, 512, roomy, 4096);
    EXPECT_EQ(suspicious.error, gunzip_errc::suspicious);
    EXPECT_LE(suspicious.text.size(), (2u << 20));

    auto patient = tight;
    patient.ratio_max = 2000;
    const auto too_much = inflate(bomb, 512, patient, 4096);
    EXPECT_EQ(too_much.error, gunzip_errc::too_much);
    EXPECT_LE(too_much.text.size(), patient.bytes_max);
}

TEST(gunzip, small_body_may_be_as_monotonous_as_it_likes) {
    const auto bytes = gzip_text(std::string(900 << 10, 'x'));

    EXPECT_EQ(inflate(bytes, 4096, roomy, 4096).text.size(), 900u << 10);
}

}  // namespace
}  // namespace relay::listen
