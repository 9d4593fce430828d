#include "sinks/request_lines.hpp"

#include <utility>

namespace relay::sinks {

void request_lines::clear() noexcept {
    ++request_;
    used_ = 0;
    is_folding_ = true;
}

request_lines::place& request_lines::find(std::uint64_t line) noexcept {
    auto i = static_cast<std::size_t>(line >> shift_);
    while (places_[i].request == request_ && places_[i].line != line)
        i = (i + 1) & (places_.size() - 1);
    return places_[i];
}

bool request_lines::add(const known_line& line, bool may_be_whole) {
    if (!is_folding_) return false;
    auto* one = &find(line.fingerprint);
    if (one->request == request_) {
        unfold(*one);
        return false;
    }
    if (2 * (used_ + 1) > places_.size()) {
        grow();
        one = &find(line.fingerprint);
    }
    ++used_;
    *one = {.request = request_,
            .line = line.fingerprint,
            .labels = line.labels.fingerprint,
            .kind = may_be_whole ? line.kind.get() : nullptr,
            .time = series_.time()};
    return may_be_whole;
}

void request_lines::unfold(place& one) {
    const auto* const kind = std::exchange(one.kind, nullptr);
    if (kind == nullptr) return;
    for (const auto& sample : kind->samples)
        static_cast<void>(series_.add(one.labels + sample.fingerprint, one.time));
}

void request_lines::unfold_all() {
    if (!std::exchange(is_folding_, false)) return;
    for (auto& one : places_) {
        if (one.request == request_) unfold(one);
    }
}

void request_lines::grow() {
    const auto old = std::exchange(places_, std::vector<place>(places_.size() * 2));
    --shift_;
    for (const auto& one : old) {
        if (one.request == request_) find(one.line) = one;
    }
}

}  // namespace relay::sinks
