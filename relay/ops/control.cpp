#include "relay/ops/control.hpp"

#include "relay/journal/dead_letter.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <optional>
#include <utility>

namespace relay::ops {
namespace {

namespace json = boost::json;
template <class T>
using read_result = expected<T, std::string>;

// Beyond this a sequence could overflow in arithmetic.
constexpr std::uint64_t sequence_max = std::uint64_t{1} << 62;

read_result<std::string> text(const json::object& from, std::string_view key) {
    const auto* found = from.if_contains(key);
    if (found == nullptr || !found->is_string() || found->get_string().empty()) {
        return unexpected(fmt::format("`{}` must be a text", key));
    }
    return std::string(found->get_string());
}

std::string optional_text(const json::object& from, std::string_view key) {
    const auto* found = from.if_contains(key);
    if (found == nullptr || !found->is_string()) return {};
    return journal::unescape_bytes(std::string_view(found->get_string()));
}

read_result<journal::sequence> sequence(const json::object& from, std::string_view key) {
    const auto* found = from.if_contains(key);
    json::error_code error;
    const auto number = found == nullptr ? 0 : found->to_number<std::uint64_t>(error);
    if (error || number == 0 || number > sequence_max) {
        return unexpected(fmt::format("`{}` must be a record's number", key));
    }
    return number;
}

read_result<control_request> read_replay(const json::object& from) {
    auto sink = text(from, "sink");
    const auto first = sequence(from, "first");
    const auto last = sequence(from, "last");
    if (!sink) return unexpected(sink.error());
    if (!first) return unexpected(first.error());
    if (!last) return unexpected(last.error());
    if (*last < *first) return unexpected(std::string("`last` is before `first`"));
    return replay_request{.sink = *std::move(sink), .first = *first, .last = *last};
}

read_result<control_request> read_push(const json::object& from) {
    push_request asked{.lane = {.cluster = optional_text(from, "cluster"),
                                .bucket = optional_text(from, "bucket"),
                                .tenant = optional_text(from, "tenant")},
                       .text = optional_text(from, "text")};
    if (asked.text.empty()) return unexpected(std::string("`text` must be lines"));
    return asked;
}

template <class Request, class Value>
read_result<control_request> make(read_result<Value> value, Value Request::*member) {
    if (!value) return unexpected(std::move(value.error()));
    Request made;
    made.*member = *std::move(value);
    return made;
}

std::string line_of(const json::object& object) {
    return json::serialize(object) + "\n";
}

/// A bucket is whatever its sender says; as JSON it must be text.
json::string escaped(std::string_view bytes) {
    return json::string(journal::escape_bytes(bytes));
}

struct line_writer {
    json::object operator()(const hello_request&) const { return {{"command", "hello"}}; }
    json::object operator()(const replay_request& r) const {
        return {{"command", "replay"}, {"sink", r.sink}, {"first", r.first}, {"last", r.last}};
    }
    json::object operator()(const purge_request& r) const {
        return {{"command", "purge"}, {"through", r.through}};
    }
    json::object operator()(const forget_request& r) const {
        return {{"command", "forget"}, {"sink", r.sink}};
    }
    json::object operator()(const clear_dead_request&) const { return {{"command", "clear_dead"}}; }
    json::object operator()(const push_request& r) const {
        return {{"command", "push"},
                {"cluster", escaped(r.lane.cluster)},
                {"bucket", escaped(r.lane.bucket)},
                {"tenant", escaped(r.lane.tenant)},
                {"text", escaped(r.text)}};
    }
};

json::object failed(std::string_view why) {
    return {{"ok", false}, {"error", why}};
}

json::object removed(const removed_files& gone) {
    return {{"files", gone.files}, {"bytes", gone.bytes}};
}

json::object succeeded(json::object with = {}) {
    with["ok"] = true;
    return with;
}

struct doer {
    const control_actions& actions;
    const control_emit& emit;

    json::object operator()(const hello_request&) const {
        return succeeded({{"version", actions.version}});
    }
    json::object operator()(const replay_request& asked) const {
        const auto done = actions.replay(asked);
        return done ? succeeded() : failed(done.error());
    }
    json::object operator()(const purge_request& asked) const {
        return succeeded(removed(actions.purge(asked, [this](const removed_files& so_far) {
            emit(line_of({{"progress", removed(so_far)}}));
        })));
    }
    json::object operator()(const forget_request& asked) const {
        const auto done = actions.forget(asked);
        return done ? succeeded() : failed(done.error());
    }
    json::object operator()(const clear_dead_request&) const {
        return succeeded(removed(actions.clear_dead()));
    }
    json::object operator()(const push_request& asked) const {
        const auto done = actions.push(asked);
        if (!done) return failed(done.error());
        return succeeded({{"accepted", done->accepted},
                          {"rejected", done->rejected},
                          {"first_error", done->first_error}});
    }
};

}  // namespace

expected<control_request, std::string> parse_control_request(std::string_view line) {
    json::error_code error;
    const auto value = json::parse(line, error);
    if (error || !value.is_object()) {
        return unexpected(std::string("a request is one JSON object per line"));
    }
    const auto& from = value.get_object();
    const auto command = text(from, "command");
    if (!command) return unexpected(command.error());
    if (*command == "hello") return hello_request{};
    if (*command == "replay") return read_replay(from);
    if (*command == "purge") return make(sequence(from, "through"), &purge_request::through);
    if (*command == "forget") return make(text(from, "sink"), &forget_request::sink);
    if (*command == "clear_dead") return clear_dead_request{};
    if (*command == "push") return read_push(from);
    return unexpected(std::string("there is no such command"));
}

std::string to_line(const control_request& request) {
    return line_of(std::visit(line_writer{}, request));
}

void answer_control(std::string_view line, const control_actions& actions,
                    const control_emit& emit) {
    const auto request = parse_control_request(line);
    emit(line_of(request ? std::visit(doer{.actions = actions, .emit = emit}, *request)
                         : failed(request.error())));
}

}  // namespace relay::ops
