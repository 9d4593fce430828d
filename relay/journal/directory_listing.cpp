#include "relay/journal/directory_listing.hpp"

#include "relay/journal/segment_file.hpp"

#include <algorithm>
#include <fstream>
#include <system_error>
#include <utility>

namespace relay::journal {
namespace {

cursor_on_disk read_cursor(const std::filesystem::path& path) {
    cursor_on_disk found{.path = path, .slots = {}, .damage = {}};
    std::ifstream in(path, std::ios::binary);
    std::string bytes(2 * cursor_slot_bytes, '\0');
    in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    bytes.resize(static_cast<std::size_t>(in.gcount()));
    for (const std::size_t at : {std::size_t{0}, cursor_slot_bytes}) {
        const auto from = std::min(at, bytes.size());
        auto slot = decode_slot(std::string_view(bytes).substr(from, cursor_slot_bytes));
        if (slot) {
            found.slots.push_back(std::move(*slot));
        } else {
            found.damage = std::move(slot.error());
        }
    }
    std::ranges::sort(found.slots, std::ranges::greater{}, &cursor_slot::generation);
    return found;
}

}  // namespace

std::vector<segment_on_disk> segments_in(const std::filesystem::path& directory) {
    std::vector<segment_on_disk> files;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(directory, error)) {
        const auto number = segment_number(entry.path().filename());
        if (!number || !entry.is_regular_file(error)) continue;
        const auto bytes = entry.file_size(error);
        if (error) continue;  // it went away meanwhile
        files.push_back({.number = *number, .path = entry.path(), .bytes = bytes});
    }
    std::ranges::sort(files, {}, &segment_on_disk::number);
    return files;
}

std::vector<cursor_on_disk> cursors_in(const std::filesystem::path& directory) {
    std::vector<cursor_on_disk> found;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(directory, error)) {
        if (entry.path().extension() == ".cursor") found.push_back(read_cursor(entry.path()));
    }
    std::ranges::sort(found, {}, &cursor_on_disk::path);
    return found;
}

}  // namespace relay::journal
