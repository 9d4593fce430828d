#include "relay/ops/dead_letter_json.hpp"

#include "relay/base/rfc3339.hpp"

#include <boost/json.hpp>

#include <cstdint>
#include <utility>

namespace relay::ops {
namespace {

namespace json = boost::json;

void read_text(const json::object& from, const std::string& key, std::string& into) {
    if (const auto* plain = from.if_contains(key); plain != nullptr && plain->is_string()) {
        into = plain->get_string();
    }
    const auto* escaped = from.if_contains(key + "_escaped");
    if (escaped != nullptr && escaped->is_string()) {
        into = journal::unescape_bytes(std::string_view(escaped->get_string()));
    }
}

void read_number(const json::object& from, std::string_view key, std::uint64_t& into) {
    const auto* found = from.if_contains(key);
    if (found == nullptr) return;
    json::error_code error;
    const auto number = found->to_number<std::uint64_t>(error);
    if (!error) into = number;
}

}  // namespace

expected<journal::dead_letter, std::string> parse_dead_letter(std::string_view text) {
    json::error_code error;
    const auto value = json::parse(text, error);
    if (error || !value.is_object()) return unexpected(std::string("it is no JSON object"));
    const auto& from = value.get_object();
    journal::dead_letter one;
    std::string time;
    read_text(from, "time", time);
    const auto when = parse_rfc3339(time);
    if (!when) return unexpected(std::string("it has no time"));
    one.time_ns = *when;
    const auto* line = from.if_contains("line");
    if (line == nullptr) line = from.if_contains("line_escaped");
    if (line == nullptr || !line->is_string()) return unexpected(std::string("it has no line"));
    read_text(from, "listener", one.listener);
    read_text(from, "from", one.from);
    read_text(from, "cluster", one.lane.cluster);
    read_text(from, "bucket", one.lane.bucket);
    read_text(from, "tenant", one.lane.tenant);
    read_text(from, "sink", one.sink);
    read_text(from, "reason", one.reason);
    read_number(from, "record", one.record);
    read_number(from, "number", one.number);
    read_number(from, "offset", one.offset);
    read_text(from, "line", one.line);
    return one;
}

}  // namespace relay::ops
