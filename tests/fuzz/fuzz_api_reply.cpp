// Any bytes as the body of any answer of the Proxmox API: refused with a reason, or taken into what
// is known. Whatever came, what is known is in order, its file reads back to it, and its inventory
// is lines that our own parser reads.
//
// The first byte says which call it answers; the rest is its body. A body of JSON begins with a
// brace, which is one as well: such a body answers every call in turn.
#include "protocol/line_parser.hpp"
#include "relay/base/check.hpp"
#include "relay/topology/inventory.hpp"
#include "relay/topology/knowledge.hpp"
#include "relay/topology/snapshot_file.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

using namespace relay;
using namespace relay::topology;

namespace {

constexpr wall_time now{std::chrono::seconds(1'755'785'270)};

/// A cluster with a guest of each kind, so that every answer is about something.
knowledge some_knowledge() {
    snapshot known{.taken_s = 1};
    known.guests = {{.id = {guest_kind::qemu, 100}, .node = "pve1"},
                    {.id = {guest_kind::lxc, 200}, .node = "pve1"}};
    known.nodes = {{.name = "pve1"}};
    return knowledge("lab", std::make_shared<const snapshot>(std::move(known)));
}

void answer(knowledge& known, std::size_t what, std::string_view body) {
    for (const guest_id guest : {guest_id{guest_kind::qemu, 100}, guest_id{guest_kind::lxc, 200}}) {
        api_call call{.what = static_cast<ask>(what % ask_count), .node = "pve1", .guest = guest};
        const auto before = known.snapshot();
        const auto wanted = known.logs_wanted();
        if (call.what == ask::task_log && !wanted.empty()) call.upid = wanted.front().upid;
        const auto taken = known.take(call, body, now, "pve1");
        if (taken) continue;
        RELAY_CHECK(!taken.error().empty());
        RELAY_CHECK(known.snapshot() == before);
    }
}

void check_lines(const std::string& text) {
    protocol::line_parser parser;
    std::string_view rest = text;
    for (;;) {
        const auto outcome = parser.next(rest, protocol::input_end::yes);
        RELAY_CHECK(outcome != protocol::line_parser::outcome::failure);
        if (outcome == protocol::line_parser::outcome::end) return;
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    auto known = some_knowledge();
    if (bytes.front() == '{') {
        for (std::size_t what = 0; what < ask_count; ++what)
            answer(known, what, bytes);
    } else {
        answer(known, data[0], bytes.substr(1));
    }
    const auto all = known.snapshot();
    const auto again = decode_snapshot(encode_snapshot(*all));
    RELAY_CHECK(again.has_value());
    RELAY_CHECK(*again == *all);
    std::string lines;
    append_inventory(lines, *all, unix_nanoseconds(now));
    check_lines(lines);
    (void)decode_snapshot(bytes);
    return 0;
}
