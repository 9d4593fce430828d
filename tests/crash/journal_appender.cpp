// Appends to a journal for as long as it lives, and says on its standard output what it was told:
// "s 17" when batch 17 is settled on disk, "c 9" when the sink's cursor was committed at 9. Killed
// by journal_crash_test at any moment.
#include "relay/journal/journal.hpp"

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <semaphore>
#include <string>
#include <unistd.h>

namespace {

using namespace relay::journal;

void say(char what, unsigned long long number) {
    char text[32];
    const auto length = std::snprintf(text, sizeof text, "%c %llu\n", what, number);
    // One write of a pipe's atomic size: a killed process never leaves half a line.
    if (::write(STDOUT_FILENO, text, static_cast<std::size_t>(length)) != length) std::abort();
}

// So many batches are under way at once, as from so many sessions.
using places = std::counting_semaphore<64>;

class telling_receipt final : public receipt {
public:
    telling_receipt(unsigned long long number, places& free) : number_(number), free_(free) {}
    void written() noexcept override {}
    void settled(durability result) noexcept override {
        if (result == durability::disk) say('s', number_);
        free_.release();
    }

private:
    unsigned long long number_;
    places& free_;
};

}  // namespace

int main(int, char** arguments) {
    journal_options options;
    options.directory = arguments[1];
    options.segment_bytes = relay::byte_size{32 << 10};
    options.max_bytes = relay::byte_size{1 << 30};
    options.tail_bytes = relay::byte_size{64 << 10};
    const relay::system_time time;
    relay::null_log log;
    auto opened = journal::open(options, time, log);
    if (!opened) {
        std::fprintf(stderr, "%s\n", opened.error().c_str());
        return 1;
    }
    const auto journal = *std::move(opened);
    const auto sink = journal->subscribe("sink", start_at::oldest);
    say('c', sink->position().delivered);
    // Needs everything for ever, so that no segment is deleted.
    const auto keeper = journal->subscribe("keeper", start_at::oldest);

    places free(64);
    for (auto number = std::strtoull(arguments[2], nullptr, 10);; ++number) {
        free.acquire();
        batch one;
        one.lane.cluster = "lab";
        one.text = "crash n=" + std::to_string(number) + "\n";
        one.points = 1;
        one.receipt = std::make_shared<telling_receipt>(number, free);
        journal->append(std::move(one));
        const auto records = sink->read(sink->position().delivered, contents::member, {});
        if (records.empty()) continue;
        sink->commit({.delivered = records.back()->header.sequence, .gaps = {}});
        say('c', sink->position().delivered);
    }
}
