// Our grammar against those of InfluxDB 1, 2 and 3, line-protocol v2, Telegraf and VictoriaMetrics,
// case by case of a corpus from their own test suites. Which choice is ours where they disagree:
// docs/line-protocol.md.
//
//     RELAY_LP_CORPUS=…/lp_corpus.jsonl RELAY_LP_ENCODE_CORPUS=…/lp_encode_corpus.jsonl …
#include "corpus.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <charconv>
#include <iostream>
#include <map>
#include <string>

namespace relay::protocol {
namespace {

using nlohmann::json;
using testing::all_agree;
using testing::owned_point;
using testing::precision_of;
using testing::reading;

/// A good line behind each body: whatever the body is, it must be read.
constexpr std::string_view neighbour = "\nneighbour f=1 1\n";

class conformance : public ::testing::Test {
protected:
    static const std::vector<json>& corpus() {
        static const auto cases = testing::read_corpus("RELAY_LP_CORPUS");
        return cases;
    }

    /// Runs `check(case, body, what we read)` over the cases of that advice.
    template <class Check>
    static void for_each(std::string_view advice, Check check) {
        for (const auto& each : corpus()) {
            if (each["advice"] != advice) continue;
            const auto body = testing::body_of(each);
            SCOPED_TRACE(
                each["id"].get<std::string>() + ": " +
                json(body.substr(0, 300)).dump(-1, ' ', true, json::error_handler_t::replace));
            check(each, body, testing::read_body(body, dialect::common, precision_of(each)));
        }
    }

    static void expect_only_points_that_someone_reads(const json& each, const reading& made) {
        for (const auto& point : made.points) {
            EXPECT_TRUE(testing::is_read_by_someone(point, each)) << testing::write(point);
        }
    }
};

TEST_F(conformance, what_all_accept_we_accept_and_read_alike) {
    for_each("accept", [](const json& each, const std::string&, const reading& made) {
        EXPECT_TRUE(made.refusals.empty()) << to_string(made.refusals.front().code);
        EXPECT_TRUE(all_agree(made.points, each["expect"])) << each["expect"];
    });
    for_each("accept-preferred", [](const json& each, const std::string&, const reading& made) {
        EXPECT_TRUE(made.refusals.empty()) << to_string(made.refusals.front().code);
        expect_only_points_that_someone_reads(each, made);
    });
}

TEST_F(conformance, what_all_reject_we_refuse_and_keep_the_good_lines) {
    for_each("reject", [](const json& each, const std::string&, const reading& made) {
        EXPECT_FALSE(made.refusals.empty());
        EXPECT_TRUE(all_agree(made.points, each["expect"])) << each["expect"];
    });
}

TEST_F(conformance, what_is_better_rejected_we_refuse) {
    for_each("reject-preferred", [](const json& each, const std::string&, const reading& made) {
        EXPECT_FALSE(made.refusals.empty());
        expect_only_points_that_someone_reads(each, made);
    });
}

TEST_F(conformance, of_what_is_disputed_we_make_no_point_that_nobody_reads) {
    std::map<std::string, int> refused;
    int accepted = 0;
    for_each("either", [&](const json& each, const std::string&, const reading& made) {
        expect_only_points_that_someone_reads(each, made);
        accepted += made.refusals.empty() ? 1 : 0;
        for (const auto& refusal : made.refusals)
            ++refused[std::string(to_string(refusal.code))];
    });
    for (const auto& [reason, lines] : refused)
        std::cout << lines << " lines: " << reason << '\n';
    std::cout << accepted << " bodies accepted whole\n";
}

TEST_F(conformance, what_must_never_be_forwarded_raw_is_not) {
    for_each("never-forward-raw", [](const json&, const std::string& body, const reading& made) {
        EXPECT_FALSE(made.refusals.empty() && made.points.empty());
        for (const auto& point : made.points)
            EXPECT_NE(testing::write(point), body + "\n");
    });
}

TEST_F(conformance, no_body_swallows_the_line_behind_it) {
    for (const auto& each : corpus()) {
        const auto body = testing::body_of(each);
        const auto made = testing::read_body(body + std::string(neighbour));
        ASSERT_FALSE(made.points.empty()) << each["id"];
        EXPECT_EQ(made.points.back().measurement, "neighbour") << each["id"];
    }
}

TEST_F(conformance, what_we_write_we_read_as_it_was) {
    for (const auto& each : corpus()) {
        auto made = testing::read_body(testing::body_of(each), dialect::common, precision_of(each));
        for (auto& point : made.points) {
            const auto written = testing::write(point);
            const auto again = testing::read_body(written);
            ASSERT_EQ(again.points.size(), 1u) << written;
            EXPECT_TRUE(again.refusals.empty()) << written;
            EXPECT_EQ(std::count(written.begin(), written.end(), '\n'), 1) << written;
            EXPECT_EQ(again.points[0], testing::as_written(point)) << written;
        }
    }
}

/// The spelling of the corpus: printf's %g with the fewest digits that are exact.
field_value value_of(const json& described, std::string& text) {
    const auto& type = described.begin().key();
    const auto& value = described.begin().value();
    text = value.is_string() ? value.get<std::string>() : value.dump();
    if (type == "int") return {field_kind::integer, text};
    if (type == "uint") return {field_kind::unsigned_integer, text};
    if (type == "bool") return {field_kind::boolean, text};
    if (type == "string") return {field_kind::string, text};
    char digits[64];
    const auto end = std::to_chars(digits, digits + sizeof digits, value.get<double>(),
                                   std::chars_format::general);
    text.assign(digits, end.ptr);
    return {field_kind::number, text};
}

owned_point point_of(const json& described) {
    owned_point made{described["name"], {}, {}, described["time"].get<std::int64_t>()};
    for (const auto& tag : described["tags"])
        made.tags.emplace_back(tag["key"], tag["value"]);
    for (const auto& field : described["fields"]) {
        std::string text;
        const auto value = value_of(field["value"], text);
        made.fields.push_back({field["key"], value.kind, std::string(value.text)});
    }
    return made;
}

TEST_F(conformance, points_are_written_as_the_corpus_spells_them) {
    int unwritable = 0;
    for (const auto& each : testing::read_corpus("RELAY_LP_ENCODE_CORPUS")) {
        const auto point = point_of(each["point"]);
        const bool is_ambiguous = each["expect_text"].is_string() &&
                                  each["expect_text"].get<std::string>().find(R"(\\)") <
                                      each["expect_text"].get<std::string>().find('"');
        unwritable += testing::is_writable(point) ? 0 : 1;
        EXPECT_EQ(testing::is_writable(point), each["error"].is_null() && !is_ambiguous) << each;
        if (!each["error"].is_null()) continue;
        // A backslash before a separator is written as the corpus has it, but never sent: some
        // stores end the name there.
        EXPECT_EQ(testing::write(point), each["expect_text"].get<std::string>() + "\n");
    }
    std::cout << unwritable << " points are not writable\n";
}

}  // namespace
}  // namespace relay::protocol
