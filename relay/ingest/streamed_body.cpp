#include "relay/ingest/streamed_body.hpp"

#include <algorithm>
#include <utility>

namespace relay::ingest {

using protocol::input_end;

// As many bodies as a large cluster has in flight at once.
constexpr std::size_t idle_parsers_max = 64;

streamed_body::streamed_body(parts with)
    : with_(std::move(with)),
      passage_{.lane = with_.lane,
               .tags = with_.tags,
               .outlet = with_.outlet,
               .parser = *with_.parser,
               .from = with_.from,
               .unit = with_.unit,
               .now = with_.now,
               .vote = {},
               .before_half_line = {},
               .memory = {.whole_transactions = true, .blockstat_vmid = {}},
               .newlines = 0,
               .rejected = 0,
               .first_error = {}} {
    with_.parser->set_precision(with_.unit);
}

streamed_body::~streamed_body() {
    if (with_.idle.size() >= idle_parsers_max) return;
    with_.parser->reset();
    with_.idle.push_back(std::move(with_.parser));
}

void streamed_body::feed(std::string_view bytes) {
    with_.outlet.expect(std::max(std::exchange(expected_, 0), bytes.size()));
    if (!unfinished_.empty()) bytes = complete_unfinished(bytes);
    if (!bytes.empty()) keep_unfinished(with_.refine.refine(passage_, bytes, input_end::no));
}

// Mostly the line ends with the first newline, and what is behind it can be read where it lies. A
// chunk that is shorter than what waits does not pay for reading that again: see
// worth_reading_bytes_.
std::string_view streamed_body::complete_unfinished(std::string_view bytes) {
    const auto newline = bytes.find('\n');
    if (newline != std::string_view::npos && unfinished_.size() <= bytes.size()) {
        unfinished_.append(bytes, 0, newline + 1);
        bytes.remove_prefix(newline + 1);
        refine_unfinished(input_end::no);
        if (unfinished_.empty()) return bytes;
    }
    unfinished_.append(bytes);
    if (unfinished_.size() >= worth_reading_bytes_) refine_unfinished(input_end::no);
    return {};
}

void streamed_body::refine_unfinished(input_end end) {
    const auto rest = with_.refine.refine(passage_, unfinished_, end);
    unfinished_.erase(0, unfinished_.size() - rest.size());
    worth_reading_bytes_ = 2 * unfinished_.size();
}

void streamed_body::keep_unfinished(std::string_view rest) {
    unfinished_.assign(rest);
    worth_reading_bytes_ = 2 * unfinished_.size();
}

body_result streamed_body::finish() {
    refine_unfinished(input_end::yes);
    with_.outlet.hand_over();
    return {.accepted = with_.outlet.points(),
            .rejected = passage_.rejected,
            .batches = with_.outlet.batches(),
            .first_error = std::move(passage_.first_error)};
}

std::size_t streamed_body::bytes_held() const {
    return unfinished_.capacity() + with_.outlet.bytes_held();
}

}  // namespace relay::ingest
