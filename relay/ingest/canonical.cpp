#include "relay/ingest/canonical.hpp"

#include "protocol/line_writer.hpp"
#include "relay/ingest/verbatim.hpp"

#include <algorithm>
#include <utility>

namespace relay::ingest {
namespace {

void append_measurement(std::string& out, std::string_view name, std::string_view input) {
    if (lies_in(input, name)) {
        out.append(name);
    } else {
        protocol::append_measurement(out, name);
    }
}

void append_tag(std::string& out, const protocol::tag& tag, std::string_view input) {
    if (lies_in(input, tag.key) && lies_in(input, tag.value)) {
        out.push_back(',');
        out.append(tag.key);
        out.push_back('=');
        out.append(tag.value);
    } else {
        protocol::append_tag(out, tag.key, tag.value);
    }
}

// A merge of two sorted lists; where both have a key, ours goes out.
std::size_t append_tags(std::string& out, const protocol::point& point, std::string_view input,
                        const constant_tags& constants) {
    std::size_t replaced = 0;
    auto ours = constants.begin();
    for (const auto& tag : point.tags) {
        while (ours != constants.end() && ours->key < tag.key) {
            out.append((ours++)->written);
        }
        if (ours != constants.end() && ours->key == tag.key) {
            ++replaced;
        } else {
            append_tag(out, tag, input);
        }
    }
    for (; ours != constants.end(); ++ours) {
        out.append(ours->written);
    }
    return replaced;
}

void append_fields(std::string& out, const protocol::point& point) {
    if (const auto text = verbatim_fields(point.fields); !text.empty()) {
        out.push_back(' ');
        out.append(text);
        return;
    }
    auto position = protocol::field_position::first;
    for (const auto& [key, value] : point.fields) {
        protocol::append_field(out, key, value, position);
        position = protocol::field_position::later;
    }
}

}  // namespace

void sort_tags(protocol::point& point) noexcept {
    // Insertion: there are five tags, and Proxmox VE's are nearly sorted.
    const auto tags = point.tags;
    if (tags.size() > 16) {
        std::sort(tags.begin(), tags.end(),
                  [](const auto& a, const auto& b) { return a.key < b.key; });
        return;
    }
    for (std::size_t i = 1; i < tags.size(); ++i) {
        for (std::size_t j = i; j > 0 && tags[j].key < tags[j - 1].key; --j) {
            std::swap(tags[j], tags[j - 1]);
        }
    }
}

canonical_line append_canonical(std::string& out, const protocol::point& point,
                                std::string_view input, const constant_tags& constants,
                                std::int64_t time_ns) {
    const auto begin = out.size();
    append_measurement(out, point.measurement, input);
    const auto replaced = append_tags(out, point, input, constants);
    const auto key_bytes = out.size() - begin;
    append_fields(out, point);
    protocol::append_time(out, time_ns);
    return {.key_bytes = key_bytes, .replaced_tags = replaced};
}

}  // namespace relay::ingest
