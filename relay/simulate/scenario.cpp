#include "relay/simulate/scenario.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

namespace relay::simulate {
namespace {

constexpr std::string_view blanks = " \t\r";

/// The words of a line, one after the other.
class words {
public:
    explicit words(std::string_view line) : rest_(line) {}

    [[nodiscard]] bool is_empty() const { return rest_.find_first_not_of(blanks) == rest_.npos; }
    std::string_view next() {
        rest_.remove_prefix(std::min(rest_.find_first_not_of(blanks), rest_.size()));
        const auto word = rest_.substr(0, rest_.find_first_of(blanks));
        rest_.remove_prefix(word.size());
        return word;
    }
    /// What is left, without blanks at either end.
    std::string_view all() {
        const auto begin = rest_.find_first_not_of(blanks);
        if (begin == rest_.npos) return {};
        const auto end = rest_.find_last_not_of(blanks) + 1;
        return std::exchange(rest_, {}).substr(begin, end - begin);
    }

private:
    std::string_view rest_;
};

template <class Number>
std::optional<Number> to_number(std::string_view text) {
    Number number{};
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (code != std::errc() || end != text.data() + text.size()) return {};
    return number;
}

// A moment of a scenario; what is longer than a human life is a mistake.
std::optional<std::int64_t> to_seconds(std::string_view text) {
    const auto seconds = to_number<std::int64_t>(text);
    constexpr std::int64_t most = 3'000'000'000;
    if (!seconds || *seconds < -most || *seconds > most) return {};
    return seconds;
}

// The words that an event takes, in their order.
enum class word : std::uint8_t { none, vmid, node, node_if_any, kind, seconds, text, text_if_any };

struct event_form {
    std::string_view name;
    event_kind kind;
    std::array<word, 4> takes{};
};

constexpr std::array event_forms{
    event_form{"migrate", event_kind::migrate, {word::vmid, word::node}},
    event_form{"rename", event_kind::rename, {word::vmid, word::text}},
    event_form{"tag", event_kind::tag, {word::vmid, word::text_if_any}},
    event_form{"pool", event_kind::pool, {word::vmid, word::text_if_any}},
    event_form{"lock", event_kind::lock, {word::vmid, word::text}},
    event_form{"unlock", event_kind::lock, {word::vmid}},
    event_form{"create", event_kind::create, {word::vmid, word::node, word::kind, word::text}},
    event_form{"delete", event_kind::remove, {word::vmid}},
    event_form{"start", event_kind::start, {word::vmid}},
    event_form{"stop", event_kind::stop, {word::vmid}},
    event_form{"backup", event_kind::backup, {word::vmid, word::seconds, word::text}},
    event_form{"offline", event_kind::offline, {word::node}},
    event_form{"online", event_kind::online, {word::node}},
    event_form{"quorum-lost", event_kind::isolate, {word::node_if_any}},
    event_form{"quorum-back", event_kind::rejoin, {word::node_if_any}},
    event_form{"storage-dead", event_kind::storage_dead, {word::text, word::node_if_any}},
    event_form{"storage-back", event_kind::storage_back, {word::text, word::node_if_any}},
    event_form{"zfs", event_kind::zfs, {word::text, word::node_if_any}},
    event_form{"ceph", event_kind::ceph, {word::text}},
    event_form{"task", event_kind::task, {word::node, word::text}},
    event_form{"rights", event_kind::rights, {word::text}},
};

class reader {
public:
    expected<scenario, std::string> read(std::string_view text);

private:
    void line(std::string_view text);
    void setting(std::string_view name, words& rest);
    void moment(words& rest);
    void event_of(const event_form& form, std::int64_t second, words& rest);
    void take(word what, bool is_last, words& rest, event& into);
    void fault_at(std::int64_t from, std::optional<std::int64_t> lasts, words& rest);
    void kind_of(std::string_view text, fault& into);
    void release_of(std::string_view text);
    void fail(std::string why) {
        if (problem_.empty()) problem_ = std::move(why);
    }

