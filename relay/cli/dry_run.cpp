#include "relay/cli/dry_run.hpp"

#include "protocol/gzip_member.hpp"
#include "relay/base/clock.hpp"
#include "relay/base/log.hpp"
#include "relay/delivery/rewrite.hpp"
#include "relay/ingest/intake.hpp"
#include "relay/journal/dead_letters.hpp"
#include "relay/journal/journal.hpp"
#include "relay/topology/snapshot_file.hpp"

#include <limits>
#include <memory>
#include <utility>

namespace relay::cli {
namespace {

/// Keeps what it is given; there is nobody to read it, and nothing on a disk.
class collecting_journal final : public journal::journal {
public:
    bool append(relay::journal::batch one) override {
        if (one.receipt) one.receipt->settled(relay::journal::durability::memory);
        records.push_back(make_record(one.lane, std::move(one.text), one.points));
        return true;
    }
    std::unique_ptr<relay::journal::subscription> subscribe(const std::string&,
                                                            relay::journal::start_at,
                                                            relay::journal::lane_choice) override {
        return nullptr;
    }
    std::unique_ptr<relay::journal::onlooker> look_on(std::int64_t) override { return nullptr; }
    std::shared_ptr<const void> keep_segments() override { return nullptr; }
    void notify(std::function<void()>) override {}
    std::optional<std::uint64_t> remove_oldest(relay::journal::sequence) override { return {}; }
    expected<void, std::string> forget(const std::string&) override { return {}; }
    void stop() override {}
    [[nodiscard]] const relay::journal::journal_counters& counters() const override {
        return counters_;
    }
    [[nodiscard]] const relay::journal::journal_options& options() const override {
        return options_;
    }

    std::vector<relay::journal::record_ptr> records;

private:
    relay::journal::journal_counters counters_;
    relay::journal::journal_options options_;
};

class collecting_box final : public journal::dead_letter_box {
public:
    journal::letter_ticket put(journal::dead_letter one) override {
        letters.push_back(std::move(one));
        return letters.size();
    }
    [[nodiscard]] journal::letter_ticket durable_up_to() const noexcept override {
        return letters.size();
    }
    std::vector<journal::dead_letter> letters;
};

}  // namespace

void load_snapshots(const config::settings& all, topology::snapshot_board& into) {
    const auto directory = all.topology_directory.empty()
                               ? (all.journal.directory / "..").lexically_normal() / "topology"
                               : all.topology_directory;
    for (const auto& api : all.apis) {
        auto known = topology::load_snapshot(directory, api.cluster);
        if (known && *known) into.publish(std::move(*known));
    }
}

dry_intake take_in(const config::settings& all, const push_place& at, const journal::lane& lane,
                   std::string_view lines, const topology::snapshot_board& board) {
    collecting_journal journal;
    collecting_box box;
    ingest::ingest_counters counters;
    null_log log;
    const auto now = system_time().now();
    ingest::intake intake(all.ingest, journal, counters, log,
                          {.letters = &box, .listener = at.listener->address},
                          {.board = &board, .homes = nullptr, .watch = nullptr});
    if (at.is_http()) {
        const auto body = intake.open(lane, protocol::precision::ns, now, nullptr, at.sender);
        body->feed(lines);
        static_cast<void>(body->finish());
    } else {
        intake.datagram(lane, lines, now, at.sender);
        intake.flush_all();
    }
    return {std::move(journal.records), std::move(box.letters)};
}

journal::record_ptr make_record(const journal::lane& lane, std::string text, std::uint32_t points) {
    auto made = std::make_shared<journal::record>();
    made->header.sequence = 1;
    made->header.lane = lane;
    made->header.points = points;
    made->header.text_bytes = static_cast<std::uint32_t>(text.size());
    made->header.appended_ns = unix_nanoseconds(system_time().now().wall);
    protocol::gzip_compressor().compress(text, {}, made->member);
    made->header.member_bytes = static_cast<std::uint32_t>(made->member.size());
    made->text = std::move(text);
    return made;
}

dry_delivery deliver(const config::sink_settings& from, sinks::sink& to,
                     const std::vector<journal::record_ptr>& records) {
    dry_delivery out;
    delivery::rewrite choice(from.only_lines, to.needs_text());
    std::vector<journal::record_ptr> wanted;
    for (const auto& record : records) {
        if (!to.takes(record->header.lane)) continue;
        auto chosen = choice.apply(record);
        out.lines_left_out += chosen.left_out;
        if (chosen.record) wanted.push_back(std::move(chosen.record));
    }
    for (sinks::place at; at.record < wanted.size();) {
        auto one = to.encode(wanted, at, std::numeric_limits<std::uint32_t>::max());
        at = one.end;
        if (one.units > 0) out.requests.push_back(std::move(one));
    }
    return out;
}

}  // namespace relay::cli
