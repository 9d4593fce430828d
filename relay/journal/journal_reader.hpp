// Records behind a sequence, from memory where they are there, else from disk. One per
// subscription; used by one thread at a time. It remembers where it stopped on disk, so that
// reading on costs no search.
#pragma once

#include "relay/journal/catalog.hpp"
#include "relay/journal/journal.hpp"
#include "relay/journal/segment_reader.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <vector>

namespace relay::journal {

class journal_reader {
public:
    explicit journal_reader(catalog& records) noexcept : catalog_(records) {}

    /// As subscription::read().
    [[nodiscard]] std::vector<record_ptr> read(sequence after, contents what,
                                               const read_limits& limits);

    /// Records that the last read() passed over, neither deleted nor readable, those that an
    /// earlier call has told of excepted. Their points are known where the record before them was
    /// seen; where that says that there are none, nothing was passed over.
    [[nodiscard]] const std::vector<gone_records>& passed_over() const noexcept {
        return passed_over_;
    }

private:
    [[nodiscard]] std::vector<record_ptr> read_disk(const disk_place& where, sequence after,
                                                    contents what, const read_limits& limits);
    [[nodiscard]] bool open(const disk_place& where, sequence after);
    void note_gaps(sequence after, sequence removed, const std::vector<record_ptr>& found);

    void note_gap(sequence before, const record_header* last, const record_header& here);

    catalog& catalog_;
    std::optional<segment_reader> reader_;
    std::uint64_t reader_number_ = 0;
    sequence reader_after_ = 0;  // the last record that reader_ has passed
    std::vector<gone_records> passed_over_;
    record_header seen_;             // the last one on disk that was passed in order
    std::set<sequence> known_gaps_;  // by the record behind each
};

}  // namespace relay::journal
