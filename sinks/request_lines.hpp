// Which lines a request already holds, so that their series need not be noted one by one: where the
// metrics of a measurement are its own (metric_uses.hpp), a line is new to the request if none with
// its labels and its measurement is in it, and then all of its series are.
//
// Where a second such line comes, the first is unfolded: its series are noted in request_series, as
// if they had been from the beginning, and theirs are looked for one by one.
#pragma once

#include "sinks/named_lines.hpp"
#include "sinks/request_series.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace relay::sinks {

/// An open hash table that is neither freed nor cleared: a place counts for one request. Not
/// thread-safe.
class request_lines {
public:
    explicit request_lines(request_series& series) noexcept : series_(series) {}

    void clear() noexcept;

    /// Notes a line, at the time that request_series was told last.
    /// @param may_be_whole all series of the line are about to be added, if they are not there yet,
    ///        and no line of another measurement has one of them
    /// @returns true where none of its series is in the request: they are noted;
    ///          false where it is for request_series to say, series by series
    [[nodiscard]] bool add(const known_line& line, bool may_be_whole);

    /// From now on, until clear(), every series is noted one by one: a line has come of which it is
    /// not known with which others it shares them.
    void unfold_all();

private:
    struct place {
        std::uint64_t request = 0;        // that it counts for
        std::uint64_t line = 0;           // fingerprint
        std::uint64_t labels = 0;         // theirs
        const line_kind* kind = nullptr;  // null: unfolded
        std::uint64_t time = 0;
    };

    [[nodiscard]] place& find(std::uint64_t line) noexcept;
    void unfold(place& one);
    void grow();

    request_series& series_;
    std::vector<place> places_ = std::vector<place>(1 << 8);  // at most half full
    unsigned shift_ = 64 - 8;
    std::size_t used_ = 0;
    std::uint64_t request_ = 1;
    bool is_folding_ = true;
};

}  // namespace relay::sinks
