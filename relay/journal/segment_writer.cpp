#include "relay/journal/segment_writer.hpp"

namespace relay::journal {

expected<std::uint64_t, std::error_code> segment_writer::append(std::string_view member) {
    const auto written = disk_->write_at(file_->fd.get(), member, bytes_);
    if (!written) return unexpected(written.error());
    if (*written < member.size()) {
        // On a regular file the next write says why; should it succeed, the file is still suspect.
        const auto rest =
            disk_->write_at(file_->fd.get(), member.substr(*written), bytes_ + *written);
        return unexpected(rest ? make_error_code(std::errc::io_error) : rest.error());
    }
    const auto offset = bytes_;
    bytes_ += member.size();
    return offset;
}

std::error_code segment_writer::cut_back() {
    return disk_->cut(file_->fd.get(), bytes_);
}

}  // namespace relay::journal
