#include "relay/delivery/burial.hpp"

#include "protocol/gzip_member.hpp"
#include "relay/journal/batch.hpp"

#include <algorithm>
#include <limits>

namespace relay::delivery {

void burial::bury(std::span<const journal::record_ptr> records, sinks::place from, sinks::place end,
                  std::string_view reason, moment now) {
    if (box_ == nullptr) return;
    for (auto i = from.record; i < records.size() && i <= end.record; ++i) {
        const auto first = i == from.record ? from.unit : 0;
        const auto behind = i == end.record ? end.unit : std::numeric_limits<std::size_t>::max();
        if (first < behind) bury_part(*records[i], first, behind, reason, now);
    }
}

void burial::bury_part(const journal::record& record, std::size_t from_unit, std::size_t end_unit,
                       std::string_view reason, moment now) {
    text_ = record.text;
    if (text_.empty()) {
        // It was inflated before, or at least sent: what is not readable now stays unnamed.
        static_cast<void>(
            protocol::inflate_member(record.member, journal::batch_text_bytes_max, text_));
    }
    std::size_t unit = 0;
    std::uint64_t number = 0;
    for (std::string_view rest = text_; !rest.empty() && unit < end_unit;) {
        const auto line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(line.size() + 1, rest.size()));
        ++number;
        unit += sink_.units_in(line);
        const bool again = record_ == record.header.sequence && number_ == number;
        if (unit <= from_unit || again) continue;
        record_ = record.header.sequence;
        number_ = number;
        journal::dead_letter one;
        one.time_ns = unix_nanoseconds(now.wall);
        one.lane = record.header.lane;
        one.sink = name_;
        one.reason = reason;
        one.record = record_;
        one.number = number;
        one.line = line;
        last_ticket_ = std::max(last_ticket_, box_->put(std::move(one)));
    }
}

}  // namespace relay::delivery
