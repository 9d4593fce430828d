#include "relay/cli/doctor_judge.hpp"

#include <gmock/gmock.h>

namespace relay::cli {
namespace {

using testing::HasSubstr;

http_response answer(int status) {
    http_response out;
    out.status = status;
    return out;
}

TEST(doctor_judge, a_date_of_http_is_read_and_another_is_not) {
    EXPECT_EQ(parse_http_date("Thu, 21 Aug 2025 14:07:50 GMT"), 1'755'785'270);
    EXPECT_FALSE(parse_http_date("2025-08-21T14:07:50Z"));
    EXPECT_FALSE(parse_http_date(""));
}

TEST(doctor_judge, a_clock_is_told_by_how_much_it_is_wrong) {
    auto got = answer(200);
    EXPECT_FALSE(judge_clock("pve1", got, 1'755'785'270));
    got.headers = {{"date", "Thu, 21 Aug 2025 14:07:50 GMT"}};
    EXPECT_TRUE(judge_clock("pve1", got, 1'755'785'275)->is_ok);
    const auto wrong = judge_clock("pve1", got, 1'755'785'370);
    EXPECT_FALSE(wrong->is_ok);
    EXPECT_THAT(wrong->words, HasSubstr("100 s behind"));
}

TEST(doctor_judge, a_disk_that_is_slow_full_or_none_is_told) {
    disk_reading good{.free_bytes = 100ULL << 30};
    EXPECT_TRUE(judge_disk("/j", good).is_ok);
    auto slow = good;
    slow.longest_sync = std::chrono::milliseconds(700);
    EXPECT_THAT(judge_disk("/j", slow).words, HasSubstr("a sync takes 700 ms"));
    auto full = good;
    full.free_bytes = 10 << 20;
    EXPECT_THAT(judge_disk("/j", full).words, HasSubstr("only 10 MiB are free"));
    auto memory = good;
    memory.file_system = "tmpfs";
    EXPECT_FALSE(judge_disk("/j", memory).is_ok);
}

TEST(doctor_judge, a_door_that_is_slow_or_shut_is_told) {
    const listen::listen_options door;
    EXPECT_TRUE(judge_door(door, answer(200), answer(204)).is_ok);
    EXPECT_FALSE(judge_door(door, answer(401), answer(401)).is_ok);
    auto slow = answer(204);
    slow.elapsed = std::chrono::milliseconds(800);
    EXPECT_THAT(judge_door(door, answer(200), slow).words, HasSubstr("800 ms"));
    auto elsewhere = door;
    elsewhere.allow = {"192.0.2.0/24"};
    EXPECT_TRUE(judge_door(elsewhere, answer(403), answer(403)).is_ok);
}

TEST(doctor_judge, a_receive_buffer_is_half_of_what_the_kernel_says) {
    listen::listen_options door;
    door.receive_buffer = 1_MiB;
    EXPECT_TRUE(judge_udp(door, {.buffer_bytes = 2 << 20}).is_ok);
    EXPECT_FALSE(judge_udp(door, {.buffer_bytes = 1 << 20}).is_ok);
    EXPECT_THAT(judge_udp(door, {.is_closed = true}).words, HasSubstr("closed"));
}

TEST(doctor_judge, a_window_is_looked_for_in_a_prometheus_alone) {
    const config::sink_settings sink;
    auto got = answer(200);
    got.body = R"({"data":{"yaml":""}})";
    EXPECT_FALSE(judge_window(sink, got));
    got.body = R"({"data":{"yaml":"global:\n  evaluation_interval: 1m\n"}})";
    EXPECT_FALSE(judge_window(sink, got)->is_ok);
    got.body = R"({"data":{"yaml":"evaluation_interval: 1m\n    out_of_order_time_window: 2h\n"}})";
    EXPECT_THAT(judge_window(sink, got)->words, HasSubstr("2h back"));
}

}  // namespace
}  // namespace relay::cli
