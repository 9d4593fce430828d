#include "relay/ingest/presence_file.hpp"

#include "protocol/line_parser.hpp"
#include "protocol/line_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <utility>

namespace relay::ingest {
namespace {

using protocol::field_kind;
using protocol::field_position;
using schema::object;

constexpr std::string_view first_line = "# pverelay presence 1\n";

void append_number(std::string& out, std::string_view key, std::int64_t value, field_position at) {
    protocol::append_field(out, key, {field_kind::number, fmt::format("{}", value)}, at);
}

std::string last_line(std::size_t lines) {
    return fmt::format("# end {}\n", lines);
}

constexpr std::chrono::milliseconds interval_most = std::chrono::hours(24);
constexpr std::int64_t heard_most_ns = 4'102'444'800'000'000'000;  // 2100

std::string_view tag_of(const protocol::point& point, std::string_view key) {
    const auto found = std::ranges::find(point.tags, key, &protocol::tag::key);
    return found == point.tags.end() ? std::string_view() : found->value;
}

std::string_view field_of(const protocol::point& point, std::string_view key) {
    const auto found = std::ranges::find(point.fields, key, &protocol::field::key);
    return found == point.fields.end() ? std::string_view() : found->value.text;
}

std::int64_t number_of(std::string_view text) {
    std::int64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

remembered_object object_of(const protocol::point& point) {
    remembered_object one;
    one.what = schema::object_of(tag_of(point, "object"));
    one.vmid = static_cast<std::uint32_t>(number_of(tag_of(point, "vmid")));
    one.host = tag_of(point, "host");
    const bool is_node = one.what == object::node || one.what == object::backup_host;
    one.node = is_node ? one.host : tag_of(point, "nodename");
    one.type = tag_of(point, "type");
    one.is_absent = field_of(point, "absent") == "1";
    one.is_running = field_of(point, "running") == "1";
    one.is_known_to_api = field_of(point, "api") == "1";
    // A file may say anything; what no clock can add up is brought within a day, and this century.
    one.interval = std::clamp(std::chrono::milliseconds(number_of(field_of(point, "interval_ms"))),
                              std::chrono::milliseconds(0), interval_most);
    one.heard_ns = std::clamp(point.time_ns.value_or(0), std::int64_t{0}, heard_most_ns);
    return one;
}

bool is_whole(std::string_view text) {
    const auto lines = std::ranges::count(text, '\n');
    return text.starts_with(first_line) && lines >= 2 &&
           text.ends_with("\n" + last_line(static_cast<std::size_t>(lines - 2)));
}

}  // namespace

presence_writer::presence_writer() : text_(first_line) {}

void presence_writer::begin_cluster(std::string_view name, std::string_view bucket) {
    ++lines_;
    protocol::append_measurement(text_, "cluster");
    protocol::append_tag(text_, "name", name);
    protocol::append_field(text_, "bucket", {field_kind::string, bucket}, field_position::first);
    text_ += '\n';
}

void presence_writer::add(const remembered_object& one) {
    ++lines_;
    const bool is_node = one.what == object::node || one.what == object::backup_host;
    const auto tag = [this](std::string_view key, std::string_view value) {
        if (!value.empty()) protocol::append_tag(text_, key, value);
    };
    protocol::append_measurement(text_, "object");
    tag("object", object_name(one.what));
    if (one.vmid != 0) tag("vmid", fmt::format("{}", one.vmid));
    if (!is_node) tag("nodename", one.node);
    tag("host", one.host);
    tag("type", one.type);
    append_number(text_, "absent", one.is_absent ? 1 : 0, field_position::first);
    append_number(text_, "running", one.is_running ? 1 : 0, field_position::later);
    append_number(text_, "api", one.is_known_to_api ? 1 : 0, field_position::later);
    if (is_node) append_number(text_, "interval_ms", one.interval.count(), field_position::later);
    protocol::append_time(text_, one.heard_ns);
}

std::string presence_writer::finish() && {
    text_ += last_line(lines_);
    return std::move(text_);
}

expected<void, std::string> read_presence(
    std::string_view text,
    const std::function<void(const std::string&, std::string_view)>& begin_cluster,
    const std::function<void(const remembered_object&)>& add) {
    if (!is_whole(text)) return unexpected(std::string("it is not whole"));
    protocol::line_parser parser;
    for (;;) {
        const auto outcome = parser.next(text, protocol::input_end::yes);
        if (outcome == protocol::line_parser::outcome::failure) continue;
        if (outcome != protocol::line_parser::outcome::point) return {};
        const auto& point = parser.point();
        if (point.measurement == "cluster") {
            // A newline would not be written as it was read.
            const auto bucket = field_of(point, "bucket");
            const bool is_text = bucket.find('\n') == std::string_view::npos;
            begin_cluster(std::string(tag_of(point, "name")), is_text ? bucket : "");
        }
        if (point.measurement != "object") continue;
        const auto one = object_of(point);
        const bool is_named = schema::is_pushed(one.what) && !one.node.empty() && !one.host.empty();
        if (is_named && (one.vmid != 0 || !schema::is_guest(one.what))) add(one);
    }
}

}  // namespace relay::ingest
