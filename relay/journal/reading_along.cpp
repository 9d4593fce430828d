#include "relay/journal/reading_along.hpp"

namespace relay::journal {

reading_along::reading_along(catalog& records, std::int64_t appended_since_ns)
    : catalog_(records),
      reader_(records),
      after_(records.before(appended_since_ns)),
      id_(records.add_onlooker(after_)),
      since_ns_(appended_since_ns) {}

reading_along::~reading_along() {
    catalog_.remove_onlooker(id_);
}

std::vector<record_ptr> reading_along::read(const read_limits& limits) {
    if (!in_time_) pass_older();
    auto found = reader_.read(after_, contents::text, limits);
    if (!found.empty()) after_ = found.back()->header.sequence;
    catalog_.set_read(id_, after_);
    return found;
}

/// By the headers: what is too old is not inflated.
void reading_along::pass_older() {
    for (;;) {
        const auto found = reader_.read(after_, contents::member, {});
        for (const auto& one : found) {
            in_time_ = one->header.appended_ns >= since_ns_;
            if (in_time_) return;
            after_ = one->header.sequence;
        }
        if (found.empty()) return;
    }
}

}  // namespace relay::journal
