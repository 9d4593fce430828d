#include "relay/topology/property_string.hpp"

#include "relay/topology/words.hpp"

#include <charconv>

namespace relay::topology {
namespace {

struct key_value {
    std::string_view key, value;
};

/// A word without "=" is a value without a key.
key_value split(std::string_view word) noexcept {
    const auto at = word.find('=');
    if (at == std::string_view::npos) return {{}, word};
    return {word.substr(0, at), word.substr(at + 1)};
}

std::optional<std::uint32_t> whole(std::string_view text) noexcept {
    std::uint32_t value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    if (read.ec != std::errc{} || read.ptr != text.data() + text.size()) return {};
    return value;
}

bool is_hex(char c) noexcept {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

/// "local-zfs:vm-100-disk-0" is a volume of a storage; "none", "/dev/sdb" and "/mnt/x" are not.
void read_volume(drive& out, std::string_view text) {
    const auto colon = text.find(':');
    if (colon == std::string_view::npos || text.starts_with('/')) return;
    out.storage = text.substr(0, colon);
    out.volume = text.substr(colon + 1);
}

}  // namespace

std::optional<std::string> property(std::string_view text, std::string_view key) {
    std::optional<std::string> found;
    for_each_word(text, ",", [&](std::string_view word) {
        const auto entry = split(word);
        if (!found && entry.key == key) found = entry.value;
    });
    return found;
}

std::string lower_mac(std::string_view text) {
    if (text.size() != 17) return {};
    std::string out(text);
    for (std::size_t i = 0; i < out.size(); ++i) {
        if (out[i] >= 'A' && out[i] <= 'F') out[i] = static_cast<char>(out[i] - 'A' + 'a');
        if (i % 3 == 2 ? out[i] != ':' : !is_hex(out[i])) return {};
    }
    return out;
}

network_card read_network_card(guest_kind kind, std::string_view key, std::string_view text) {
    network_card out{.key = std::string(key)};
    for_each_word(text, ",", [&](std::string_view word) {
        const auto entry = split(word);
        if (entry.key == "bridge") {
            out.bridge = entry.value;
        } else if (entry.key == "tag") {
            out.vlan = whole(entry.value);
        } else if (entry.key == "model" || (entry.key == "type" && kind == guest_kind::lxc)) {
            out.model = entry.value;
        } else if (auto mac = lower_mac(entry.value); !mac.empty()) {
            // A virtual machine's card begins with its model; a container's has "hwaddr".
            out.mac = std::move(mac);
            if (entry.key != "hwaddr" && entry.key != "macaddr") out.model = entry.key;
        }
    });
    return out;
}

drive read_drive(std::string_view key, std::string_view text) {
    drive out{.key = std::string(key)};
    for_each_word(text, ",", [&](std::string_view word) {
        const auto entry = split(word);
        if (entry.key.empty() || entry.key == "file" || entry.key == "volume") {
            read_volume(out, entry.value);
        } else if (entry.key == "size") {
            out.size_bytes = size_of(entry.value);
        } else if (entry.key == "media") {
            out.is_cdrom = entry.value == "cdrom";
        }
    });
    return out;
}

std::optional<std::uint64_t> size_of(std::string_view text) noexcept {
    double value = 0;
    const auto* end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, value, std::chars_format::fixed);
    if (read.ec != std::errc{} || !(value >= 0)) return {};
    double unit = 1;
    const std::string_view suffix(read.ptr, static_cast<std::size_t>(end - read.ptr));
    if (!suffix.empty()) {
        constexpr std::string_view units = "KMGTP";
        const auto at = units.find(suffix);
        if (at == std::string_view::npos || suffix.size() != 1) return {};
        unit = static_cast<double>(std::uint64_t{1} << (10 * (at + 1)));
    }
    const double bytes = value * unit;
    if (bytes > 9'007'199'254'740'992.0) return {};  // 2^53, as all that is counted here
    return static_cast<std::uint64_t>(bytes);
}

}  // namespace relay::topology
