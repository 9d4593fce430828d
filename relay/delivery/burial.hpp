// What a store will never take becomes dead letters: the lines that a refused piece was cut from,
// each once however many of its values were refused. Owned by one delivery; hands letters to the
// box and waits for nothing.
#pragma once

#include "relay/base/clock.hpp"
#include "relay/journal/dead_letters.hpp"
#include "sinks/sink.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace relay::delivery {

class burial {
public:
    /// @param box null: nothing is kept
    burial(std::string sink_name, const sinks::sink& sink, journal::dead_letter_box* box)
        : name_(std::move(sink_name)),
          sink_(sink),
          box_(box) {}

    /// The lines of records with a unit from `from` to before `end`.
    void bury(std::span<const journal::record_ptr> records, sinks::place from, sinks::place end,
              std::string_view reason, moment now);

    /// What must be on disk before a cursor may pass what was buried so far.
    [[nodiscard]] journal::letter_ticket last_ticket() const noexcept { return last_ticket_; }

private:
    void bury_part(const journal::record& record, std::size_t from_unit, std::size_t end_unit,
                   std::string_view reason, moment now);

    const std::string name_;
    const sinks::sink& sink_;
    journal::dead_letter_box* const box_;
    std::string text_;  // of a record that came without
    journal::letter_ticket last_ticket_ = 0;
    // The line that was buried last.
    journal::sequence record_ = 0;
    std::uint64_t number_ = 0;
};

}  // namespace relay::delivery
