#include "relay/ingest/canonical.hpp"

#include "protocol/line_writer.hpp"

#include <functional>

namespace relay::ingest {
namespace {

/// Whether `name` is a view into `input`: then the parser found nothing in it to unescape, and
/// nothing in it needs an escape.
bool lies_in(std::string_view input, std::string_view name) noexcept {
    constexpr std::less_equal<const char*> not_after;
    return not_after(input.data(), name.data()) &&
           not_after(name.data() + name.size(), input.data() + input.size());
}

void append_measurement(std::string& out, std::string_view name, std::string_view input) {
    if (lies_in(input, name)) {
        out.append(name);
    } else {
        protocol::append_measurement(out, name);
    }
}

//     ,vmid=100,…
//      key  value   are views into the input, or one of them was unescaped
void append_tag(std::string& out, const protocol::tag& tag, std::string_view input) {
    const char* const key = tag.key.data();
    if (lies_in(input, tag.key) && tag.value.data() == key + tag.key.size() + 1) {
        out.append(key - 1, 1 + tag.key.size() + 1 + tag.value.size());
    } else {
        protocol::append_tag(out, tag.key, tag.value);
    }
}

}  // namespace

void append_series_key(std::string& out, const protocol::point& point, std::string_view input,
                       const tag_plan& plan, const constant_tags& ours) {
    append_measurement(out, point.measurement, input);
    std::size_t written = 0;
    for (const auto& step : plan.steps) {
        const std::size_t end = ours.ends[step.ours];
        if (end > written) {
            out.append(ours.written, written, end - written);
            written = end;
        }
        append_tag(out, point.tags[step.tag], input);
    }
    out.append(ours.written, written);
}

void append_fields(std::string& out, const protocol::point& point,
                   std::string_view canonical_text) {
    if (!canonical_text.empty()) {
        out.push_back(' ');
        out.append(canonical_text);
        return;
    }
    auto position = protocol::field_position::first;
    for (const auto& [key, value] : point.fields) {
        protocol::append_field(out, key, value, position);
        position = protocol::field_position::later;
    }
}

void time_writer::append(std::string& out, std::int64_t time_ns) {
    if (time_ns != time_ns_ || text_.empty()) {
        text_.clear();
        protocol::append_time(text_, time_ns);
        time_ns_ = time_ns;
    }
    out.append(text_);
}

}  // namespace relay::ingest
