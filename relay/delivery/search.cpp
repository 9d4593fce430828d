#include "relay/delivery/search.hpp"

#include "relay/base/check.hpp"

#include <algorithm>

namespace relay::delivery {

search search::of_refused(suspect_range whole, std::size_t requests_max) {
    search result(requests_max);
    result.stack_.push_back({.from = whole.from, .units = whole.units, .known = standing::bad});
    result.halve_bad();
    return result;
}

search search::of_faulty(suspect_range whole, std::size_t pieces, std::size_t requests_max) {
    search result(requests_max);
    result.proven_ = false;
    result.at_ = whole.from;
    const auto count = std::clamp<std::size_t>(pieces, 1, whole.units);
    for (std::size_t i = count; i > 0; --i) {
        const auto units = whole.units * i / count - whole.units * (i - 1) / count;
        result.stack_.push_back({.from = {}, .units = units});
    }
    return result;
}

suspect_range search::next() const {
    RELAY_CHECK(!done());
    const piece& top = stack_.back();
    return {.from = top.from.value_or(at_), .units = top.units};
}

// What is known to be bad is not sent whole again: its halves are, as long as the search may cost
// anything. A first half that is taken proves the second one bad (see taken()).
void search::halve_bad() {
    while (!stack_.empty() && stack_.back().known == standing::bad && stack_.back().units > 1 &&
           requests_left_ > 0) {
        const piece whole = stack_.back();
        const auto half = whole.units / 2;
        stack_.back() = {.from = {}, .units = whole.units - half};
        stack_.push_back({.from = whole.from, .units = half, .known = standing::first_half});
    }
}

// Leaves the part of the topmost piece that was sent behind; the rest of it comes next.
void search::pass(const sinks::encoded& sent) {
    RELAY_CHECK(!done() && sent.units > 0 && sent.units <= stack_.back().units);
    at_ = sent.end;
    if (sent.units == stack_.back().units) {
        stack_.pop_back();
        return;
    }
    stack_.back().units -= sent.units;
    stack_.back().from.reset();
}

void search::taken(const sinks::encoded& sent) {
    spend();
    any_taken_ = true;
    const bool first_half = stack_.back().known == standing::first_half;
    const bool whole = sent.units == stack_.back().units;
    pass(sent);
    if (whole && first_half && !done()) stack_.back().known = standing::bad;
    if (done() && !proven_) believed();
    halve_bad();
}

search::step search::refused(const sinks::encoded& sent) {
    spend();
    const auto from = next().from;
    if (!proven_) {
        pass(sent);
        failed_.push_back({.from = from, .units = sent.units, .known = standing::bad});
        if (!done()) return step::go_on;
        if (!any_taken_) return step::failed;
        believed();
        return step::go_on;
    }
    if (sent.units < stack_.back().units) {
        stack_.back() = {.from = {}, .units = stack_.back().units - sent.units};
        stack_.push_back({.from = from, .units = sent.units});
    }
    stack_.back().known = standing::bad;
    if (sent.units == 1 || requests_left_ == 0) return step::drop;
    halve_bad();
    return step::go_on;
}

void search::dropped(const sinks::encoded& sent) {
    pass(sent);
    halve_bad();
}

void search::nothing_until(sinks::place end, bool more) {
    at_ = end;
    if (more) {
        stack_.back().from = end;
    } else {
        stack_.pop_back();
    }
    if (done() && !proven_) believed();
    halve_bad();
}

void search::believed() {
    RELAY_CHECK(done());
    proven_ = true;
    stack_.assign(failed_.rbegin(), failed_.rend());
    failed_.clear();
    halve_bad();
}

}  // namespace relay::delivery
