#include "relay/journal/segment_supply.hpp"

#include <fcntl.h>
#include <utility>

namespace relay::journal {

segment_supply::segment_supply(disk& on, std::filesystem::path directory,
                               std::uint64_t segment_bytes, std::uint64_t first_number)
    : disk_(on),
      directory_(std::move(directory)),
      segment_bytes_(segment_bytes),
      next_number_(first_number) {}

std::uint64_t segment_supply::next_number() {
    const std::lock_guard guard(mutex_);
    return next_number_++;
}

std::shared_ptr<segment_file> segment_supply::take() {
    const std::lock_guard guard(mutex_);
    if (!prepared_) return nullptr;
    // Numbers must ascend in the order of writing, and this one came too late.
    if (prepared_->number < taken_number_) {
        overtaken_.push_back(std::move(prepared_));
        return nullptr;
    }
    taken_number_ = prepared_->number;
    return std::exchange(prepared_, nullptr);
}

expected<std::shared_ptr<segment_file>, std::error_code> segment_supply::create() {
    const auto number = next_number();
    auto path = directory_ / segment_name(number);
    auto fd = disk_.open(path, O_RDWR | O_CREAT | O_EXCL);
    if (!fd) return unexpected(fd.error());
    auto file = std::make_shared<segment_file>();
    file->number = number;
    file->path = std::move(path);
    file->fd = *std::move(fd);
    const std::lock_guard guard(mutex_);
    taken_number_ = number;
    return file;
}

void segment_supply::prepare() {
    std::vector<std::shared_ptr<segment_file>> overtaken;
    {
        const std::lock_guard guard(mutex_);
        overtaken.swap(overtaken_);
        if (prepared_) return;
    }
    for (const auto& one : overtaken)
        static_cast<void>(disk_.remove(one->path));
    auto file = std::make_shared<segment_file>();
    file->number = next_number();
    file->path = directory_ / segment_name(file->number);
    auto fd = disk_.open(file->path, O_RDWR | O_CREAT | O_EXCL);
    if (!fd) return;
    file->fd = *std::move(fd);
    static_cast<void>(disk_.reserve(file->fd.get(), segment_bytes_));
    file->name_synced = !disk_.sync_directory(directory_);
    const std::lock_guard guard(mutex_);
    prepared_ = std::move(file);
}

void segment_supply::discard() {
    std::vector<std::shared_ptr<segment_file>> unused;
    {
        const std::lock_guard guard(mutex_);
        unused.swap(overtaken_);
        if (prepared_) unused.push_back(std::move(prepared_));
    }
    for (const auto& one : unused)
        static_cast<void>(disk_.remove(one->path));
}

}  // namespace relay::journal
