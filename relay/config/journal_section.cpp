// [journal], [ingest] and [tags].
#include "relay/base/log.hpp"
#include "relay/config/sections.hpp"

#include <fmt/format.h>

namespace relay::config {
namespace {

using namespace std::chrono_literals;
using journal::sync_mode;

constexpr byte_size tebibyte{std::uint64_t{1} << 40};

void read_limits(const section& from, protocol::parse_limits& into) {
    // A line is at most one record's text, and never shorter than Proxmox's own lines (1 kB).
    from.read("line_bytes_max", into.line_bytes, {4096, 1 << 20});
    from.read("name_bytes_max", into.name_bytes, {256, 65'535});
    from.read("string_bytes_max", into.string_bytes, {256, 1 << 20});
    from.read("tags_max", into.tags, {8, 65'536});
    from.read("fields_max", into.fields, {64, 65'536});
}

void read_tags(const section& root, ingest::ingest_options& into) {
    const auto* const from = root.find("tags");
    root.read("tags", into.tags);
    for (const auto& [key, value] : into.tags) {
        // `time`, `_field` and `_measurement` are refused by InfluxDB 2 as tags.
        const bool reserved =
            key == "cluster" || key == "time" || key == "_field" || key == "_measurement";
        const bool writable = !key.empty() && printable(key) == key && !key.ends_with('\\') &&
                              printable(value) == value && !value.ends_with('\\');
        const auto where = from->entries.empty() ? from->where : from->entries.front().where;
        if (reserved) {
            root.reading().found.error(where, fmt::format("`{}` cannot be a tag of yours", key));
        } else if (!writable) {
            root.reading().found.error(
                where, fmt::format("tag `{}`: key and value must be printable, at most 120 bytes, "
                                   "and not end in a backslash",
                                   printable(key)));
        }
    }
}

}  // namespace

void read_journal(const section& root, settings& into) {
    auto& journal = into.journal;
    journal.directory = "/var/lib/pverelay/journal";
    const auto from = root.table("journal");
    if (!from) return;
    from->read("directory", journal.directory);
    from->read(
        "sync", journal.sync,
        {{"ack", sync_mode::ack}, {"interval", sync_mode::interval}, {"none", sync_mode::none}});
    from->read("sync_interval", journal.sync_interval, {10ms, 1min});
    from->read("max_bytes", journal.max_bytes, {16_MiB, tebibyte});
    from->read("max_age", journal.max_age, {1h, 24h * 366});
    from->read("segment_bytes", journal.segment_bytes, {1_MiB, 1_GiB});
    from->read("tail_bytes", journal.tail_bytes, {0_MiB, 4_GiB});
    from->read("queue_bytes", journal.queue_bytes, {2_MiB, 4_GiB});
    from->read("control", into.control);
    // A file of dead letters is 4 MiB, and the oldest must be able to go.
    from->read("dead_letters_max_bytes", into.dead_letters.max_bytes, {16_MiB, tebibyte});
    // One line is 1 MiB at most.
    from->read("dead_letters_queue_bytes", into.dead_letters.queue_bytes, {2_MiB, 1_GiB});
    // Whole segments are deleted: with fewer than two, what is being written would have to go.
    if (journal.max_bytes.bytes != 0 && journal.max_bytes.bytes < 2 * journal.segment_bytes.bytes) {
        from->error("max_bytes", fmt::format("`max_bytes` must be at least twice `segment_bytes` "
                                             "({})",
                                             to_string(journal.segment_bytes)));
    }
}

void read_ingest(const section& root, settings& into) {
    read_tags(root, into.ingest);
    const auto from = root.table("ingest");
    if (!from) return;
    from->read("ahead_max", into.ingest.ahead_max, {1min, 24h * 366});
    from->read("lanes_max", into.ingest.lanes_max, {1, 65'536});
    // What a power cut may take of UDP data is about a second.
    from->read("datagram_wait", into.ingest.datagram_wait, {10ms, 1s});
    byte_size batch{into.ingest.datagram_batch_bytes};
    from->read("datagram_batch_bytes", batch, {64_KiB, byte_size{journal::batch_text_bytes_max}});
    into.ingest.datagram_batch_bytes = batch.bytes;
    read_limits(*from, into.ingest.limits);
}

}  // namespace relay::config
