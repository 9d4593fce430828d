#include "relay/delivery/rewrite.hpp"

#include <algorithm>
#include <utility>

namespace relay::delivery {

rewrite::result rewrite::apply(journal::record_ptr record) {
    if (passes_all_) return {std::move(record), 0};
    std::string_view rest = record->text;
    if (rest.empty()) {
        // What cannot be inflated is no store's to read either.
        if (!inflate(*record)) return {nullptr, record->header.points};
        rest = inflated_;
    }
    kept_.clear();
    std::uint32_t kept = 0;
    std::uint64_t left_out = 0;
    while (!rest.empty()) {
        const auto line = rest.substr(0, std::min(rest.find('\n'), rest.size() - 1) + 1);
        rest.remove_prefix(line.size());
        if (sieve_.passes(line)) {
            kept_ += line;
            ++kept;
        } else {
            ++left_out;
        }
    }
    if (left_out == 0) return {std::move(record), 0};
    if (kept == 0) return {nullptr, left_out};
    return {made_of(*record, kept), left_out};
}

bool rewrite::inflate(const journal::record& record) {
    inflated_.clear();
    return protocol::inflate_member(record.member, record.header.text_bytes, inflated_).has_value();
}

journal::record_ptr rewrite::made_of(const journal::record& original, std::uint32_t lines) {
    auto made = std::make_shared<journal::record>();
    made->header = original.header;
    made->header.points = lines;
    made->header.text_bytes = static_cast<std::uint32_t>(kept_.size());
    if (with_text_) {
        made->text = kept_;
    } else {
        if (!compressor_) compressor_.emplace();
        compressor_->compress(kept_, {}, made->member);
        made->header.member_bytes = static_cast<std::uint32_t>(made->member.size());
    }
    return made;
}

}  // namespace relay::delivery