    scenario made_;
    std::string problem_;
};

expected<scenario, std::string> reader::read(std::string_view text) {
    for (std::size_t number = 1; !text.empty(); ++number) {
        const auto end = std::min(text.find('\n'), text.size());
        line(text.substr(0, end));
        if (!problem_.empty()) return unexpected(fmt::format("line {}: {}", number, problem_));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    std::ranges::stable_sort(made_.events, {}, &event::second);
    return std::move(made_);
}

void reader::line(std::string_view text) {
    words rest(text);
    const auto first = rest.next();
    if (first.empty() || first.front() == '#') return;
    if (first == "at") return moment(rest);
    setting(first, rest);
}

void reader::setting(std::string_view name, words& rest) {
    if (name == "rights") {
        made_.events.push_back({.second = std::numeric_limits<std::int64_t>::min(),
                                .kind = event_kind::rights,
                                .text = std::string(rest.all())});
        return;
    }
    if (name == "address" || name == "fingerprint") {
        auto& into = name == "address" ? made_.addresses : made_.fingerprints;
        auto node = std::string(rest.next());
        into[std::move(node)] = rest.all();
        return;
    }
    const auto value = rest.all();
    if (name == "name") {
        made_.name = value;
    } else if (name == "pve") {
        release_of(value);
    } else if (name == "token") {
        made_.token = value;
    } else if (name == "level") {
        made_.level = value;
    } else {
        fail(fmt::format("unknown statement '{}'", name));
    }
}

void reader::release_of(std::string_view text) {
    auto& pve = made_.pve;
    if (text == "7") {
        pve = {7, 4, 16};
    } else if (text == "8") {
        pve = {8, 4, 1};
    } else if (text == "9") {
        pve = {9, 2, 11};
    } else {
        std::array<unsigned, 3> parts{0, 0, 0};
        for (std::size_t i = 0; i < parts.size() && !text.empty(); ++i) {
            const auto end = std::min(text.find_first_of(".-"), text.size());
            const auto number = to_number<unsigned>(text.substr(0, end));
            if (!number) return fail("a version is written as 9.2.11");
            parts[i] = *number;
            text.remove_prefix(std::min(end + 1, text.size()));
        }
        pve = {parts[0], parts[1], parts[2]};
    }
    if (pve.major < 7 || pve.major > 9) fail("versions 7, 8 and 9 can be simulated");
}

// at SECOND [for SECONDS] EVENT …
void reader::moment(words& rest) {
    const auto second = to_seconds(rest.next());
    if (!second) return fail("'at' takes the second since the beginning");
    auto name = rest.next();
    std::optional<std::int64_t> lasts;
    if (name == "for") {
        lasts = to_seconds(rest.next());
        if (!lasts) return fail("'for' takes a number of seconds");
        name = rest.next();
    }
    if (name == "fault") return fault_at(*second, lasts, rest);
    const auto* form = std::ranges::find(event_forms, name, &event_form::name);
    if (form == event_forms.end()) return fail(fmt::format("unknown event '{}'", name));
    event_of(*form, *second, rest);
}

void reader::event_of(const event_form& form, std::int64_t second, words& rest) {
    event made{.second = second, .kind = form.kind};
    for (std::size_t i = 0; i < form.takes.size(); ++i) {
        const bool is_last = i + 1 == form.takes.size() || form.takes[i + 1] == word::none;
        take(form.takes[i], is_last, rest, made);
    }
    if (!rest.is_empty()) fail(fmt::format("too many words after '{}'", form.name));
    made_.events.push_back(std::move(made));
}

void reader::take(word what, bool is_last, words& rest, event& into) {
    switch (what) {
        case word::none:
            return;
        case word::vmid: {
            const auto vmid = to_number<std::uint32_t>(rest.next());
            if (!vmid || *vmid == 0) return fail("a guest's number was expected");
            into.vmid = *vmid;
            return;
        }
        case word::node:
        case word::node_if_any:
            into.node = rest.next();
            if (what == word::node && into.node.empty()) fail("a node was expected");
            return;
        case word::kind: {
            const auto name = rest.next();
            if (name != "qemu" && name != "lxc") return fail("'qemu' or 'lxc' was expected");
            into.guest = name == "qemu" ? guest_kind::qemu : guest_kind::lxc;
            return;
        }
        case word::seconds: {
            const auto seconds = to_seconds(rest.next());
            if (!seconds || *seconds < 1) return fail("a number of seconds was expected");
            into.lasts = *seconds;
            return;
        }
        case word::text:
        case word::text_if_any:
            into.text = is_last ? rest.all() : rest.next();
            if (what == word::text && into.text.empty()) fail("a text was expected");
    }
}

// fault KIND [node=pve2] [path=cluster/resources]
void reader::fault_at(std::int64_t from, std::optional<std::int64_t> lasts, words& rest) {
    fault made{.from = from};
    if (lasts) made.until = from + *lasts;
    kind_of(rest.next(), made);
    while (!rest.is_empty()) {
        const auto word = rest.next();
        if (word.starts_with("node=")) {
            made.node = word.substr(5);
        } else if (word.starts_with("path=")) {
            made.path = word.substr(5);
        } else {
            return fail(fmt::format("'{}' is neither node=… nor path=…", word));
        }
    }
    made_.faults.push_back(std::move(made));
}

void reader::kind_of(std::string_view text, fault& into) {
    static const std::map<std::string_view, fault_kind> kinds{{"garbled", fault_kind::garbled},
                                                              {"cut", fault_kind::cut},
                                                              {"hangup", fault_kind::hang_up},
                                                              {"strings", fault_kind::strings}};
    if (const auto known = kinds.find(text); known != kinds.end()) {
        into.kind = known->second;
        return;
    }
    if (text.starts_with("slow=")) {
        const auto milliseconds = to_number<std::uint32_t>(text.substr(5));
        if (!milliseconds) return fail("'slow=' takes milliseconds");
        into.kind = fault_kind::slow;
        into.delay = std::chrono::milliseconds(*milliseconds);
        return;
    }
    const auto status = to_number<int>(text);
    if (!status || *status < 200 || *status > 599) return fail(fmt::format("no fault '{}'", text));
    into.status = *status;
}

constexpr std::string_view help =
    R"(A scenario is a text of one statement per line; # begins a comment.

  name lab                        the cluster's name
  pve 8                           answer as Proxmox VE 7, 8 or 9, or 8.1.4
  token relay@pve!relay=UUID      the token that is let in
  level c                         of the subscription: c, b, s, p; none without it
  address pve1 192.0.2.11         of a node, as /cluster/status says
  fingerprint pve1 AA:BB:...      of a node, as /nodes says
  rights / PVEAuditor             the token's, by path: a role (PVEAuditor, NoAccess) or
  rights /vms VM.Audit,...        privileges; "rights none": it has no rights at all

Events begin at a second since the start:

  at 30 migrate 101 pve2          at 30 rename 101 web-9
  at 30 tag 101 prod;web          at 30 pool 101 acme       (nothing named: none)
  at 30 lock 101 snapshot         at 30 unlock 101
  at 30 create 9001 pve1 qemu db  at 30 delete 101
  at 30 stop 101                  at 30 start 101
  at 30 backup 101 60 ok          a run of 60 seconds: ok, warnings or failed
  at 30 offline pve3              at 90 online pve3         (its guests boot with it)
  at 30 quorum-lost pve2          at 90 quorum-back pve2    (no node named: every node)
  at 30 storage-dead local pve1   at 90 storage-back local pve1
  at 30 zfs DEGRADED pve1         at 30 ceph HEALTH_WARN
  at 30 task pve1 aptupdate why   a task that ended in an error
  at 30 rights none

Faults of the API last, or not, "for" so many seconds, at a node or a path, or everywhere:

  at 60 for 600 fault 595 node=pve2 path=nodes/pve3
  fault: a status (401, 403, 500, 501, 595 ...), slow=MILLISECONDS, garbled, cut (JSON ends too
  early), hangup (no answer), strings (numbers come as strings)
)";

}  // namespace

bool release::is_at_least(unsigned a, unsigned b, unsigned c) const noexcept {
    return std::array{major, minor, patch} >= std::array{a, b, c};
}

std::string release::version() const {
    return fmt::format("{}.{}{}{}", major, minor, major == 7 ? '-' : '.', patch);
}

expected<scenario, std::string> parse_scenario(std::string_view text) {
    return reader().read(text);
}

std::set<std::string> privileges_of(std::string_view role, const release& pve) {
    if (role == "NoAccess") return {};
    std::set<std::string> names;
    if (role == "PVEAuditor") {
        names = {"Datastore.Audit", "Pool.Audit", "Sys.Audit", "VM.Audit", "SDN.Audit"};
        if (pve.is_at_least(8)) names.insert("Mapping.Audit");
        if (pve.is_at_least(9)) names.insert("VM.GuestAgent.Audit");
        return names;
    }
    while (!role.empty()) {
        const auto end = std::min(role.find(','), role.size());
        if (end > 0) names.emplace(role.substr(0, end));
        role.remove_prefix(std::min(end + 1, role.size()));
    }
    return names;
}

std::string_view scenario_help() noexcept {
    return help;
}

}  // namespace relay::simulate
