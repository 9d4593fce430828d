#include "relay/journal/dead_letters.hpp"

namespace relay::journal {
namespace {

// What a letter costs beside its texts.
constexpr std::size_t letter_bytes = sizeof(dead_letter);
// One member, one sync; a longer line has one of its own.
constexpr std::size_t member_text_bytes = 1 << 20;
// Between two lines of log about letters that found no room.
constexpr std::chrono::seconds overflow_interval{10};

std::size_t bytes_of(const dead_letter& one) noexcept {
    return letter_bytes + one.line.size() + one.listener.size() + one.from.size() +
           one.lane.cluster.size() + one.lane.bucket.size() + one.lane.tenant.size() +
           one.reason.size() + one.sink.size();
}

}  // namespace

dead_letters::dead_letters(const std::filesystem::path& directory,
                           const dead_letter_options& options, std::shared_ptr<disk> on, log& log)
    : options_(options),
      disk_(std::move(on)),
      log_(log),
      writer_(*disk_, dead_letters_in(directory),
              {.file_bytes = options.file_bytes.bytes, .max_bytes = options.max_bytes.bytes}) {
    show_levels();
    thread_ = std::thread([this] { run(); });
}

dead_letters::~dead_letters() {
    stop();
}

letter_ticket dead_letters::put(dead_letter one) {
    const auto bytes = bytes_of(one);
    bool first = false;
    letter_ticket ticket = 0;
    {
        const std::lock_guard guard(mutex_);
        if (!queue_.stopping && queue_.bytes + bytes <= options_.queue_bytes.bytes) {
            first = queue_.letters.empty();
            queue_.letters.push_back(std::move(one));
            queue_.bytes += bytes;
            ticket = ++queue_.last;
            counters_.queued_bytes.set(static_cast<std::int64_t>(queue_.bytes));
        }
    }
    if (ticket == 0) counters_.overflow.add();
    if (first) changed_.notify_one();
    return ticket;
}

void dead_letters::notify(std::function<void()> wake) {
    const std::lock_guard guard(mutex_);
    wake_ = std::move(wake);
}

dead_letter_writer::dropped dead_letters::clear() {
    std::unique_lock lock(mutex_);
    if (queue_.stopping) return {};
    queue_.clear_asked = true;
    queue_.cleared.reset();
    changed_.notify_one();
    answered_.wait(lock, [this] { return queue_.cleared.has_value() || queue_.stopping; });
    return queue_.cleared.value_or(dead_letter_writer::dropped{});
}

void dead_letters::stop() {
    std::call_once(stopped_, [this] {
        {
            const std::lock_guard guard(mutex_);
            queue_.stopping = true;
        }
        changed_.notify_one();
        answered_.notify_all();
        thread_.join();
    });
}

void dead_letters::run() {
    while (turn()) {
    }
}

bool dead_letters::turn() {
    std::vector<dead_letter> letters;
    letter_ticket last = 0;
    bool clearing = false;
    bool stopping = false;
    std::function<void()> wake;
    {
        std::unique_lock lock(mutex_);
        const auto urgent = [this] { return queue_.stopping || queue_.clear_asked; };
        changed_.wait(lock, [&] { return urgent() || !queue_.letters.empty(); });
        changed_.wait_for(lock, options_.linger, urgent);
        letters.swap(queue_.letters);
        queue_.bytes = 0;
        counters_.queued_bytes.set(0);
        last = queue_.last;
        clearing = std::exchange(queue_.clear_asked, false);
        stopping = queue_.stopping;
        wake = wake_;
    }
    write(letters);
    show_levels();
    durable_.store(last, std::memory_order_release);
    if (!letters.empty() && wake) wake();
    if (clearing) {
        const auto gone = writer_.clear();
        show_levels();
        const std::lock_guard guard(mutex_);
        queue_.cleared = gone;
        answered_.notify_all();
    }
    say_overflow();
    return !stopping;
}

void dead_letters::write(const std::vector<dead_letter>& letters) {
    std::string text;
    std::size_t from = 0;
    for (std::size_t i = 0; i < letters.size(); ++i) {
        text += to_json_line(letters[i]);
        if (text.size() < member_text_bytes && i + 1 < letters.size()) continue;
        write_chunk(letters, from, i + 1, text);
        from = i + 1;
        text.clear();
    }
}

void dead_letters::write_chunk(const std::vector<dead_letter>& letters, std::size_t from,
                               std::size_t to, std::string_view text) {
    const auto bytes_before = writer_.bytes();
    dead_letter_writer::dropped gone;
    const auto error = writer_.append(text, gone);
    counters_.dropped_lines.add(gone.lines);
    counters_.dropped_files.add(gone.files);
    if (gone.files > 0) {
        log_.notice("the oldest {} refused lines were deleted: dead letters take {} at most",
                    gone.lines, to_string(options_.max_bytes));
    }
    if (error) {
        counters_.write_errors.add();
        counters_.given_up.add(to - from);
        if (!std::exchange(failing_, true)) {
            log_.error("cannot write dead letters, {} refused lines are gone: {}", to - from,
                       error.message());
        }
        return;
    }
    failing_ = false;
    counters_.written_bytes.add(writer_.bytes() + gone.bytes - bytes_before);
    count(letters, from, to);
}

void dead_letters::count(const std::vector<dead_letter>& letters, std::size_t from,
                         std::size_t to) {
    counters_.lines.with([&](auto& lines) {
        for (auto i = from; i < to; ++i)
            ++lines[{letters[i].sink, letters[i].reason}];
    });
}

void dead_letters::say_overflow() {
    const auto all = counters_.overflow.value();
    const auto now = steady_time::clock::now();
    if (all == overflow_said_ || now < overflow_silent_until_) return;
    overflow_silent_until_ = now + overflow_interval;
    log_.warning(
        "{} refused lines were not kept as dead letters: they came faster than {} per turn",
        all - overflow_said_, to_string(options_.queue_bytes));
    overflow_said_ = all;
}

void dead_letters::show_levels() {
    counters_.bytes.set(static_cast<std::int64_t>(writer_.bytes()));
    counters_.files.set(static_cast<std::int64_t>(writer_.files()));
}

}  // namespace relay::journal
