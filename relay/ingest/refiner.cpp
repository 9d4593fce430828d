#include "relay/ingest/refiner.hpp"

#include "relay/ingest/node_homes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace relay::ingest {
namespace {

using outcome = protocol::line_parser::outcome;

constexpr std::size_t shown_bytes_max = 80;

std::uint64_t count_newlines(std::string_view text) noexcept {
    std::uint64_t count = 0;
    for (auto at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1)) {
        ++count;
    }
    return count;
}

std::string_view between(const char* begin, const char* end) noexcept {
    return {begin, static_cast<std::size_t>(end - begin)};
}

/// `now` as a sender with that precision would have sent it.
std::int64_t truncated(wall_time now, protocol::precision unit) noexcept {
    const auto ns = unix_nanoseconds(now);
    return ns - ns % protocol::nanoseconds_per(unit);
}

std::int64_t latest_time(wall_time now, std::chrono::minutes ahead_max) noexcept {
    return unix_nanoseconds(now) + std::chrono::nanoseconds(ahead_max).count();
}

/// The line at the end of what the parser took, without the blank lines and comments before it.
std::string_view without_blank_lines(std::string_view taken) noexcept {
    for (;;) {
        const auto first = taken.find_first_not_of(" \t\r\n");
        if (first == std::string_view::npos) return taken;
        taken.remove_prefix(first);
        const auto newline = taken.find('\n');
        if (taken.front() != '#' || newline == std::string_view::npos) return taken;
        taken.remove_prefix(newline + 1);
    }
}

/// Where the last word of the line, its timestamp, begins.
std::size_t last_word(std::string_view line) noexcept {
    const auto end = line.find_last_not_of(" \r\n");
    const auto space = line.find_last_of(' ', end);
    return space == std::string_view::npos ? 0 : space + 1;
}

bool has_object(const protocol::point& point) noexcept {
    return std::any_of(point.tags.begin(), point.tags.end(),
                       [](const protocol::tag& tag) { return tag.key == "object"; });
}

std::optional<std::uint32_t> vmid_of(const protocol::point& point) noexcept {
    const auto at = std::ranges::find(point.tags, "vmid", &protocol::tag::key);
    return at == point.tags.end() ? std::nullopt : parse_vmid(at->value);
}

std::vector<std::string_view> fields_of(const std::vector<guest_property>& enrich) {
    std::vector<std::string_view> names;
    for (const auto property : enrich) {
        if (is_field_too(property)) names.push_back(to_string(property));
    }
    return names;
}

/// The Proxmox VE node that the line comes from; empty where it is no line of one.
std::string node_of(const protocol::point& point, const tag_plan& plan) {
    if (!plan.object) return {};
    const auto object = schema::object_of(point.tags[*plan.object].value);
    if (object == schema::object::backup_host) return {};
    const auto key = object == schema::object::node ? "host" : "nodename";
    const auto at = std::ranges::find(point.tags, key, &protocol::tag::key);
    return at == point.tags.end() ? std::string() : std::string(at->value);
}

