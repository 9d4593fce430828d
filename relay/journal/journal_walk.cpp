#include "relay/journal/journal_walk.hpp"

#include "relay/journal/record_loading.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

namespace relay::journal {

std::string_view to_string(finding::kind what) noexcept {
    switch (what) {
        case finding::kind::damaged:
            return "damaged";
        case finding::kind::torn_tail:
            return "torn_tail";
        case finding::kind::unreadable:
            return "unreadable";
        case finding::kind::no_records:
            return "no_records";
        case finding::kind::cannot_open:
            return "cannot_open";
        case finding::kind::vanished:
            return "vanished";
    }
    return "";
}

journal_walk::journal_walk(const std::filesystem::path& directory, repeats which,
                           std::uint64_t number, std::uint64_t offset)
    : repeats_(which),
      files_(segments_in(directory)),
      begin_at_(offset) {
    // An empty one is prepared for what comes next: what it may hold by the time we get there is
    // younger than this walk.
    std::erase_if(files_,
                  [number](const auto& file) { return file.number < number || file.bytes == 0; });
    if (files_.empty() || files_.front().number != number) begin_at_ = 0;
    for (const auto& file : files_)
        total_ += file.bytes;
}

bool journal_walk::next() {
    if (current_ && !std::exchange(loaded_, false)) reader_->skip(*current_);
    current_.reset();
    for (; at_ < files_.size(); ++at_) {
        if (!reader_ && !open()) continue;
        current_ = reader_->peek(end_);
        note_damage();
        in_segment_ = reader_->position();
        if (current_ && current_->header.sequence < limit_) {
            offset_ = reader_->position();
            ++records_;
            return true;
        }
        current_.reset();
        close();
    }
    return false;
}

record_ptr journal_walk::load(contents what) {
    loaded_ = true;
    const auto damage_before = findings_.size();
    auto made = load_record(*reader_, *current_, end_, what);
    note_damage();
    if (!made && findings_.size() == damage_before) {
        note(finding::kind::unreadable, offset_, current_->header.member_bytes,
             "it does not inflate to what its header says");
    }
    return made;
}

bool journal_walk::open() {
    auto opened = segment_reader::open(files_[at_].path, begin_at_);
    begin_at_ = 0;
    std::error_code error = opened ? std::error_code() : opened.error();
    // It may have grown since the directory was listed.
    if (!error) end_ = std::filesystem::file_size(files_[at_].path, error);
    if (error) {
        const bool gone = error == std::errc::no_such_file_or_directory;
        note(gone ? finding::kind::vanished : finding::kind::cannot_open, 0, files_[at_].bytes,
             error.message());
        done_ += files_[at_].bytes;
        return false;
    }
    reader_ = *std::move(opened);
    records_ = 0;
    limit_ = repeats_ == repeats::skip ? first_of_next() : std::numeric_limits<sequence>::max();
    return true;
}

void journal_walk::close() {
    if (records_ == 0 && at_ + 1 < files_.size() && repeats_ == repeats::show) {
        note(finding::kind::no_records, 0, end_, "not one record can be read");
    }
    done_ += files_[at_].bytes;
    in_segment_ = 0;
    reader_.reset();
}

sequence journal_walk::first_of_next() const {
    for (auto i = at_ + 1; i < files_.size(); ++i) {
        auto next = segment_reader::open(files_[i].path);
        if (!next) continue;
        if (const auto first = next->peek(files_[i].bytes)) return first->header.sequence;
    }
    return std::numeric_limits<sequence>::max();
}

void journal_walk::note_damage() {
    for (const auto& range : reader_->take_damage()) {
        const bool tail = range.offset + range.bytes == end_ && at_ + 1 == files_.size();
        note(tail ? finding::kind::torn_tail : finding::kind::damaged, range.offset, range.bytes,
             tail ? "no whole record: a write that was cut short or is under way"
                  : "no valid record");
    }
}

void journal_walk::note(finding::kind what, std::uint64_t offset, std::uint64_t bytes,
                        std::string detail) {
    findings_.push_back({.what = what,
                         .file = files_[at_].path,
                         .offset = offset,
                         .bytes = bytes,
                         .detail = std::move(detail)});
}

}  // namespace relay::journal
