// A disk that fails, hangs and forgets on command, on real files: whatever it lets through is done
// by the machine's. Power cuts after LevelDB's method (db/fault_injection_test.cc): everything that
// no sync protected is dropped.
#pragma once

#include "relay/journal/disk.hpp"

#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <system_error>

namespace relay::journal::tests {

class faulty_disk final : public system_disk {
public:
    // What fails from now on; an empty code: nothing.
    void fail_writes(std::error_code with) { set(write_error_, with); }
    void fail_opens(std::error_code with) { set(open_error_, with); }
    void fail_syncs(std::error_code with) { set(sync_error_, with); }
    void fail_cuts(std::error_code with) { set(cut_error_, with); }
    /// The next write to a segment takes only so many bytes.
    void shorten_next_write(std::size_t to) { set(short_write_, std::optional(to)); }
    /// The next sync of a segment fails, and the kernel forgets what it was to write.
    void fail_next_sync() { set(fail_one_sync_, true); }
    /// Files cannot be unlinked.
    void fail_removes(std::error_code with) { set(remove_error_, with); }
    /// What is deleted makes no room: a snapshot has it, or somebody else takes the room at once.
    void free_nothing_by_removing(bool yes) { set(frees_nothing_, yes); }
    /// So many bytes fit on the disk besides what is there now.
    void set_free_bytes(std::uint64_t bytes) { set(free_bytes_, std::optional(bytes)); }

    /// Syncs of segments hang from now on, until released.
    void hang_syncs() { set(hanging_, true); }
    void release_syncs() {
        set(hanging_, false);
        changed_.notify_all();
    }
    void wait_until_a_sync_hangs() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return in_sync_ > 0; });
    }
    void wait_until_removed(std::size_t files) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this, files] { return removed_ >= files; });
    }
    void wait_for_a_cursor_sync() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this, before = cursor_syncs_] { return cursor_syncs_ > before; });
    }

    /// Takes from every file what was not synced, and the files whose names were not. Call when
    /// nobody writes any more.
    void cut_power();

    [[nodiscard]] expected<unique_fd, std::error_code> open(const std::filesystem::path& path,
                                                            int flags) override;
    [[nodiscard]] expected<std::size_t, std::error_code> write_at(int fd, std::string_view bytes,
                                                                  std::uint64_t offset) override;
    [[nodiscard]] std::error_code sync(int fd) override;
    [[nodiscard]] std::error_code cut(int fd, std::uint64_t bytes) override;
    [[nodiscard]] std::error_code remove(const std::filesystem::path& path) override;
    [[nodiscard]] std::error_code sync_directory(const std::filesystem::path& path) override;

private:
    template <class T>
    void set(T& what, T to) {
        const std::lock_guard guard(mutex_);
        what = to;
    }
    // With the mutex held.
    std::filesystem::path path_of(int fd) const;
    static bool is_segment(const std::filesystem::path& path) { return path.extension() == ".gz"; }

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::error_code write_error_, open_error_, sync_error_, cut_error_, remove_error_;
    bool frees_nothing_ = false;
    std::optional<std::size_t> short_write_;
    std::optional<std::uint64_t> free_bytes_;
    bool fail_one_sync_ = false;
    bool hanging_ = false;
    int in_sync_ = 0;
    std::size_t removed_ = 0;
    std::size_t cursor_syncs_ = 0;
    std::map<std::filesystem::path, std::string> synced_;  // content
    std::set<std::filesystem::path> new_names_;            // not synced
};

}  // namespace relay::journal::tests
