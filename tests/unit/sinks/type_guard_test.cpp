// What is learnt from a store's refusals, and what is written then.

#include "sinks/type_guard.hpp"

#include "sinks/field_coercion.hpp"
#include "sinks/record_lines.hpp"

#include <gmock/gmock.h>

#include <optional>
#include <string>
#include <vector>

namespace relay::sinks {
namespace {

using protocol::field_kind;
using testing::ElementsAre;
using testing::IsEmpty;

http_response answer(int status, std::string body) {
    http_response response;
    response.status = status;
    response.body = std::move(body);
    return response;
}

TEST(type_conflicts, are_read_from_the_words_of_each_version) {
    const type_conflict vmid{"system", "vmid", stored_type::string};
    EXPECT_THAT(type_conflicts(answer(
                    400, R"({"error":"partial write: field type conflict: input field \"vmid\" on )"
                         R"(measurement \"system\" is type float, already exists as type string )"
                         R"(dropped=3"})")),
                ElementsAre(vmid));
    EXPECT_THAT(
        type_conflicts(answer(
            422, R"({"code":"unprocessable entity","message":"failure writing points to database: )"
                 R"(partial write: field type conflict: input field \"vmid\" on measurement )"
                 R"(\"system\" is type float, already exists as type string dropped=1"})")),
        ElementsAre(vmid));
    EXPECT_THAT(
        type_conflicts(answer(
            400, R"({"error":"partial write of line protocol occurred","data":[)"
                 R"({"original_line":"system,host=a vmid=1","line_number":2,"error_message":)"
                 R"("invalid column type for column 'vmid', expected )"
                 R"(iox::column_type::field::string, got iox::column_type::field::float"},)"
                 R"({"original_line":"nics,host=a transmit","line_number":3,"error_message":)"
                 R"("invalid column type for column 'transmit', expected iox::column_type::tag, )"
                 R"(got iox::column_type::field::float"}]})")),
        ElementsAre(vmid, type_conflict{"nics", "transmit", stored_type::tag}));
}

TEST(type_conflicts, that_are_not_told_whole_are_none) {
    EXPECT_THAT(type_conflicts(answer(400, R"({"error":"field type conflict"})")), IsEmpty());
    EXPECT_THAT(type_conflicts(answer(400, R"({"error":"unable to parse 'm': missing fields"})")),
                IsEmpty());
    EXPECT_THAT(type_conflicts(answer(
                    400, R"({"data":[{"original_line":"a_long_measurement_t","line_number":1,)"
                         R"("error_message":"invalid column type for column 'f', expected )"
                         R"(iox::column_type::field::string, got iox::column_type::tag"}]})")),
                IsEmpty())
        << "whose measurement this is, is not to be seen";
    EXPECT_THAT(type_conflicts(answer(
                    204, R"({"error":"input field \"a\" on measurement \"b\" is type float, )"
                         R"(already exists as type string"})")),
                IsEmpty());
    for (const auto* odd : {"", "{", "{}", R"({"error":")", R"({"error":"input field \""})",
                            R"({"data":[{)", R"({"data":[{"original_line":"m f=1"}]})"}) {
        EXPECT_THAT(type_conflicts(answer(400, odd)), IsEmpty()) << odd;
    }
}

std::string as(field_kind from, const char* text, field_kind to) {
    const auto made = coerced({.kind = from, .text = text}, to);
    if (!made) return "-";
    EXPECT_EQ(made->kind, to);
    return made->text;
}

TEST(field_coercion, says_the_same_or_nothing) {
    using enum field_kind;
    EXPECT_EQ(as(number, "0.50", string), "0.50");
    EXPECT_EQ(as(integer, "5", string), "5");
    EXPECT_EQ(as(boolean, "T", string), "true");

    EXPECT_EQ(as(string, "100", number), "100");
    EXPECT_EQ(as(string, "1e5", number), "1e5");
    EXPECT_EQ(as(string, "running", number), "-");
    EXPECT_EQ(as(string, "", number), "-");
    EXPECT_EQ(as(string, "0x1f", number), "-");
    EXPECT_EQ(as(string, "nan", number), "-");
    EXPECT_EQ(as(integer, "9007199254740993", number), "9007199254740993");
    EXPECT_EQ(as(boolean, "false", number), "0");

    EXPECT_EQ(as(number, "100", integer), "100");
    EXPECT_EQ(as(number, "100.0", integer), "100");
    EXPECT_EQ(as(number, "1e3", integer), "1000");
    EXPECT_EQ(as(number, "-0.0", integer), "0");
    EXPECT_EQ(as(number, "0.5", integer), "-");
    EXPECT_EQ(as(number, "1e300", integer), "-");
    EXPECT_EQ(as(number, "9223372036854775808", integer), "-");
    EXPECT_EQ(as(number, "9223372036854775807", integer), "9223372036854775807");
    EXPECT_EQ(as(string, "100", integer), "100");
    EXPECT_EQ(as(string, "100i", integer), "100");
    EXPECT_EQ(as(boolean, "true", integer), "1");
    EXPECT_EQ(as(number, "-1", unsigned_integer), "-");
    EXPECT_EQ(as(number, "-1.0", unsigned_integer), "-");
    EXPECT_EQ(as(number, "18446744073709551615", unsigned_integer), "18446744073709551615");

    EXPECT_EQ(as(number, "1", boolean), "true");
    EXPECT_EQ(as(integer, "0", boolean), "false");
    EXPECT_EQ(as(number, "2", boolean), "-");
    EXPECT_EQ(as(string, "true", boolean), "true");
    EXPECT_EQ(as(string, "running", boolean), "-");
}