/// Whether it can be the rest of a line of Proxmox's: more fields, or the timestamp alone.
bool is_second_half(std::string_view line) noexcept {
    line = line.substr(0, line.find_last_not_of(" \r\n") + 1);
    return line.starts_with(',') || line.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

void tell_home(node_homes* homes, const passage& through) {
    if (homes == nullptr || !through.node || through.node->empty()) return;
    homes->saw(*through.node, through.from, through.lane.cluster, through.now.steady);
}

refiner::refiner(const ingest_options& options, ingest_counters& counters, log& log,
                 refusal_outlet refused)
    : options_(options),
      refused_(std::move(refused)),
      fields_as_tags_(fields_of(options.enrich)),
      counters_(counters),
      clocks_(options.ahead_max, log),
      rejections_(log),
      known_(options.limits, options.shapes_max),
      proxmox_parser_(options.limits) {
    proxmox_parser_.set_dialect(protocol::dialect::proxmox);
}

std::string_view refiner::refine(passage& through, std::string_view text, protocol::input_end end) {
    auto& parser = through.parser;
    auto rest = text;
    counted_to_ = text.data();
    counted_ = 0;
    for (bool more = true; more;) {
        if (parser.is_between_lines()) take_known(through, text, rest);
        const char* const begin = rest.data();
        switch (parser.next(rest, end)) {
            case outcome::point:
                take_parsed(through, parser,
                            {.text = text, .line = between(begin, rest.data()), .offset = 0});
                break;
            case outcome::failure:
                refuse(through,
                       {.text = text, .line = parser.error().line, .offset = parser.error().offset},
                       parser.error());
                break;
            case outcome::need_more:
            case outcome::end:
                more = false;
                break;
        }
    }
    if (end == protocol::input_end::no) {
        through.newlines += count_newlines(between(text.data(), rest.data()));
    }
    counters_.bytes.add(text.size() - rest.size());
    publish_counts();
    return rest;
}

/// The fast path: nearly all lines of Proxmox are like others before them.
void refiner::take_known(passage& through, std::string_view text, std::string_view& rest) {
    const auto unit_ns = protocol::nanoseconds_per(through.unit);
    while (const auto bytes = known_.read(rest, unit_ns)) {
        const auto line = rest.substr(0, bytes);
        rest.remove_prefix(bytes);
        take(through,
             {.point = known_.point(),
              .canonical_fields = known_.fields(),
              .shape = &known_.shape(),
              .parser = nullptr},
             {.text = text, .line = line, .offset = 0});
    }
}

void refiner::take_parsed(passage& through, protocol::line_parser& parser, const place& at) {
    take(through,
         {.point = parser.point(),
          .canonical_fields = parser.canonical_fields(),
          .shape = nullptr,
          .parser = &parser},
         at);
}

void refiner::take(passage& through, const reading& read, const place& at) {
    auto& point = read.point;
    through.before_half_line.reset();
    const auto exit = through.guests != nullptr ? exit_of(through, point) : through.exit;
    if (!point.time_ns && has_object(point)) {
        through.before_half_line = {.outlet = exit.outlet, .mark = exit.outlet->here()};
    }
    if (point.time_ns &&
        !clocks_.admits(*point.time_ns, latest_time(through.now.wall, options_.ahead_max),
                        through.vote, through.from, through.now.steady)) {
        return reject(through, at, std::nullopt);
    }
    const auto time_ns = point.time_ns.value_or(truncated(through.now.wall, through.unit));
    const auto& plan = plan_of(read, exit.tags->keys);
    if (!through.node) through.node = node_of(point, plan);
    const bool changed = mend(through, read, plan, exit);
    if (read.parser != nullptr && !changed) learn_shape(*read.parser, plan, at);

    auto& out = exit.outlet->text();
    const auto begin = out.size();
    append_series_key(out, point, at.line, plan, *exit.tags);
    if (out.size() - begin > options_.limits.name_bytes) {
        // With our tags it has become longer than a store takes.
        out.resize(begin);
        return reject(through, at, protocol::parse_errc::too_long);
    }
    append_fields(out, point, changed ? std::string_view{} : read.canonical_fields);
    times_.append(out, time_ns);
    replaced_tags_ += plan.replaced;
    if (!exit.outlet->end_line(begin, time_ns)) {
        return reject(through, at, protocol::parse_errc::too_long);
    }
    if (through.seen != nullptr) through.seen->note(point, plan, time_ns);
}

const tag_plan& refiner::plan_of(const reading& read, const tag_keys& ours) {
    if (read.shape == nullptr) return planner_.plan_of(read.point.tags, ours);
    auto& known = *read.shape;
    if (known.ours != ours) {
        known.plan = planner_.plan_of(read.point.tags, ours);
        known.ours = ours;
    }
    return known.plan;
}

/// @returns whether fields were changed
bool refiner::mend(passage& through, const reading& read, const tag_plan& plan,
                   const lane_exit& exit) {
    auto& point = read.point;
    if (read.shape != nullptr) {
        mender_.pass(point, plan, through.memory);
        return false;
    }
    bool changed = mender_.mend(point, plan, through.memory);
    if (exit.tags != through.exit.tags && !fields_as_tags_.empty()) {
        changed = mender_.drop_fields(point, fields_as_tags_) || changed;
    }
    return changed;
}

/// Remembers how lines like this one look, if they never need more than it did.
void refiner::learn_shape(protocol::line_parser& parser, const tag_plan& plan, const place& at) {
    const auto& point = parser.point();
    const auto leaves_fields = [&](const protocol::field& one) {
        return schema::contains(fields_as_tags_, one.key);
    };
    if (!proxmox_mender::is_sound(point) || std::ranges::any_of(point.fields, leaves_fields))
        return;
    const char* const begin = without_blank_lines(at.line).data();
    known_.learn(between(begin, at.text.data() + at.text.size()), parser, plan.object);
}

/// By the guest that the line names, where it names one.
lane_exit refiner::exit_of(passage& through, const protocol::point& point) {
    const auto vmid = vmid_of(point);
    if (!vmid) return through.exit;
    const auto& guest = through.guests->find(*vmid);
    const bool stays = through.tenants == nullptr || guest.tenant == nullptr;
    return {.tags = &guest.tags,
            .outlet = stays ? through.exit.outlet : &through.tenants->of(*guest.tenant)};
}

// Perl takes +5 for a number, and serde_json writes null: a line of Proxmox is read again in its
// own dialect before it is given up. Nobody else's is, so that the grammar holds for everybody
// else.
void refiner::refuse(passage& through, const place& at, const protocol::parse_error& error) {
    if (read_as_proxmox(through, at.line)) {
        counters_.odd_spellings.add();
        return take_parsed(through, proxmox_parser_, at);
    }
    if (through.before_half_line) take_back_half_line(through, at);
    reject(through, at, error.code);
}

// "12\n" is a number for Perl: PVE writes it with its newline, and the line falls in two. The first
// half looks whole but for its timestamp; that it is none shows in what follows.
//
//     system,object=qemu,vmid=109 name="nl",x=12
//     ,y=1 1755785270000000000
void refiner::take_back_half_line(passage& through, const place& second_half) {
    const auto [outlet, mark] = *std::exchange(through.before_half_line, std::nullopt);
    if (!is_second_half(second_half.line)) return;
    const bool still_here = mark.batches == outlet->batches();
    const auto half = still_here ? outlet->text().substr(mark.text_bytes) : std::string();
    if (!outlet->take_back(mark)) return;
    count(through, protocol::parse_errc::invalid_timestamp);
    keep(through, half, protocol::parse_errc::invalid_timestamp, 0, last_word(half));
}

bool refiner::read_as_proxmox(const passage& through, std::string_view line) {
    if (line.find(",object=") == std::string_view::npos) return false;
    proxmox_parser_.set_precision(through.unit);
    proxmox_parser_.reset();
    auto rest = line;
    return proxmox_parser_.next(rest, protocol::input_end::yes) == outcome::point &&
           rest.find_first_not_of("\r\n") == std::string_view::npos &&
           has_object(proxmox_parser_.point());
}

void refiner::count(passage& through, rejection reason) {
    ++through.rejected;
    counters_.rejected.add();
    if (reason) {
        counters_.rejected_by[static_cast<std::size_t>(*reason)].add();
    } else {
        counters_.rejected_ahead.add();
    }
}

void refiner::reject(passage& through, const place& at, rejection reason) {
    count(through, reason);
    if (refused_.letters != nullptr) {
        const auto line = without_blank_lines(at.line);
        keep(through, line, reason, number_of(through, line), reason ? at.offset : last_word(line));
    }
    const bool tell = rejections_.wants(reason, through.now.steady);
    if (!tell && !through.first_error.empty()) return;
    auto what = describe(through, at, reason);
    if (tell) rejections_.report(reason, through.from, through.lane, what);
    if (through.first_error.empty()) through.first_error = std::move(what);
}

void refiner::keep(const passage& through, std::string_view line, rejection reason,
                   std::uint64_t number, std::size_t offset) {
    if (refused_.letters == nullptr) return;
    journal::dead_letter one;
    one.time_ns = unix_nanoseconds(through.now.wall);
    one.listener = refused_.listener;
    one.from = through.from;
    one.lane = through.lane;
    one.reason =
        reason ? protocol::to_string(*reason) : std::string_view("timestamp too far ahead");
    one.number = number;
    one.offset = offset;
    one.line = line.substr(0, line.find_last_not_of("\r\n") + 1);
    refused_.letters->put(std::move(one));
}

/// From where the last one was counted, so that a body of refused lines is counted once.
std::uint64_t refiner::number_of(const passage& through, std::string_view line) {
    counted_ += count_newlines(between(counted_to_, line.data()));
    counted_to_ = line.data();
    return through.newlines + counted_ + 1;
}

std::string refiner::describe(const passage& through, const place& at, rejection reason) const {
    auto line = without_blank_lines(at.line);
    const auto number = through.newlines + count_newlines(between(at.text.data(), line.data())) + 1;
    const auto offset = reason ? at.offset : last_word(line);
    line = line.substr(0, line.find_last_not_of("\r\n") + 1);
    const auto why = reason ? std::string(protocol::to_string(*reason))
                            : fmt::format("timestamp more than {} min ahead of this relay's clock",
                                          options_.ahead_max.count());
    return fmt::format("line {}, byte {}: {}: \"{}\"", number, offset, why,
                       printable(line, shown_bytes_max));
}

void refiner::publish_counts() {
    const auto publish = [](shared_counter& total, std::uint64_t& since) {
        if (since != 0) total.add(std::exchange(since, 0));
    };
    auto& mended = mender_.counts;
    publish(counters_.replaced_tags, replaced_tags_);
    publish(counters_.repeated_fields, mended.repeated_fields);
    publish(counters_.duplicate_fields, mended.duplicate_fields);
    publish(counters_.retyped_fields, mended.retyped_fields);
    publish(counters_.filled_names, mended.filled_names);
    publish(counters_.false_zeros, mended.false_zeros);
    publish(counters_.foreign_tags, mended.foreign_tags);
}

}  // namespace relay::ingest
