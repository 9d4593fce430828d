// `pverelay journal cat`: what the journal holds, as line protocol on standard output.
#include "relay/base/durable_file.hpp"
#include "relay/base/rfc3339.hpp"
#include "relay/cli/dead_letter_walk.hpp"
#include "relay/cli/journal_place.hpp"
#include "relay/cli/progress.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unistd.h>

namespace relay::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t output_bytes = 1 << 20;

/// Standard output in large pieces. A reader that goes away ends us with SIGPIPE, as it should.
class output {
public:
    [[nodiscard]] bool put(std::string_view text) {
        buffer_ += text;
        return buffer_.size() < output_bytes || flush();
    }
    [[nodiscard]] bool flush() {
        const auto error = write_all(STDOUT_FILENO, buffer_);
        buffer_.clear();
        return !error;
    }

private:
    std::string buffer_;
};

std::string record_json(const journal::record_header& header, const std::string& lines) {
    json::array texts;
    for (std::string_view rest = lines; !rest.empty();) {
        const auto line = rest.substr(0, rest.find('\n'));
        texts.push_back(json::string(line));
        rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    }
    const json::object one{
        {"sequence", header.sequence},    {"appended", rfc3339(header.appended_ns)},
        {"cluster", header.lane.cluster}, {"bucket", header.lane.bucket},
        {"tenant", header.lane.tenant},   {"lines", std::move(texts)}};
    return json::serialize(one) + "\n";
}

int cat_records(const journal_place& place, const journal::selection& wanted, bool as_json) {
    progress bar("reading");
    const bool show = ::isatty(STDOUT_FILENO) == 0;  // not between lines on one terminal
    output out;
    std::string lines;
    journal::journal_walk walk(place.directory);
    while (walk.next()) {
        if (show) bar.at(walk.bytes_done(), walk.bytes_total());
        const auto header = walk.header();
        if (!wanted.touches(header)) continue;
        const auto one = walk.load(journal::contents::text);
        if (!one) continue;
        lines.clear();
        if (wanted.append_lines(one->text, lines) == 0) continue;
        if (!out.put(as_json ? record_json(header, lines) : lines)) break;
    }
    bar.wipe();
    say_findings(walk.take_findings());
    return out.flush() ? success : fail("cat", "cannot write");
}

int cat_dead(const journal_place& place, const dead_letter_filter& filter, bool as_json) {
    output out;
    bool good = true;
    const auto damaged = walk_dead_letters(
        place.directory, filter, [&](const journal::dead_letter& one, std::string_view text) {
            good = good && out.put(as_json ? text : std::string_view(one.line)) && out.put("\n");
        });
    if (damaged > 0) fmt::print(stderr, "{} bytes of dead letters cannot be read\n", damaged);
    return out.flush() && good ? success : fail("cat", "cannot write");
}

}  // namespace

int journal_cat(const journal_cat_arguments& arguments) {
    const auto place = find_journal(arguments.where);
    if (!place) return wrong_config;
    auto wanted = read_part(arguments.part);
    if (!wanted) return wrong_usage;
    const auto& sink = arguments.part.sink;
    if (arguments.dead) {
        return cat_dead(*place, {.part = *wanted, .sink = sink}, arguments.where.json);
    }
    if (!sink.empty()) {
        for (const auto& file : journal::cursors_in(place->directory)) {
            if (file.slots.empty() || file.slots.front().sink != sink) continue;
            wanted->position = file.slots.front().position;
        }
        if (!wanted->position) return fail("cat", fmt::format("there is no sink {} here", sink));
    }
    return cat_records(*place, *wanted, arguments.where.json);
}

}  // namespace relay::cli
