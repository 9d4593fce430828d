#include "relay/ops/dead_letter_metrics.hpp"

namespace relay::ops {
namespace {

using namespace metrics;

const row<journal::dead_letter_counters> dead_letter_rows[] = {
    {"dead_letter_written_bytes_total", "Bytes of dead letters written, compressed", counted,
     [](const auto& c) { return number(c.written_bytes); }},
    {"dead_letter_write_errors_total", "Writes of dead letters that failed", counted,
     [](const auto& c) { return number(c.write_errors); }},
    {"dead_letter_lost_lines_total", "Refused lines that no disk took", counted,
     [](const auto& c) { return number(c.given_up); }},
    {"dead_letter_overflow_lines_total", "Refused lines that came faster than they were written",
     counted, [](const auto& c) { return number(c.overflow); }},
    {"dead_letter_deleted_lines_total", "Dead letters deleted because of dead_letters_max_bytes",
     counted, [](const auto& c) { return number(c.dropped_lines); }},
    {"dead_letter_deleted_files_total", "Files of dead letters deleted for the same reason",
     counted, [](const auto& c) { return number(c.dropped_files); }},
    {"dead_letter_bytes", "Bytes of dead letters on disk", level,
     [](const auto& c) { return number(c.bytes); }},
    {"dead_letter_files", "Files of dead letters on disk", level,
     [](const auto& c) { return number(c.files); }},
    {"dead_letter_queued_bytes", "Bytes of refused lines that wait to be written", level,
     [](const auto& c) { return number(c.queued_bytes); }},
};

}  // namespace

void add_dead_letters(metrics::page& to, const journal::dead_letter_counters& from) {
    auto& family = to.family("dead_letter_lines_total",
                             "Refused lines kept, by reason and by the sink whose store refused "
                             "them; an empty sink: this relay",
                             counted);
    const auto lines = from.lines.with([](const auto& all) { return all; });
    for (const auto& [of, count] : lines)
        add(family, {{"sink", of.first}, {"reason", of.second}}, static_cast<double>(count));
    for (const auto& each : dead_letter_rows)
        add(to.family(each.name, each.help, each.type), {}, each.read(from));
}

}  // namespace relay::ops
