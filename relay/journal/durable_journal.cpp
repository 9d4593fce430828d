#include "relay/journal/durable_journal.hpp"

#include "relay/base/check.hpp"
#include "relay/journal/directory_lock.hpp"
#include "relay/journal/format.hpp"
#include "relay/journal/reading_along.hpp"
#include "relay/journal/segment_removal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

namespace relay::journal {
namespace {

// A segment is at most so old against max_age: whole segments are deleted.
constexpr int segments_per_age = 8;
// … and so large against max_bytes.
constexpr int segments_per_size = 8;
// A segment takes one record of any size; this is only against a file per record.
constexpr std::uint64_t segment_bytes_min = 4 << 10;

journal_options in_force(journal_options options) {
    if (options.max_bytes.bytes == 0) options.max_bytes = default_max_bytes(options.directory);
    options.segment_bytes.bytes =
        std::clamp(options.max_bytes.bytes / segments_per_size, segment_bytes_min,
                   std::max(segment_bytes_min, options.segment_bytes.bytes));
    return options;
}

std::chrono::nanoseconds segment_age(const journal_options& options) {
    return std::chrono::nanoseconds(options.max_age) / segments_per_age;
}

retention_limits retention_of(const journal_options& options) {
    return {.max_bytes = options.max_bytes.bytes,
            .max_age = options.max_age,
            .keep_delivered = options.keep_delivered};
}

}  // namespace

expected<std::unique_ptr<journal>, std::string> journal::open(journal_options options,
                                                              const time_source& time, log& log) {
    return durable_journal::open(std::move(options), time, log, std::make_shared<system_disk>());
}

expected<std::unique_ptr<journal>, std::string> durable_journal::open(journal_options options,
                                                                      const time_source& time,
                                                                      log& log,
                                                                      std::shared_ptr<disk> on) {
    std::error_code error;
    std::filesystem::create_directories(options.directory, error);
    if (error) {
        return unexpected(fmt::format("cannot make the journal's directory {}: {}",
                                      options.directory.string(), error.message()));
    }
    auto lock = lock_directory(options.directory);
    if (!lock) return unexpected(std::move(lock.error()));
    return std::make_unique<durable_journal>(in_force(std::move(options)), time, log, std::move(on),
                                             *std::move(lock));
}

durable_journal::durable_journal(journal_options options, const time_source& time, log& log,
                                 std::shared_ptr<disk> on, unique_fd lock)
    : options_(std::move(options)),
      time_(time),
      log_(log),
      disk_(std::move(on)),
      lock_(std::move(lock)),
      recovered_(recover(*disk_, options_.directory, time_.now().steady, 2 * segment_age(options_),
                         counters_, log_)),
      catalog_(std::move(recovered_.segments), recovered_.newest, options_.tail_bytes.bytes,
               counters_),
      queue_(options_.queue_bytes.bytes, counters_.queued_bytes),
      syncs_(options_.sync, options_.sync_interval, options_.tail_bytes.bytes),
      supply_(*disk_, options_.directory, options_.segment_bytes.bytes, recovered_.next_number),
      store_(*disk_, catalog_, syncs_, supply_,
             {.bytes = options_.segment_bytes.bytes, .max_age = segment_age(options_)}, counters_,
             log_),
      append_({.queue = queue_,
               .syncs = syncs_,
               .records = catalog_,
               .store = store_,
               .files = *disk_,
               .wakes = wakes_,
               .mode = options_.sync,
               .time = time_,
               .counters = counters_,
               .logger = log_},
              recovered_.newest, recovered_.points),
      sync_({.syncs = syncs_,
             .queue = queue_,
             .records = catalog_,
             .supply = supply_,
             .cursors = cursors_,
             .files = *disk_,
             .directory = options_.directory,
             .limits = retention_of(options_),
             .mode = options_.sync,
             .time = time_,
             .counters = counters_,
             .logger = log_}) {
    counters_.newest_sequence.set(static_cast<std::int64_t>(recovered_.newest));
    supply_.prepare();
    append_runner_ = std::thread([this] { append_.run(); });
    sync_runner_ = std::thread([this] { sync_.run(); });
}

durable_journal::~durable_journal() {
    durable_journal::stop();
}

bool durable_journal::append(batch one) {
    RELAY_CHECK(one.text.size() <= batch_text_bytes_max);
    if (fits_header(one.lane) && queue_.push(one)) return true;
    if (one.receipt) one.receipt->settled(durability::refused);
    return false;
}

std::unique_ptr<subscription> durable_journal::subscribe(const std::string& sink, start_at start,
                                                         lane_choice takes) {
    auto file = std::make_shared<cursor_file>(*disk_, options_.directory, sink);
    auto [position, is_new] = first_position(*file, sink, start);
    const auto id = catalog_.add_subscriber(sink, position, std::move(takes));
    RELAY_CHECK(id.has_value());
    // Where it began is remembered, also if it never commits anything.
    if (const auto error = file->write(position)) {
        log_.error("cannot write the cursor of {}: {}", sink, error.message());
    }
    return std::make_unique<sink_subscription>(
        subscription_parts{.records = catalog_, .files = cursors_, .syncs = syncs_, .logger = log_},
        *id, std::move(file), std::move(position), is_new);
}

durable_journal::beginning durable_journal::first_position(cursor_file& file,
                                                           const std::string& sink,
                                                           start_at start) const {
    const auto newest = catalog_.newest();
    switch (file.load()) {
        case cursor_file::found::none:
            return {.position = {.delivered = start == start_at::now ? newest : 0, .gaps = {}},
                    .is_new = true};
        case cursor_file::found::damaged:
            log_.error("the cursor of {} is damaged ({}): it begins at the oldest record", sink,
                       file.damage());
            return {};
        case cursor_file::found::valid:
            break;
    }
    auto position = file.position();
    if (position.delivered <= newest) return {.position = std::move(position)};
    log_.warning("the cursor of {} is {} records ahead of the journal: it is set back to its end",
                 sink, position.delivered - newest);
    position.delivered = newest;
    std::erase_if(position.gaps, [newest](const gap& one) { return one.first > newest; });
    if (!position.gaps.empty()) {
        position.gaps.back().last = std::min(position.gaps.back().last, newest);
    }
    return {.position = std::move(position)};
}

std::unique_ptr<onlooker> durable_journal::look_on(std::int64_t appended_since_ns) {
    return std::make_unique<reading_along>(catalog_, appended_since_ns);
}

std::shared_ptr<const void> durable_journal::keep_segments() {
    catalog_.pause_removal();
    return {&catalog_, [](catalog* of) { of->resume_removal(); }};
}

void durable_journal::notify(std::function<void()> wake) {
    wakes_.with([&wake](auto& calls) { calls.push_back(std::move(wake)); });
}

std::optional<std::uint64_t> durable_journal::remove_oldest(sequence last) {
    const auto taken = catalog_.take_through(last);
    if (!taken) return std::nullopt;
    static_cast<void>(remove_segment(*disk_, catalog_, *taken, log_));
    return taken->gone.bytes;
}

expected<void, std::string> durable_journal::forget(const std::string& sink) {
    if (catalog_.has_subscriber(sink)) {
        return unexpected(fmt::format("sink {} is configured: take it out first", sink));
    }
    if (const auto error = disk_->remove(options_.directory / cursor_file_name(sink))) {
        return unexpected(fmt::format("there is no cursor of {}: {}", sink, error.message()));
    }
    log_.notice("the cursor of {} was deleted: the operator asked for it", sink);
    return {};
}

void durable_journal::stop() {
    std::call_once(stopped_, [this] {
        queue_.close();
        append_runner_.join();
        sync_runner_.join();
        supply_.discard();
    });
}

}  // namespace relay::journal