/// What the guard makes of a line for a destination; "-" where it stays as it is.
std::string written(const type_guard& guard, const std::string& line,
                    const std::string& destination = "db") {
    record_lines lines;
    lines.open(line);
    EXPECT_TRUE(lines.next());
    std::string out;
    return guard.of(destination).append(*lines.point(), out) ? out : "-";
}

bool told(type_guard& guard, const char* measurement, const char* field, stored_type stored) {
    const std::vector conflicts{type_conflict{measurement, field, stored}};
    return guard.learn("db", "db", conflicts);
}

TEST(type_guard, writes_as_the_type_that_is_there) {
    type_guard guard(type_guard_mode::coerce, 10);
    EXPECT_FALSE(guard.of("db").is_active());
    EXPECT_TRUE(told(guard, "system", "vmid", stored_type::string));
    EXPECT_TRUE(guard.of("db").is_active());
    EXPECT_EQ(written(guard, "system,host=a\\ b cpu=0.5,vmid=100 5\n"),
              "system,host=a\\ b cpu=0.5,vmid=\"100\" 5\n");
    EXPECT_EQ(written(guard, "system,host=a vmid=\"100\" 5\n"), "-") << "the store's own type";
    EXPECT_EQ(written(guard, "memory,host=a vmid=100 5\n"), "-") << "another measurement";
    EXPECT_EQ(written(guard, "system vmid=100 5\n", "other"), "-") << "another database";
}

TEST(type_guard, diverts_what_would_lose_something) {
    type_guard guard(type_guard_mode::coerce, 10);
    EXPECT_TRUE(told(guard, "system", "status", stored_type::floating));
    EXPECT_EQ(written(guard, "system status=\"running\",uptime=5 5\n"),
              "system status_string=\"running\",uptime=5 5\n");
    EXPECT_TRUE(told(guard, "system", "cpu", stored_type::integer));
    EXPECT_EQ(written(guard, "system cpu=0.25 5\n"), "system cpu_float=0.25 5\n");
    EXPECT_EQ(written(guard, "system cpu=1 5\n"), "system cpu=1i 5\n");
}

TEST(type_guard, diverts_everything_where_it_is_told_to) {
    type_guard guard(type_guard_mode::divert, 10);
    EXPECT_TRUE(told(guard, "system", "vmid", stored_type::string));
    EXPECT_EQ(written(guard, "system vmid=100 5\n"), "system vmid_float=100 5\n");
}

TEST(type_guard, diverts_what_two_shards_have_as_two_types) {
    type_guard guard(type_guard_mode::coerce, 10);
    EXPECT_TRUE(told(guard, "system", "vmid", stored_type::string));
    EXPECT_TRUE(told(guard, "system", "vmid", stored_type::integer));
    EXPECT_EQ(written(guard, "system vmid=100 5\n"), "system vmid_float=100 5\n");
}

TEST(type_guard, learns_nothing_twice) {
    type_guard guard(type_guard_mode::coerce, 10);
    EXPECT_TRUE(told(guard, "system", "vmid", stored_type::string));
    EXPECT_FALSE(told(guard, "system", "vmid", stored_type::string));
    EXPECT_TRUE(told(guard, "system", "vmid", stored_type::integer));
    EXPECT_FALSE(told(guard, "system", "vmid", stored_type::boolean));
    EXPECT_FALSE(told(guard, "system", "vmid", stored_type::floating));
}

TEST(type_guard, that_is_off_learns_nothing) {
    type_guard guard(type_guard_mode::off, 10);
    EXPECT_FALSE(told(guard, "system", "vmid", stored_type::string));
    EXPECT_FALSE(guard.of("db").is_active());
}

TEST(type_guard, notes_so_many_fields_and_counts_the_rest) {
    type_guard guard(type_guard_mode::coerce, 2);
    EXPECT_TRUE(told(guard, "m", "a", stored_type::string));
    EXPECT_TRUE(told(guard, "m", "b", stored_type::string));
    EXPECT_FALSE(told(guard, "m", "c", stored_type::string));
    EXPECT_FALSE(told(guard, "n", "a", stored_type::string));
    EXPECT_EQ(guard.shown()->beyond_bound.value(), 2u);
}

TEST(type_guard, knows_a_tag_beforehand) {
    type_guard guard(type_guard_mode::off, 10);
    guard.expect_tag("system", "type");
    EXPECT_EQ(written(guard, "system,object=lxc type=\"lxc\",uptime=1 5\n"),
              "system,object=lxc type_string=\"lxc\",uptime=1 5\n");
    EXPECT_EQ(written(guard, "nics,object=nodes type=\"virtual\" 5\n"), "-");
}

TEST(type_guard, shows_what_it_has_learnt_and_done) {
    type_guard guard(type_guard_mode::coerce, 10);
    EXPECT_TRUE(told(guard, "system", "vmid", stored_type::string));
    EXPECT_TRUE(told(guard, "system", "status", stored_type::floating));
    static_cast<void>(written(guard, "system vmid=100,status=\"running\" 5\n"));
    const auto& shown = *guard.shown();
    EXPECT_EQ(shown.coerced.value(), 1u);
    EXPECT_EQ(shown.diverted.value(), 1u);
    const auto fields = shown.fields.with([](const auto& all) { return all; });
    ASSERT_EQ(fields.size(), 2u);
    EXPECT_EQ(fields[0].what, (type_conflict{"system", "vmid", stored_type::string}));
    EXPECT_FALSE(fields[0].is_diverted);
    EXPECT_TRUE(told(guard, "system", "vmid", stored_type::boolean));
    const auto later = shown.fields.with([](const auto& all) { return all; });
    EXPECT_EQ(later.size(), 2u) << "each field once";
    EXPECT_TRUE(later.back().is_diverted);
}

}  // namespace
}  // namespace relay::sinks
