// Which records of the journal come next for one sink: the newest first, or all of them in order.
// Keeps the sink's cursor: what is delivered, and the gaps below it that are still owed.
//
//   delivered ────────────────────────┐      live: what follows
//   ████████░░░░░░░░░░██████░░░░██████│▒▒▒▒
//           gap       gap       backlog: the oldest gap, a piece at a time, when nothing live waits
//
// Pure: time is handed in. Owned by the sink's delivery.
#pragma once

#include "relay/base/clock.hpp"
#include "relay/delivery/delivery_options.hpp"
#include "relay/journal/cursor.hpp"
#include "relay/journal/gaps.hpp"
#include "relay/journal/journal.hpp"
#include "relay/journal/record.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace relay::delivery {

class itinerary {
public:
    /// @param options outlives this
    itinerary(journal::cursor position, const replay_options& replay,
              const delivery_options& options);

    [[nodiscard]] const journal::cursor& position() const noexcept { return position_; }

    /// To what follows everything that was delivered.
    void turn_to_live();
    /// To the first piece of the oldest gap. @pre owes_any()
    void turn_to_backlog(moment now);
    [[nodiscard]] bool on_backlog() const noexcept { return on_backlog_; }
    [[nodiscard]] bool owes_any() const noexcept { return !position_.gaps.empty(); }
    /// Before this, replay_rate lets no further piece of the backlog go.
    [[nodiscard]] steady_time backlog_due() const noexcept { return backlog_due_; }

    [[nodiscard]] journal::sequence read_after() const noexcept { return read_through_; }
    [[nodiscard]] journal::read_limits limits() const noexcept;
    /// Takes note of what was read after read_after(), and lets go what is not of this gap.
    void was_read(std::vector<journal::record_ptr>& records);

    /// Whether these live records are to wait, with all that follow them, behind newer ones.
    [[nodiscard]] bool is_backlog(const std::vector<journal::record_ptr>& records,
                                  journal::sequence newest, moment now) const;
    /// Owes everything that is not delivered yet, up to `newest`, and goes on behind it.
    void put_off(journal::sequence newest);
    /// Owes records that were delivered once more.
    void owe(journal::gap range) { journal::add_gap(position_, range); }

    /// Everything that was read up to here is delivered or dropped.
    void done_through(journal::sequence last);
    /// The same of all that was read.
    void done(moment now);

private:
    void pace(moment now);

    journal::cursor position_;
    const replay_options replay_;
    const delivery_options& options_;

    bool on_backlog_ = false;
    journal::sequence done_through_;  // of what is read now
    journal::sequence read_through_;
    journal::sequence last_ = std::numeric_limits<journal::sequence>::max();

    std::size_t piece_bytes_;
    steady_time piece_begun_{};
    std::uint64_t piece_text_bytes_ = 0;
    steady_time backlog_due_ = steady_time::min();
};

}  // namespace relay::delivery
