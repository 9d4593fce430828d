// HTTP bodies: what becomes of their lines, tags, times and batches, in chunks of any size.
#include "tests/unit/ingest/intake_fixture.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <vector>

namespace relay::ingest {
namespace {

using body_intake = intake_test;

std::size_t lines_in(std::string_view text) {
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

TEST_F(body_intake, a_line_gets_the_cluster_and_sorted_tags) {
    const auto result = push("nics,object=nodes,host=pve1,instance=eth0 receive=3,transmit=4 5\n");

    EXPECT_EQ(journal_.text(),
              "nics,cluster=lab,host=pve1,instance=eth0,object=nodes receive=3,transmit=4 5\n");
    EXPECT_EQ(result.accepted, 1U);
    EXPECT_EQ(result.rejected, 0U);
    EXPECT_EQ(result.batches, 1U);
    EXPECT_EQ(result.first_error, "");
}

TEST_F(body_intake, the_operators_tags_stand_in_their_place) {
    ingest_options options;
    options.tags = {{"site", "berlin mitte"}, {"a", "1"}, {"", "nothing"}, {"nothing", ""}};
    restart(options);

    EXPECT_EQ(refined("m,b=2,z=3 f=1 5\nn f=1 5\n"),
              "m,a=1,b=2,cluster=lab,site=berlin\\ mitte,z=3 f=1 5\n"
              "n,a=1,cluster=lab,site=berlin\\ mitte f=1 5\n");
}

// Otherwise whoever may push for one cluster could write into the series of another.
TEST_F(body_intake, a_sender_can_not_choose_its_cluster) {
    ingest_options options;
    options.tags = {{"site", "berlin"}, {"cluster", "none"}};
    restart(options);

    EXPECT_EQ(refined("m,site=paris,cluster=other,zone=z f=1 5\n"),
              "m,cluster=lab,site=berlin,zone=z f=1 5\n");
    EXPECT_EQ(counters_.replaced_tags.value(), 2U);
}

TEST_F(body_intake, a_lane_without_a_cluster_adds_none) {
    auto body = intake_->open({}, protocol::precision::ns, noon, nullptr, "");
    body->feed("m,cluster=own f=1 5\n");
    std::ignore = body->finish();

    EXPECT_EQ(journal_.text(), "m,cluster=own f=1 5\n");
}

TEST_F(body_intake, many_tags_are_sorted_as_well) {
    std::string line = "m";
    for (int i = 40; i > 0; --i) {
        line += fmt::format(",t{:02}=v", i);
    }
    const auto out = refined(line + " f=1 5\n");

    EXPECT_THAT(out, testing::StartsWith("m,cluster=lab,t01=v,t02=v,t03=v"));
    EXPECT_THAT(out, testing::EndsWith(",t39=v,t40=v f=1 5\n"));
}

TEST_F(body_intake, names_that_need_escapes_get_them_again) {
    const std::string line =
        "m\\ 1\\,2,cluster=lab,k\\ k=v\\,v\\=v f\\=1=1,f2=\"q\\\"b\\\\c\",f3=\"x y\",f4=t,f5=-03i "
        "5\n";

    EXPECT_EQ(refined(line),
              "m\\ 1\\,2,cluster=lab,k\\ k=v\\,v\\=v f\\=1=1,f2=\"q\\\"b\\\\c\",f3=\"x y\",f4=t,"
              "f5=-3i 5\n");
}

TEST_F(body_intake, a_newline_in_a_string_never_reaches_a_store) {
    EXPECT_EQ(refined("m f=\"a\nm2 g=1 5\nb\" 5\n"), "m,cluster=lab f=\"a\\nm2 g=1 5\\nb\" 5\n");
}

TEST_F(body_intake, a_missing_timestamp_is_the_same_for_the_whole_body_in_its_precision) {
    const moment now{.steady = {},
                     .wall = wall_time(std::chrono::nanoseconds(1'755'785'271'123'456'789))};
    const auto stamped = [&](protocol::precision unit) {
        journal_.batches.clear();
        auto body = intake_->open(lab, unit, now, nullptr, "");
        body->feed("m f=1\n");
        body->feed("m f=2\n");
        std::ignore = body->finish();
        return journal_.text();
    };

    EXPECT_EQ(stamped(protocol::precision::ns),
              "m,cluster=lab f=1 1755785271123456789\nm,cluster=lab f=2 1755785271123456789\n");
    EXPECT_EQ(stamped(protocol::precision::ms),
              "m,cluster=lab f=1 1755785271123000000\nm,cluster=lab f=2 1755785271123000000\n");
    EXPECT_EQ(stamped(protocol::precision::s),
              "m,cluster=lab f=1 1755785271000000000\nm,cluster=lab f=2 1755785271000000000\n");
    EXPECT_EQ(stamped(protocol::precision::h),
              "m,cluster=lab f=1 1755784800000000000\nm,cluster=lab f=2 1755784800000000000\n");
}

TEST_F(body_intake, timestamps_become_nanoseconds) {
    auto body = intake_->open(lab, protocol::precision::s, noon, nullptr, "");
    body->feed("m f=1 1755785270\nm f=+1 1755785270\nm,object=host f=+1 1755785270\n");
    const auto result = body->finish();

    EXPECT_EQ(journal_.text(),
              "m,cluster=lab f=1 1755785270000000000\n"
              "m,cluster=lab,object=host f=1 1755785270000000000\n");
    EXPECT_EQ(result.rejected, 1U);
}

TEST_F(body_intake, comments_blank_lines_and_carriage_returns_are_left_behind) {
    EXPECT_EQ(refined("# a comment\n\n  \nm f=1 5\r\n\r\nm f=2 6"),
              "m,cluster=lab f=1 5\nm,cluster=lab f=2 6\n");
}

TEST_F(body_intake, an_empty_body_gives_no_batch) {
    const auto result = push("");

    EXPECT_EQ(result.accepted + result.rejected + result.batches, 0U);
    EXPECT_TRUE(journal_.batches.empty());
}

TEST_F(body_intake, the_first_error_names_line_byte_reason_and_text) {
    const auto result =
        push("# comment\nm f=1 5\n\nsystem,object=qemu f= 5\nm f=\x01oops 5\nm f=2 5\n");

    EXPECT_EQ(result.first_error,
              "line 4, byte 21: missing field value: \"system,object=qemu f= 5\"");
    EXPECT_EQ(result.accepted, 2U);
    EXPECT_EQ(result.rejected, 2U);
}

TEST_F(body_intake, what_a_sender_wrote_can_not_forge_a_log_line) {
    const auto result = push("m f=\"a\n<3>all is well\" x\x1b[2J\n");

    EXPECT_THAT(result.first_error, testing::HasSubstr("\\x0a<3>all is well"));
    EXPECT_THAT(result.first_error, testing::HasSubstr("\\x1b[2J"));
    EXPECT_THAT(result.first_error, testing::Not(testing::HasSubstr("\n")));
}

TEST_F(body_intake, a_long_line_is_cut_in_its_error) {
    const auto result = push("m " + std::string(1000, 'x') + "\n");

    EXPECT_LT(result.first_error.size(), 200U);
    EXPECT_THAT(result.first_error, testing::EndsWith("xx…\""));
}

TEST_F(body_intake, refused_lines_are_counted_by_reason) {
    std::ignore = push("m f= 5\nm f= 6\nm f=x 7\nm f=1 8\n");

    const auto by = [&](protocol::parse_errc code) {
        return counters_.rejected_by[static_cast<std::size_t>(code)].value();
    };
    EXPECT_EQ(by(protocol::parse_errc::missing_field_value), 2U);
    EXPECT_EQ(by(protocol::parse_errc::invalid_number), 1U);
    EXPECT_EQ(counters_.rejected.value(), 3U);
    EXPECT_EQ(counters_.lines.value(), 1U);
    EXPECT_EQ(counters_.bytes.value(), 30U);
}

TEST_F(body_intake, a_body_that_does_not_end_is_forgotten) {
    {
        auto body = intake_->open(lab, protocol::precision::ns, noon, nullptr, "");
        body->feed("m f=1 5\nm f=2 6\n");
    }

    EXPECT_TRUE(journal_.batches.empty());
    EXPECT_EQ(counters_.lines.value(), 0U);
}

TEST_F(body_intake, bodies_may_be_open_side_by_side) {
    const journal::lane other{.cluster = "other", .bucket = "b", .tenant = ""};
    auto first = intake_->open(lab, protocol::precision::ns, noon, nullptr, "");
    auto second = intake_->open(other, protocol::precision::s, noon, nullptr, "");

    first->feed("m f=1 ");
    second->feed("m f=\"a");
    first->feed("5\nm f=");
    second->feed("b\" 1");
    std::ignore = second->finish();
    first->feed("2 6");
    std::ignore = first->finish();

    ASSERT_EQ(journal_.batches.size(), 2U);
    EXPECT_EQ(journal_.batches[0].text, "m,cluster=other f=\"ab\" 1000000000\n");
    EXPECT_EQ(journal_.batches[0].lane, other);
    EXPECT_EQ(journal_.batches[1].text, "m,cluster=lab f=1 5\nm,cluster=lab f=2 6\n");
    EXPECT_EQ(journal_.batches[1].lane, lab);
}

// The parser of an abandoned body is used again: nothing of it may remain.
TEST_F(body_intake, a_body_broken_off_in_a_too_long_line_leaves_nothing_behind) {
    ingest_options options;
    options.limits.line_bytes = 1024;
    restart(options);
    {
        auto body = intake_->open(lab, protocol::precision::s, noon, nullptr, "");
        body->feed("m f=\"" + std::string(5000, 'x'));
    }

    EXPECT_EQ(refined("m f=1 5\n"), "m,cluster=lab f=1 5\n");
}

TEST_F(body_intake, what_a_sender_says_of_a_bodys_length_need_not_be_true) {
    std::string text;
    std::string expected;
    for (int i = 0; i < 2000; ++i) {
        text += fmt::format("m f={} {}\n", i, 5 + i);
        expected += fmt::format("m,cluster=lab f={} {}\n", i, 5 + i);
    }
    for (const std::size_t said : {std::size_t{0}, text.size(), ~std::size_t{0}}) {
        journal_.batches.clear();
        auto body = intake_->open(lab, protocol::precision::ns, noon, nullptr, "");
        body->expect(said);
        feed(*body, text, 1000);
        EXPECT_LE(body->bytes_held(), 256U << 10);
        std::ignore = body->finish();
        EXPECT_EQ(journal_.text(), expected);
    }
}

// A newline in a string is no end of the line that waits, and the next one may be.
TEST_F(body_intake, a_chunk_may_go_on_within_a_string) {
    auto body = intake_->open(lab, protocol::precision::ns, noon, nullptr, "");
    body->feed("m s=\"a");
    body->feed("\nb\" 5\nm f=1 6\nm f=2");
    body->feed(" 7\nm f=3 8\n");
    std::ignore = body->finish();

    EXPECT_EQ(journal_.text(),
              "m,cluster=lab s=\"a\\nb\" 5\nm,cluster=lab f=1 6\n"
              "m,cluster=lab f=2 7\nm,cluster=lab f=3 8\n");
}

TEST_F(body_intake, a_batch_knows_its_points_and_its_times) {
    std::ignore = push("m f=1 700\nm f=2 300\nm f=3 500\n");

    ASSERT_EQ(journal_.batches.size(), 1U);
    EXPECT_EQ(journal_.batches[0].points, 3U);
    EXPECT_EQ(journal_.batches[0].oldest_ns, 300);
    EXPECT_EQ(journal_.batches[0].newest_ns, 700);
}

TEST_F(body_intake, a_large_body_becomes_batches_of_whole_lines) {
    std::string text;
    for (int i = 0; text.size() < 3'000'000; ++i) {
        text += fmt::format("m,host=h{} f={},s=\"{}\" {}\n", i % 7, i, std::string(200, 's'), i);
    }
    const auto result = push(text, 10'000);

    EXPECT_EQ(result.accepted, lines_in(text));
    EXPECT_EQ(result.batches, journal_.batches.size());
    EXPECT_GE(journal_.batches.size(), 3U);
    for (const auto& batch : journal_.batches) {
        EXPECT_LE(batch.text.size(), journal::batch_text_bytes_max);
        EXPECT_LE(batch.text.capacity(), journal::batch_text_bytes_max + 1);
        EXPECT_EQ(batch.text.back(), '\n');
        EXPECT_EQ(lines_in(batch.text), batch.points);
    }
    EXPECT_EQ(journal_.points(), result.accepted);
}

TEST_F(body_intake, a_line_that_does_not_fit_beside_others_begins_a_batch) {
    const std::string wide(60'000, 'w');
    std::string text;
    for (int line = 0; line < 3; ++line) {
        text += "m ";
        for (int i = 0; i < 10; ++i) {
            text += fmt::format("{}f{}=\"{}\"", i == 0 ? "" : ",", i, wide);
        }
        text += fmt::format(" {}\n", line);
    }
    const auto result = push(text);

    EXPECT_EQ(result.accepted, 3U);
    ASSERT_EQ(journal_.batches.size(), 3U);
    for (const auto& batch : journal_.batches) {
        EXPECT_EQ(batch.points, 1U);
        EXPECT_EQ(batch.oldest_ns, batch.newest_ns);
    }
}

// 600,000 backslashes take two bytes each when they are written again.
TEST_F(body_intake, a_line_that_outgrows_a_batch_by_its_escapes_is_refused) {
    std::string line = "m ";
    for (int i = 0; i < 10; ++i) {
        line += fmt::format("{}f{}=\"{}\"", i == 0 ? "" : ",", i, std::string(60'000, '\n'));
    }
    const auto result = push("m f=1 1\n" + line + " 2\nm f=3 3\n");

    EXPECT_EQ(journal_.text(), "m,cluster=lab f=1 1\nm,cluster=lab f=3 3\n");
    EXPECT_EQ(result.rejected, 1U);
    EXPECT_THAT(result.first_error, testing::StartsWith("line 2, "));
}

TEST_F(body_intake, a_name_that_outgrows_a_store_by_our_tags_is_refused) {
    const std::string tags = ",t=" + std::string(65'520, 'x');
    const auto result = push("m" + tags + " f=1 1\nm f=2 2\n");

    EXPECT_EQ(journal_.text(), "m,cluster=lab f=2 2\n");
    EXPECT_EQ(result.rejected, 1U);
}

TEST_F(body_intake, a_small_body_takes_little_memory) {
    std::ignore = push("m f=1 1\n");
    EXPECT_LE(journal_.batches.at(0).text.capacity(), 4096U);
}

TEST_F(body_intake, an_endless_line_is_bounded) {
    ingest_options options;
    options.limits.line_bytes = 10'000;
    restart(options);
    auto body = intake_->open(lab, protocol::precision::ns, noon, nullptr, "");

    std::size_t most = 0;
    for (int i = 0; i < 100; ++i) {
        body->feed(i == 0 ? "m f=\"" : std::string(1'000, 'x'));
        most = std::max(most, body->bytes_held());
    }
    body->feed("\nm f=1 5\n");
    const auto result = body->finish();

    EXPECT_LE(most, 45'000U);
    EXPECT_EQ(result.rejected, 1U);
    EXPECT_EQ(journal_.text(), "m,cluster=lab f=1 5\n");
}

class told final : public journal::receipt {
public:
    void written() noexcept override { ++writes; }
    void settled(journal::durability result) noexcept override { results.push_back(result); }
    int writes = 0;
    std::vector<journal::durability> results;
};

TEST_F(body_intake, each_batch_settles_the_receipt_once) {
    const auto receipt = std::make_shared<told>();
    auto body = intake_->open(lab, protocol::precision::ns, noon, receipt, "");
    for (int i = 0; i < 40'000; ++i) {
        body->feed(fmt::format("m,host=somewhere f={},g={} 5\n", i, i));
    }
    const auto result = body->finish();

    EXPECT_GE(result.batches, 2U);
    EXPECT_EQ(receipt->results.size(), result.batches);
    EXPECT_EQ(static_cast<std::size_t>(receipt->writes), result.batches);
    EXPECT_EQ(counters_.batches.value(), result.batches);
    EXPECT_EQ(counters_.refused_batches.value(), 0U);
}

TEST_F(body_intake, a_batch_that_the_journal_refuses_is_counted_and_told) {
    journal_.answer = journal::durability::refused;
    const auto receipt = std::make_shared<told>();
    auto body = intake_->open(lab, protocol::precision::ns, noon, receipt, "");
    body->feed("m f=1 5\n");
    std::ignore = body->finish();

    EXPECT_EQ(receipt->results, std::vector{journal::durability::refused});
    EXPECT_EQ(counters_.refused_batches.value(), 1U);
    EXPECT_EQ(counters_.refused_lines.value(), 1U);
    EXPECT_EQ(counters_.lines.value(), 0U);
}

// Good and bad lines of every kind, strings with newlines, comments, halves, and no newline at the
// end: whatever the chunks, batches, counts and the first error are the same.
TEST_F(body_intake, any_chunking_gives_one_result) {
    const std::string text =
        "# comment, \"quoted=\"\r\n"
        "system,object=storages,host=l,type=dir content=\"iso,backup\",type=\"dir\" 5\r\n"
        "m,z=1,a=2 f=\"line\nbreak \\\"q\\\"\",g=1 5\n"
        "\n   \nm f= 5\n"
        "blockstat,object=qemu,vmid=7,host=h x=1,x=2 5\n"
        "system,object=qemu,vmid=7,host=h diskread=0,diskwrite=0,name=7,status=\"running\","
        "uptime=50 5\n"
        "system,object=qemu,vmid=8,host=h diskread=0,diskwrite=0,name=8,status=\"running\","
        "uptime=50 5\n"
        "system,object=qemu,vmid=9,host=nl name=\"nl\",x=12\n"
        ",y=1 1755785270000000000\n"
        "m f=+1 5\nm,object=host f=+1,g=null 5\n"
        "m f=\"never closed 5\nm ok=1 5\n"
        "m f=1 1955785270000000000\n"
        "m last=1";
    const auto whole = push(text);
    const auto expected = journal_.text();
    EXPECT_GE(whole.accepted, 6U);
    EXPECT_GE(whole.rejected, 5U);

    for (std::size_t bytes = 1; bytes <= text.size(); ++bytes) {
        journal_.batches.clear();
        const auto result = push(text, bytes);

        ASSERT_EQ(journal_.text(), expected) << "in chunks of " << bytes;
        ASSERT_EQ(result.accepted, whole.accepted);
        ASSERT_EQ(result.rejected, whole.rejected);
        ASSERT_EQ(result.first_error, whole.first_error);
    }
}

TEST_F(body_intake, what_it_wrote_it_reads_and_writes_alike) {
    const auto once = refined(
        "m\\ 1,b=1,a=x\\,y f=.5,g=5.,h=\"a b\\\\\",i=007i,t=True 5\n"
        "system,object=storages,host=l,type=dir content=\"iso,backup\",type=\"dir\" 6\n");

    EXPECT_EQ(refined(once), once);
}

}  // namespace
}  // namespace relay::ingest
