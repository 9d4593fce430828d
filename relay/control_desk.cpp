#include "relay/control_desk.hpp"

#include "relay/version.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <utility>

namespace relay {
namespace {

// A disk that takes longer has trouble of its own; the lines are in the journal's queue by then.
constexpr std::chrono::seconds settle_wait{10};

/// Waits until every batch of a body has its last word.
class waiting_receipt final : public journal::receipt {
public:
    void written() noexcept override {}
    void settled(journal::durability result) noexcept override {
        const std::lock_guard guard(mutex_);
        ++settled_;
        refused_ = refused_ || result == journal::durability::refused;
        changed_.notify_all();
    }
    /// @returns whether all of them were taken, and in time.
    [[nodiscard]] bool wait(std::size_t batches) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, settle_wait, [&] { return settled_ >= batches; }) &&
               !refused_;
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::size_t settled_ = 0;
    bool refused_ = false;
};

}  // namespace

control_desk::control_desk(control_parts parts) : to_(std::move(parts)) {}

ops::control_actions control_desk::actions() {
    return {.version = std::string(version()),
            .replay = [this](const auto& asked) { return replay(asked); },
            .purge = [this](const auto& asked, const auto& tell) { return purge(asked, tell); },
            .forget = [this](const auto& asked) { return forget(asked); },
            .clear_dead = [this] { return clear_dead(); },
            .push = [this](const auto& asked) { return push(asked); }};
}

expected<void, std::string> control_desk::replay(const ops::replay_request& asked) const {
    auto done = to_.replay(asked);
    if (done) {
        to_.log.notice("sink {}: records {}..{} will be delivered again: the operator asked for it",
                       asked.sink, asked.first, asked.last);
    }
    return done;
}

expected<void, std::string> control_desk::forget(const ops::forget_request& asked) const {
    auto done = to_.journal.forget(asked.sink);
    if (done) {
        to_.log.notice("how far sink {} had come is forgotten: the operator asked for it",
                       printable(asked.sink));
    }
    return done;
}

ops::removed_files control_desk::purge(const ops::purge_request& asked,
                                       const ops::purge_progress& tell) const {
    ops::removed_files gone;
    while (const auto bytes = to_.journal.remove_oldest(asked.through)) {
        ++gone.files;
        gone.bytes += *bytes;
        tell(gone);
    }
    to_.log.notice("{} segments were deleted: the operator asked for it", gone.files);
    return gone;
}

ops::removed_files control_desk::clear_dead() const {
    const auto gone = to_.letters.clear();
    to_.log.notice("{} dead letters were deleted: the operator asked for it", gone.lines);
    return {.files = gone.files, .bytes = gone.bytes};
}

expected<ops::pushed_lines, std::string> control_desk::push(const ops::push_request& asked) {
    const auto settled = std::make_shared<waiting_receipt>();
    const auto options = to_.ingest();
    ingest::intake intake(*options, to_.journal, counters_, to_.log,
                          {.letters = &to_.letters, .listener = "control"},
                          {.board = &to_.board, .homes = nullptr});
    const auto body = intake.open(asked.lane, protocol::precision::ns, to_.time.now(), settled,
                                  "pverelay journal");
    body->feed(asked.text);
    auto result = body->finish();
    if (!settled->wait(result.batches)) {
        return unexpected(std::string("the journal did not take the lines in time"));
    }
    return ops::pushed_lines{.accepted = result.accepted,
                             .rejected = result.rejected,
                             .first_error = std::move(result.first_error)};
}

}  // namespace relay
