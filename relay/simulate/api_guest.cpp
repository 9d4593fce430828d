// Answers about one guest: its configuration and the addresses it has.
#include "relay/simulate/api_view.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <functional>
#include <optional>

namespace relay::simulate {
namespace {

constexpr std::uint64_t gib = 1ull << 30;

// What a key is drawn for.
enum draw : std::uint64_t { card = 1300, vlan, boots, agent, system, volume, unsupported };

std::string mac_of(const guest& it, unsigned number) {
    const auto own = mix(mix(it.own, card), number);
    return fmt::format("BC:24:11:{:02X}:{:02X}:{:02X}", own % 256, own / 256 % 256,
                       own / 65'536 % 256);
}

std::string lower(std::string text) {
    for (char& c : text) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return text;
}

std::string vlan_of(const guest& it) {
    const auto drawn = mix(it.own, vlan) % 3;
    return drawn == 0 ? "" : fmt::format(",tag={}", 10 * drawn);
}

/// Two guests in one cluster never have the same.
std::string address_of(const guest& it) {
    return fmt::format("10.{}.{}.{}", 20 + it.vmid / 65'536 % 200, it.vmid / 256 % 256,
                       it.vmid % 256);
}

std::string link_local_of(const guest& it) {
    return fmt::format("fe80::be24:11ff:fe{:02x}:{:04x}", it.vmid % 256, it.vmid % 65'536);
}

/// Storages that hold disks, in an order of the guest's own.
std::string storage_of(const api_view& view, const guest& it, unsigned number) {
    std::vector<std::string> fit;
    for (const auto& one : view.named().storages) {
        if (std::ranges::find(one.content, "images") != one.content.end()) fit.push_back(one.name);
    }
    if (fit.empty()) return "local-zfs";
    return fit[mix(it.own, volume + number) % fit.size()];
}

/// What a change of the configuration changes.
std::string digest_of(const guest& it) {
    const auto said =
        fmt::format("{} {} {} {} {}", it.name, it.tags, it.lock, it.cpus, it.memory_bytes);
    const auto hash = mix(it.own, std::hash<std::string>{}(said));
    return fmt::format("{:016x}{:016x}{:08x}", hash, mix(hash, 1), mix(hash, 2) >> 32);
}

std::uint64_t mib(std::uint64_t size) {
    return size >> 20;
}

void put_shared(json_writer& json, const guest& it, std::string_view default_name,
                std::string_view name_key) {
    if (it.name != default_name) json.put(name_key, it.name);
    if (!it.tags.empty()) json.put("tags", it.tags);
    if (!it.lock.empty()) json.put("lock", it.lock);
    if (it.state == guest_state::template_image) json.put("template", 1);
    if (mix(it.own, boots) % 2 == 0) json.put("onboot", 1);
    json.put("description", "owner: ops@example.com\nsee \"the wiki\"\n")
        .put("digest", digest_of(it));
}

bool has_agent(const guest& it) {
    return it.kind == guest_kind::qemu && mix(it.own, agent) % 4 != 0;
}

void put_drives(json_writer& json, const api_view& view, const guest& it) {
    unsigned number = 0;
    for (const auto& key : it.disks) {
        if (key.starts_with("ide")) {
            json.put(key, "none,media=cdrom");
            continue;
        }
        const auto size = number == 0 ? it.disk_bytes : 100 * gib;
        json.put(key, fmt::format("{}:vm-{}-disk-{},discard=on,iothread=1,size={}G,ssd=1",
                                  storage_of(view, it, number), it.vmid, number, size / gib));
        ++number;
    }
}

// Without `current`, what waits for the next start is shown as if it were so already.
std::uint64_t shown_memory(const api_view& view, const guest& it) {
    const auto at = view.asked.parameters.find("current");
    const bool is_current = at != view.asked.parameters.end() && at->second == "1";
    const bool has_pending = mix(it.own, boots) % 16 == 5;
    return mib(it.memory_bytes) * (has_pending && !is_current ? 2 : 1);
}

std::string qemu_config(const api_view& view, const guest& it) {
    auto json = view.json();
    json.object().put("cores", it.cpus).put("sockets", 1);
    const auto memory = shown_memory(view, it);
    if (view.pve().is_at_least(8, 1)) {
        json.put("memory", std::to_string(memory));
    } else {
        json.put("memory", memory);
    }
    if (it.balloon == balloon_state::none) json.put("balloon", 0);
    json.put("ostype", mix(it.own, system) % 3 == 0 ? "win11" : "l26")
        .put("boot", "order=scsi0;ide2;net0")
        .put("scsihw", "virtio-scsi-single")
        .put("net0", fmt::format("virtio={},bridge=vmbr0,firewall=1{}", mac_of(it, 0), vlan_of(it)))
        .put("smbios1", fmt::format("uuid=3a7e5c1a-0000-4000-8000-{:012x}", it.own >> 16))
        .put("vmgenid", fmt::format("6c3f0000-0000-4000-8000-{:012x}", it.own >> 16))
        .put("meta", "creation-qemu=9.0.2,ctime=1690000000");
    if (has_agent(it)) json.put("agent", "1,fstrim_cloned_disks=1");
    put_drives(json, view, it);
    put_shared(json, it, fmt::format("VM {}", it.vmid), "name");
    return json.end().text();
}

std::string lxc_config(const api_view& view, const guest& it) {
    auto json = view.json();
    json.object()
        .put("arch", "amd64")
        .put("cores", it.cpus)
        .put("memory", mib(it.memory_bytes))
        .put("swap", 512)
        .put("ostype", "debian")
        .put("rootfs", fmt::format("{}:subvol-{}-disk-0,size={}G", storage_of(view, it, 0), it.vmid,
                                   it.disk_bytes / gib))
        .put("net0", fmt::format("name=eth0,bridge=vmbr0,firewall=1,hwaddr={},ip=dhcp{},type=veth",
                                 mac_of(it, 0), vlan_of(it)))
        .put("unprivileged", 1)
        .put("features", "nesting=1");
    if (mix(it.own, volume) % 3 == 0) {
        json.put("mp0", fmt::format("{}:subvol-{}-disk-1,mp=/srv,size=100G",
                                    storage_of(view, it, 1), it.vmid))
            .put("mp1", "/mnt/shared,mp=/shared")
            .array("lxc")
            .array()
            .element("lxc.apparmor.profile")
            .element("unconfined")
            .end()
            .end();
    }
    put_shared(json, it, fmt::format("CT{}", it.vmid), "hostname");
    return json.end().text();
}

/// nodes/{node}/{qemu|lxc}/{vmid}/…: the guest, where it is on that node and of that kind.
const guest* named_guest(const api_view& view) {
    const auto& text = view.asked.path[3];
    std::uint32_t vmid = 0;
    std::from_chars(text.data(), text.data() + text.size(), vmid);
    const auto kind = view.asked.path[2] == "qemu" ? guest_kind::qemu : guest_kind::lxc;
    const auto& guests = view.named().guests;
    const auto at = std::ranges::find(guests, vmid, &guest::vmid);
    return at != guests.end() && at->kind == kind ? &*at : nullptr;
}

// It has moved since its node was learnt, or it is gone.
api_failure no_such_guest(const api_view& view) {
    const bool is_qemu = view.asked.path[2] == "qemu";
    return {.status = 500,
            .message = fmt::format("Configuration file 'nodes/{}/{}/{}.conf' does not exist",
                                   view.named().name, is_qemu ? "qemu-server" : "lxc",
                                   view.asked.path[3])};
}

// The guest speaks of interfaces that its configuration does not know, too.
void append_agent_interface(json_writer& json, std::string_view name, std::string_view mac,
                            std::string_view v4, unsigned bits, std::string_view v6) {
    json.object().put("name", name).put("hardware-address", mac).array("ip-addresses");
    json.object().put("ip-address-type", "ipv4").put("ip-address", v4).put("prefix", bits).end();
    if (!v6.empty())
        json.object().put("ip-address-type", "ipv6").put("ip-address", v6).put("prefix", 64).end();
    json.end();
    json.object("statistics").put("rx-bytes", 163'244).put("tx-bytes", 163'244).end().end();
}

std::string agent_interfaces(const api_view& view, const guest& it) {
    auto json = view.json();
    json.object();
    if (mix(it.own, unsupported) % 10 == 0) {
        json.object("result").object("error");
        json.put("class", "Unsupported")
            .put("desc", "this feature or command is not currently supported");
        return json.end().end().end().text();
    }
    json.array("result");
    append_agent_interface(json, "lo", "00:00:00:00:00:00", "127.0.0.1", 8, {});
    append_agent_interface(json, "eth0", lower(mac_of(it, 0)), address_of(it), 24,
                           link_local_of(it));
    append_agent_interface(json, "docker0", "02:42:ac:11:00:01", "172.17.0.1", 16, {});
    return json.end().end().text();
}

void append_lxc_interface(json_writer& json, const api_view& view, std::string_view name,
                          std::string_view mac, std::string_view v4, unsigned bits,
                          std::string_view v6) {
    json.object().put("name", name).put("hwaddr", mac);
    json.put("inet", fmt::format("{}/{}", v4, bits)).put("inet6", fmt::format("{}/64", v6));
    if (view.pve().is_at_least(9)) {
        json.put("hardware-address", mac).array("ip-addresses");
        json.object()
            .put("ip-address-type", "inet")
            .put("ip-address", v4)
            .put("prefix", bits)
            .end();
        json.object().put("ip-address-type", "inet6").put("ip-address", v6).put("prefix", 64).end();
        json.end();
    }
    json.end();
}

}  // namespace

api_result guest_config_body(const api_view& view) {
    const auto* it = named_guest(view);
    if (it == nullptr) return unexpected(no_such_guest(view));
    return api_body{it->kind == guest_kind::qemu ? qemu_config(view, *it) : lxc_config(view, *it)};
}

api_result agent_interfaces_body(const api_view& view) {
    constexpr std::chrono::milliseconds ping_wait{3'000};
    const auto* it = named_guest(view);
    if (it == nullptr) return unexpected(no_such_guest(view));
    if (it->state != guest_state::running)
        return unexpected(api_failure{.message = fmt::format("VM {} is not running", it->vmid)});
    if (!has_agent(*it))
        return unexpected(api_failure{.message = "No QEMU guest agent configured"});
    if (it->balloon != balloon_state::driver) {  // nothing of ours runs in it
        return unexpected(
            api_failure{.message = "QEMU guest agent is not running", .delay = ping_wait});
    }
    return api_body{agent_interfaces(view, *it)};
}

api_result lxc_interfaces_body(const api_view& view) {
    const auto* it = named_guest(view);
    if (it == nullptr) return unexpected(no_such_guest(view));
    if (it->state != guest_state::running) return api_body{"null"};
    auto json = view.json();
    json.array();
    append_lxc_interface(json, view, "lo", "00:00:00:00:00:00", "127.0.0.1", 8, "::1");
    append_lxc_interface(json, view, "eth0", lower(mac_of(*it, 0)), address_of(*it), 24,
                         link_local_of(*it));
    return api_body{json.end().text()};
}

}  // namespace relay::simulate
