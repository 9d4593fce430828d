#include "relay/cli/dead_letter_walk.hpp"

#include "relay/journal/dead_letter_files.hpp"
#include "relay/ops/dead_letter_json.hpp"

namespace relay::cli {
namespace {

bool wanted(const journal::dead_letter& one, const dead_letter_filter& filter) {
    // As if it were a record of one line.
    journal::record_header header;
    header.oldest_ns = header.newest_ns = one.time_ns;
    header.lane = one.lane;
    return filter.part.touches(header) && (filter.sink.empty() || filter.sink == one.sink);
}

}  // namespace

std::uint64_t walk_dead_letters(
    const std::filesystem::path& directory, const dead_letter_filter& filter,
    const std::function<void(const journal::dead_letter&, std::string_view json)>& take) {
    std::uint64_t damaged = 0;
    for (const auto& file : journal::list_dead_letters(journal::dead_letters_in(directory))) {
        damaged += journal::read_dead_letters(file.path, [&](std::string_view json) {
            const auto one = ops::parse_dead_letter(json);
            if (!one) {
                damaged += json.size();
            } else if (wanted(*one, filter)) {
                take(*one, json);
            }
        });
    }
    return damaged;
}

}  // namespace relay::cli
