// The table against lines that Proxmox really wrote, and against what the simulator writes.
#include "relay/schema/table.hpp"

#include "protocol/line_parser.hpp"
#include "relay/schema/known_fields.hpp"
#include "relay/simulate/transactions.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

namespace relay::schema {
namespace {

using testing::IsEmpty;

std::string_view tag_of(const protocol::point& point, std::string_view key) {
    const auto found = std::ranges::find(point.tags, key, &protocol::tag::key);
    return found == point.tags.end() ? std::string_view() : found->value;
}

/// What is not as the table has it: fields without a row, and strings that are none there.
std::set<std::string> strangers_in(std::string_view text) {
    std::set<std::string> strangers;
    protocol::line_parser parser;
    while (parser.next(text, protocol::input_end::yes) == protocol::line_parser::outcome::point) {
        const auto& point = parser.point();
        const auto what = object_of(tag_of(point, "object"));
        for (const auto& [key, value] : point.fields) {
            const auto [lines, row] = find(what, point.measurement, key,
                                           [&](auto tag) { return !tag_of(point, tag).empty(); });
            const bool is_text = value.kind == protocol::field_kind::string;
            const bool agrees = row != nullptr && is_text == is_string(*row);
            if (agrees) continue;
            strangers.insert(std::string(tag_of(point, "object")) + " " +
                             std::string(point.measurement) + " " + std::string(key));
        }
    }
    EXPECT_THAT(text, IsEmpty()) << "the parser refused a line";
    return strangers;
}

std::string read(const std::filesystem::path& file) {
    std::ifstream in(file);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

TEST(table, has_every_field_of_the_sample_lines) {
    std::size_t files = 0;
    for (const auto& file : std::filesystem::directory_iterator(RELAY_SAMPLES)) {
        if (file.path().extension() != ".lp") continue;
        ++files;
        EXPECT_THAT(strangers_in(read(file.path())), IsEmpty()) << file.path();
    }
    EXPECT_GE(files, 5u);
}

TEST(table, has_every_field_that_is_simulated) {
    const auto world = simulate::make_world({.guests_per_node = 60});
    for (const auto& node : world.clusters.front().nodes) {
        for (const auto& one : simulate::transactions_of(node, 1'755'785'270))
            EXPECT_THAT(strangers_in(one.text), IsEmpty()) << simulate::to_string(one.kind);
    }
}

TEST(table, names_each_field_of_a_line_once) {
    for (const auto& lines : line_table) {
        std::set<std::string_view> fields;
        for (const auto& row : lines.rows) {
            EXPECT_TRUE(fields.insert(row.field).second) << lines.measurement << " " << row.field;
            const bool is_phrase = row.kind == value_kind::text || row.kind == value_kind::word;
            EXPECT_NE(row.help.ends_with("."), is_phrase) << row.field;
            EXPECT_FALSE(row.what.empty()) << row.field;
        }
    }
}

// The chain of comparisons in string_fields() follows the table.
TEST(table, says_which_fields_are_text) {
    for (const auto& lines : line_table) {
        if (lines.measurement.starts_with(own_measurement_start)) continue;
        for (const auto what :
             {object::node, object::qemu, object::lxc, object::storage, object::backup_host}) {
            if (!lines.objects.contains(what)) continue;
            for (const auto& row : lines.rows) {
                EXPECT_EQ(contains(string_fields(what, lines.measurement), row.field),
                          is_string(row))
                    << lines.measurement << " " << row.field;
            }
        }
    }
}

TEST(table, tells_a_datastore_from_the_root_file_system) {
    const auto prefix = [](bool has_datastore) {
        return find(object::backup_host, "blockstat", "used",
                    [&](auto tag) { return has_datastore && tag == "datastore"; })
            .lines->prefix;
    };

    EXPECT_EQ(prefix(true), "proxmox_bs_datastore");
    EXPECT_EQ(prefix(false), "proxmox_bs_host");
}

TEST(table, knows_a_line_without_knowing_a_field_of_it) {
    const auto found = find(object::lxc, "system", "news", [](auto) { return false; });

    ASSERT_NE(found.lines, nullptr);
    EXPECT_EQ(found.lines->prefix, "proxmox_ve_guest");
    EXPECT_EQ(found.row, nullptr);
}

}  // namespace
}  // namespace relay::schema
