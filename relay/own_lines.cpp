#include "relay/own_lines.hpp"

#include <tuple>
#include <utility>

namespace relay {

own_lines::own_lines(const own_lines_parts& parts, const ingest::ingest_options& options)
    : to_(parts),
      intake_(make_intake(options)) {}

std::unique_ptr<ingest::intake> own_lines::make_intake(const ingest::ingest_options& options) {
    return std::make_unique<ingest::intake>(
        options, to_.journal, counters_, to_.log,
        ingest::refusal_outlet{.letters = &to_.letters, .listener = "the relay's own"},
        ingest::shared_knowledge{.board = &to_.board, .homes = nullptr});
}

void own_lines::push(const journal::lane& lane, std::string_view text) {
    if (text.empty()) return;
    const auto now = to_.time.now();
    intake_.with([&](auto& intake) {
        const auto body = intake->open(lane, protocol::precision::ns, now, nullptr, "the relay");
        body->feed(text);
        std::ignore = body->finish();
    });
}

void own_lines::change(const ingest::ingest_options& options) {
    auto next = make_intake(options);
    intake_.with([&](auto& intake) { std::swap(intake, next); });
}

}  // namespace relay
