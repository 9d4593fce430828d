// From record to record through a journal's directory, as an observer: read-only, without the lock,
// beside a running relay or without one. The rules of reading are the journal's own
// (docs/journal-format.md); what is damaged is passed over and noted. One thread.
//
//     journal_walk walk(directory);
//     while (walk.next()) if (wanted(walk.header())) use(walk.load(contents::text));
#pragma once

#include "relay/journal/directory_listing.hpp"
#include "relay/journal/journal.hpp"
#include "relay/journal/segment_reader.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace relay::journal {

/// Something that is not as it should be, and where.
struct finding {
    enum class kind : std::uint8_t {
        damaged,    // bytes that are no record, with records behind them or in a sealed segment
        torn_tail,  // … at the end of the newest: a write that a crash cut short, or one under way
        unreadable,   // a record whose checksums hold and whose content does not
        no_records,   // a segment that holds bytes and not one record
        cannot_open,  // the system does not let us
        vanished,     // deleted while we looked: no fault
    };
    kind what{};
    std::filesystem::path file;
    std::uint64_t offset = 0;
    std::uint64_t bytes = 0;
    std::string detail;
};
/// "damaged", "torn_tail" …
[[nodiscard]] std::string_view to_string(finding::kind what) noexcept;

/// Records that were written again to a later segment stand twice where the disk refused to cut
/// the first copies off.
enum class repeats : std::uint8_t { skip, show };

class journal_walk {
public:
    /// @param number, offset where to begin: a segment, and a place between two of its records
    explicit journal_walk(const std::filesystem::path& directory, repeats which = repeats::skip,
                          std::uint64_t number = 0, std::uint64_t offset = 0);

    /// Moves to the next record. @returns false where there is none.
    [[nodiscard]] bool next();

    /// @pre next() returned true.
    [[nodiscard]] const record_header& header() const noexcept { return current_->header; }
    [[nodiscard]] const segment_on_disk& segment() const noexcept { return files_[at_]; }
    [[nodiscard]] std::uint64_t offset() const noexcept { return offset_; }
    /// Reads the record; once. Null: it is damaged, see take_findings().
    [[nodiscard]] record_ptr load(contents what);

    /// What was met since the last call.
    [[nodiscard]] std::vector<finding> take_findings() { return std::exchange(findings_, {}); }

    [[nodiscard]] const std::vector<segment_on_disk>& segments() const noexcept { return files_; }
    /// How far it has come, for a progress bar.
    [[nodiscard]] std::uint64_t bytes_done() const noexcept { return done_ + in_segment_; }
    [[nodiscard]] std::uint64_t bytes_total() const noexcept { return total_; }

private:
    [[nodiscard]] bool open();
    void close();
    [[nodiscard]] sequence first_of_next() const;
    void note_damage();
    void note(finding::kind what, std::uint64_t offset, std::uint64_t bytes, std::string detail);

    const repeats repeats_;
    std::vector<segment_on_disk> files_;
    std::size_t at_ = 0;            // of files_
    std::uint64_t begin_at_;        // in the first file
    std::uint64_t total_ = 0;       // bytes of all files …
    std::uint64_t done_ = 0;        // … of those that are behind us …
    std::uint64_t in_segment_ = 0;  // … and of this one

    std::optional<segment_reader> reader_;  // of files_[at_]
    std::uint64_t end_ = 0;                 // of that file, when it was opened
    sequence limit_ = 0;                    // from here on its records are repeated later
    std::size_t records_ = 0;               // of that file so far
    std::optional<parsed_header> current_;
    std::uint64_t offset_ = 0;
    bool loaded_ = false;
    std::vector<finding> findings_;
};

}  // namespace relay::journal
