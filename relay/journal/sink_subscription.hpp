// One sink's place in the journal: a cursor in memory, in its file and in the catalog, and a
// reader. Used by one delivery thread at a time; ends before its journal does.
#pragma once

#include "relay/base/log.hpp"
#include "relay/journal/catalog.hpp"
#include "relay/journal/cursor_file.hpp"
#include "relay/journal/journal.hpp"
#include "relay/journal/journal_reader.hpp"
#include "relay/journal/sync_thread.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace relay::journal {

struct subscription_parts {
    catalog& records;
    cursor_files& files;
    sync_queue& syncs;
    log& logger;
};

class sink_subscription final : public subscription {
public:
    sink_subscription(subscription_parts parts, subscriber_id id, std::shared_ptr<cursor_file> file,
                      cursor position, bool is_new);
    ~sink_subscription() override;

    [[nodiscard]] std::vector<record_ptr> read(sequence after, contents what,
                                               const read_limits& limits) override;
    [[nodiscard]] std::vector<record_ptr> look_back(sequence after, std::chrono::nanoseconds span,
                                                    contents what,
                                                    const read_limits& limits) override;
    void commit(const cursor& position) override;
    [[nodiscard]] const cursor& position() const override { return position_; }
    [[nodiscard]] backlog behind() const override { return to_.records.behind(id_); }
    [[nodiscard]] sequence newest() const override { return to_.records.newest(); }
    [[nodiscard]] std::uint64_t lost_records() const override { return to_.records.lost(id_); }
    [[nodiscard]] std::vector<loss> take_losses() override { return to_.records.take_losses(id_); }
    void let_go() override;

private:
    void hold(const gap& records);
    void skip(const gap& records);
    void say(const loss& lost) const;

    subscription_parts to_;
    subscriber_id id_;
    std::shared_ptr<cursor_file> file_;
    cursor position_;
    journal_reader reader_;
    journal_reader back_reader_;  // of look_back(): what it does not find is no loss
    const bool is_new_;
    gap held_;              // handed out, not yet committed
    bool failing_ = false;  // the log knows that the file cannot be written
};

}  // namespace relay::journal
