#include "relay/topology/own_line.hpp"

#include "protocol/escape.hpp"
#include "protocol/line_writer.hpp"

namespace relay::topology {

own_line::own_line(std::string& out, std::string_view measurement) : out_(out), begin_(out.size()) {
    protocol::append_measurement(out_, measurement);
}

own_line& own_line::tag(std::string_view key, std::string_view value) {
    if (value.empty()) return *this;
    is_readable_ = is_readable_ && protocol::is_plain_name(value);
    protocol::append_tag(out_, key, value);
    return *this;
}

own_line& own_line::tag(std::string_view key, std::uint32_t value) {
    return tag(key, std::string_view(fmt::format("{}", value)));
}

own_line& own_line::text(std::string_view key, std::string_view value) {
    if (value.empty()) return *this;
    protocol::append_field(
        out_, key, {protocol::field_kind::string, value},
        has_field_ ? protocol::field_position::later : protocol::field_position::first);
    has_field_ = true;
    return *this;
}

own_line& own_line::flag(std::string_view key, std::optional<bool> value) {
    if (value) number(key, *value ? "1" : "0");
    return *this;
}

void own_line::number(std::string_view key, std::string_view spelt) {
    protocol::append_field(
        out_, key, {protocol::field_kind::number, spelt},
        has_field_ ? protocol::field_position::later : protocol::field_position::first);
    has_field_ = true;
}

void own_line::end(std::int64_t time_ns) {
    if (has_field_ && is_readable_) {
        protocol::append_time(out_, time_ns);
    } else {
        out_.resize(begin_);
    }
}

}  // namespace relay::topology
