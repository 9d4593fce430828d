// Where finished lines go: the batch that a body, or a lane's datagrams, are filling, and the
// journal behind it. Owns the batch's text until it is handed over.
#pragma once

#include "relay/base/clock.hpp"
#include "relay/base/counter.hpp"
#include "relay/ingest/loss_log.hpp"
#include "relay/journal/journal.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace relay::ingest {

/// A batch this close to its bound is handed over: the next line, a Proxmox one being shorter than
/// 1 kB, would otherwise make its buffer grow beyond the bound for nothing.
inline constexpr std::size_t batch_headroom_bytes = 16 << 10;

struct outlet_counters {
    shared_counter& lines;
    shared_counter& batches;
    loss_log& losses;  // what the journal does not take
};

class batch_outlet {
public:
    /// @param full_bytes a batch is handed over as soon as it holds so much
    batch_outlet(journal::journal& journal, const journal::lane& lane,
                 std::shared_ptr<journal::receipt> receipt, std::size_t full_bytes,
                 outlet_counters counters);

    /// So much text will be refined: an empty batch gets a buffer for it in one go.
    void expect(std::size_t bytes);

    /// The text to append the next line to; what is appended counts with end_line() only.
    [[nodiscard]] std::string& text();
    /// The line from `begin` to the text's end is whole. Hands over what is full.
    /// @returns false where the line alone is longer than a batch may be: it is taken back.
    [[nodiscard]] bool end_line(std::size_t begin, std::int64_t time_ns);

    /// A place between two lines, to go back to.
    struct mark {
        std::size_t batches = 0;
        std::size_t text_bytes = 0;
        std::uint32_t points = 0;
        std::int64_t oldest_ns = 0;
        std::int64_t newest_ns = 0;
    };
    [[nodiscard]] mark here() const noexcept;
    /// Forgets the lines since. @returns false where they were handed over already.
    [[nodiscard]] bool take_back(const mark& to);

    /// Hands over what there is, if anything.
    void hand_over();

    [[nodiscard]] bool empty() const noexcept { return batch_.points == 0; }
    /// Points and batches that the journal was given, whether it took them or not.
    [[nodiscard]] std::uint64_t points() const noexcept { return points_; }
    [[nodiscard]] std::size_t batches() const noexcept { return batches_; }
    [[nodiscard]] std::size_t bytes_held() const noexcept { return batch_.text.capacity(); }

private:
    void move_line_to_new_batch(std::size_t begin);

    journal::journal& journal_;
    std::size_t full_bytes_;
    outlet_counters counters_;
    journal::lane lane_;
    std::shared_ptr<journal::receipt> receipt_;
    journal::batch batch_;  // its lane and receipt are set when it is handed over
    std::uint64_t points_ = 0;
    std::size_t batches_ = 0;
};

}  // namespace relay::ingest
