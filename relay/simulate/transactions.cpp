#include "relay/simulate/transactions.hpp"

#include <algorithm>
#include <utility>

namespace relay::simulate {
namespace {

// The order of guests within a transaction is that of a Perl hash: any, and another every time.
std::vector<const guest*> shuffled(const node& from, std::int64_t seconds) {
    std::vector<std::pair<key, const guest*>> order;
    for (const auto& it : from.guests) {
        order.emplace_back(mix(it.own, static_cast<std::uint64_t>(seconds)), &it);
    }
    std::ranges::sort(order);
    std::vector<const guest*> guests;
    for (const auto& [drawn, it] : order)
        guests.push_back(it);
    return guests;
}

transaction guests_of(const node& from, guest_kind kind, std::int64_t seconds) {
    const bool is_qemu = kind == guest_kind::qemu;
    transaction out{.kind = is_qemu ? transaction_kind::qemu : transaction_kind::lxc};
    for (const auto* it : shuffled(from, seconds)) {
        if (it->kind != kind) continue;
        (is_qemu ? append_qemu : append_lxc)(out, from, *it, seconds);
    }
    return out;
}

}  // namespace

std::string_view to_string(transaction_kind kind) noexcept {
    switch (kind) {
        case transaction_kind::node:
            return "node";
        case transaction_kind::qemu:
            return "qemu";
        case transaction_kind::lxc:
            return "lxc";
        case transaction_kind::storage:
            return "storage";
    }
    return "";
}

std::vector<transaction> transactions_of(const node& from, std::int64_t seconds) {
    // Collecting takes a moment; for some nodes the second turns meanwhile.
    const auto later = seconds + static_cast<std::int64_t>(mix(from.own, 1) % 2);
    std::vector<transaction> all(1);
    append_node(all.front(), from, seconds);
    all.push_back(guests_of(from, guest_kind::qemu, seconds));
    all.push_back(guests_of(from, guest_kind::lxc, later));
    transaction storages{.kind = transaction_kind::storage};
    for (const auto& it : from.storages)
        append_storage(storages, from, it, later);
    all.push_back(std::move(storages));
    std::erase_if(all, [](const transaction& it) { return it.lines == 0; });
    return all;
}

std::vector<std::string_view> datagrams_of(std::string_view text, std::size_t bytes_below) {
    std::vector<std::string_view> all;
    std::size_t begin = 0;
    for (std::size_t end = 0; end < text.size();) {
        const auto next = text.find('\n', end) + 1;
        const bool is_full = end > begin && next - begin >= bytes_below;
        if (is_full) {
            all.push_back(text.substr(begin, end - begin));
            begin = end;
        }
        end = next;
    }
    if (begin < text.size()) all.push_back(text.substr(begin));
    return all;
}

}  // namespace relay::simulate
