// Records as the journal would hand them out, made from text.
#pragma once

#include "relay/journal/record.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace relay::sinks {

inline journal::lane lab() {
    return {.cluster = "lab", .bucket = "proxmox", .tenant = ""};
}

/// With its text and without a member: what a sink that needs text reads.
inline journal::record_ptr text_record(journal::sequence sequence, std::string text,
                                       journal::lane lane = lab()) {
    journal::record record;
    record.header.sequence = sequence;
    record.header.lane = std::move(lane);
    record.header.text_bytes = static_cast<std::uint32_t>(text.size());
    record.header.points = static_cast<std::uint32_t>(std::ranges::count(text, '\n'));
    record.header.appended_ns = 1'755'785'270'000'000'000;
    record.text = std::move(text);
    return std::make_shared<const journal::record>(std::move(record));
}

}  // namespace relay::sinks
