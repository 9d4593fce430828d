#include "relay/journal/segment_removal.hpp"

#include <filesystem>
#include <string_view>
#include <system_error>

namespace relay::journal {
namespace {

std::string_view to_string(removal_reason why) noexcept {
    switch (why) {
        case removal_reason::delivered:
            return "every sink has it";
        case removal_reason::max_bytes:
            return "the journal has reached max_bytes";
        case removal_reason::max_age:
            return "it has reached max_age";
        case removal_reason::disk_full:
            return "the disk is full";
    }
    return "";
}

void remove_set_aside(disk& from, const segment& gone) {
    const auto prefix = gone.path.filename().string() + ".damaged-";
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(gone.path.parent_path(), error)) {
        if (entry.path().filename().string().starts_with(prefix)) {
            static_cast<void>(from.remove(entry.path()));
        }
    }
}

}  // namespace

void remove_segment(disk& from, const removal& taken, log& log) {
    const auto& gone = taken.gone;
    if (const auto error = from.remove(gone.path)) {
        log.error("cannot delete {}: {}", gone.path.string(), error.message());
    }
    remove_set_aside(from, gone);
    const auto minutes = (gone.last_appended_ns - gone.first_appended_ns) / 60'000'000'000;
    for (const auto& loss : taken.losses) {
        log.warning("sink {} lost {} records, at most {} points of {} minutes: {} was deleted, {}",
                    loss.sink, loss.records, loss.points, minutes, gone.path.filename().string(),
                    to_string(taken.reason));
    }
}

}  // namespace relay::journal
