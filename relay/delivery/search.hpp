// The search for the units of a request that a store will never take. It says which piece to send
// next and learns from each answer; whether a refusal may be believed is decided by its caller.
//
//   1000 refused:  [      500       |     (500)      ]    taken: so the bad one is in the rest,
//                                   [  250  | (250)  ]    which is halved unasked, and so on
//
// Pure. One search lives as long as one refused request; its places are of that window.
#pragma once

#include "sinks/sink.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace relay::delivery {

struct suspect_range {
    sinks::place from;
    std::size_t units = 0;
};

class search {
public:
    /// A range that a store known to be healthy refuses.
    [[nodiscard]] static search of_refused(suspect_range whole, std::size_t requests_max);

    /// A range that a store answers with faults, healthy or not: cut into `pieces` that are each
    /// sent once; those that fail are searched further as soon as another was taken.
    [[nodiscard]] static search of_faulty(suspect_range whole, std::size_t pieces,
                                          std::size_t requests_max);

    [[nodiscard]] bool done() const noexcept { return stack_.empty(); }

    /// The piece to send next. @pre !done()
    [[nodiscard]] suspect_range next() const;

    /// `sent` begins where next() said, with at most as many units, and at least one.
    void taken(const sinks::encoded& sent);

    enum class step : std::uint8_t {
        go_on,   // send what next() says
        drop,    // `sent` is as small as it gets: call dropped(), or send it again
        failed,  // no piece was taken: nothing tells a sick store from bad data; see believed()
    };
    [[nodiscard]] step refused(const sinks::encoded& sent);

    void dropped(const sinks::encoded& sent);

    /// There is nothing to send up to `end`; `more`: but beyond it there is.
    void nothing_until(sinks::place end, bool more);

    /// After step::failed: the store is healthy nevertheless; what failed is searched.
    void believed();

    /// Whether the store took anything of the range.
    [[nodiscard]] bool any_taken() const noexcept { return any_taken_; }

private:
    enum class standing : std::uint8_t { unknown, first_half, bad };
    struct piece {
        std::optional<sinks::place> from;  // none: where the piece before it ended
        std::size_t units = 0;
        standing known = standing::unknown;
    };

    explicit search(std::size_t requests_max) : requests_left_(requests_max) {}
    void spend() noexcept { requests_left_ -= requests_left_ > 0 ? 1 : 0; }
    void pass(const sinks::encoded& sent);
    void halve_bad();

    std::vector<piece> stack_;   // the next one last
    std::vector<piece> failed_;  // of a round without proof, in order
    sinks::place at_;            // where the last piece ended
    std::size_t requests_left_;
    bool proven_ = true;  // false: a fault may as well be the store's
    bool any_taken_ = false;
};

}  // namespace relay::delivery
