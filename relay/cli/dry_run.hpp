// A relay without sockets, disk and stores: lines go through the same intake as in `run`, become
// records, and each sink makes its requests of them, which go nowhere. What the topology's files
// say of guests is known here as well, so that enrichment and tenants are as they would be.
#pragma once

#include "relay/cli/push_place.hpp"
#include "relay/config/settings.hpp"
#include "relay/journal/dead_letter.hpp"
#include "relay/journal/record.hpp"
#include "relay/topology/snapshot.hpp"
#include "sinks/sink.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace relay::cli {

/// What became of lines on their way into the journal.
struct dry_intake {
    std::vector<journal::record_ptr> records;
    std::vector<journal::dead_letter> refused;
};

/// What is on disk of the clusters' guests.
void load_snapshots(const config::settings& all, topology::snapshot_board& into);

/// @pre the place's listener is one of the settings'
[[nodiscard]] dry_intake take_in(const config::settings& all, const push_place& at,
                                 const journal::lane& lane, std::string_view lines,
                                 const topology::snapshot_board& board);

/// One record of such lines. @pre canonical line protocol
[[nodiscard]] journal::record_ptr make_record(const journal::lane& lane, std::string text,
                                              std::uint32_t points);

/// What a sink would send of the records, lanes and lines that it does not want left out.
struct dry_delivery {
    std::vector<sinks::encoded> requests;
    std::size_t lines_left_out = 0;  // by `only`
};
[[nodiscard]] dry_delivery deliver(const config::sink_settings& from, sinks::sink& to,
                                   const std::vector<journal::record_ptr>& records);

}  // namespace relay::cli
