#include "relay/ops/journal_outlook.hpp"

#include <algorithm>
#include <limits>
#include <sys/statvfs.h>

namespace relay::ops {
namespace {

std::uint64_t rate(std::uint64_t bytes, steady_time::duration time) {
    const std::chrono::duration<double> seconds = time;
    return seconds.count() <= 0
               ? 0
               : static_cast<std::uint64_t>(static_cast<double>(bytes) / seconds.count());
}

}  // namespace

void journal_outlook::look(const reading& now, steady_time at) {
    if (!marks_.empty() && at - marks_.back().at < step) return;
    marks_.push_back({at, now.written});
    while (marks_.size() > 2 && at - marks_.front().at > window)
        marks_.pop_front();
    const auto& first = marks_.front();
    const auto per_second = rate(now.written - first.written, at - first.at);
    const auto room = std::min(now.max - std::min(now.held, now.max), now.disk_free);
    const auto left = per_second == 0 ? static_cast<std::uint64_t>(longest_seconds)
                                      : std::min<std::uint64_t>(room / per_second, longest_seconds);
    bytes_per_second.set(static_cast<std::int64_t>(per_second));
    seconds_until_full.set(static_cast<std::int64_t>(left));
    disk_free_bytes.set(static_cast<std::int64_t>(
        std::min<std::uint64_t>(now.disk_free, std::numeric_limits<std::int64_t>::max())));
}

std::uint64_t disk_free(const std::filesystem::path& directory) noexcept {
    struct statvfs system {};
    if (::statvfs(directory.c_str(), &system) != 0) {
        return std::numeric_limits<std::uint64_t>::max();
    }
    return std::uint64_t{system.f_bavail} * system.f_frsize;
}

}  // namespace relay::ops
