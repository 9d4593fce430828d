// The answers about what a cluster does beside running guests: HA, replication, tasks, Ceph.
#include "relay/topology/api_reply.hpp"
#include "relay/topology/json_value.hpp"
#include "relay/topology/reply_list.hpp"

#include <algorithm>

namespace relay::topology {
namespace {

constexpr std::size_t comment_bytes_max = 1'024;
/// vzdump writes about a hundred lines per guest.
constexpr std::size_t log_line_bytes_max = 512;
constexpr std::size_t log_bytes_max = std::size_t{16} << 20;

std::optional<ha_service> read_service(const json::object& item) {
    ha_service one;
    one.id = json::text(item, "sid");
    one.node = json::text(item, "node");
    one.state = json::text(item, "state");
    if (one.id.empty()) return {};
    return one;
}

std::optional<guest_kind> kind_of(std::string_view word) noexcept {
    if (word == "qemu") return guest_kind::qemu;
    if (word == "lxc") return guest_kind::lxc;
    return {};
}

std::optional<replication_reply> read_job(const json::object& item) {
    replication_reply one;
    auto& job = one.job;
    job.id = json::text(item, "id");
    const auto vmid = json::small_count(item, "guest");
    if (job.id.empty() || !vmid) return {};
    one.kind = kind_of(json::text(item, "vmtype"));
    job.guest = {one.kind.value_or(guest_kind::qemu), *vmid};
    job.source = json::text(item, "source");
    job.target = json::text(item, "target");
    job.error = json::text(item, "error");
    job.is_disabled = json::flag(item, "disable").value_or(false);
    job.last_sync_s = json::instant(item, "last_sync");
    job.last_try_s = json::instant(item, "last_try");
    job.next_sync_s = json::instant(item, "next_sync");
    job.duration_s = json::number(item, "duration");
    job.failures = json::count(item, "fail_count");
    return one;
}

task_result result_of(std::string_view status) noexcept {
    if (status.empty() || status == "RUNNING") return task_result::none_yet;
    if (status == "OK") return task_result::ok;
    return status.starts_with("WARNINGS") ? task_result::warnings : task_result::failed;
}

std::optional<task> read_task(const json::object& item) {
    task one;
    one.upid = json::text(item, "upid");
    one.node = json::text(item, "node");
    one.type = json::text(item, "type");
    one.id = json::text(item, "id");
    if (one.upid.empty() || one.type.empty()) return {};
    one.started_s = json::instant(item, "starttime").value_or(0);
    one.ended_s = json::instant(item, "endtime").value_or(0);
    if (one.ended_s != 0) one.result = result_of(json::text(item, "status"));
    return one;
}

}  // namespace

reply<reply_list<ha_service>> read_ha_services(std::string_view body) {
    auto services = json::read_list<ha_service>(body, [](const json::object& item) {
        // quorum, master, lrm and fencing stand in the same list.
        return json::text(item, "type") == "service" ? read_service(item)
                                                     : std::optional(ha_service{});
    });
    if (!services) return services;
    std::erase_if(services->items, [](const ha_service& one) { return one.id.empty(); });
    std::ranges::sort(services->items, {}, &ha_service::id);
    return services;
}

reply<reply_list<pool>> read_pools(std::string_view body) {
    auto pools = json::read_list<pool>(body, [](const json::object& item) -> std::optional<pool> {
        pool one{.name = json::text(item, "poolid"),
                 .comment = json::text(item, "comment", comment_bytes_max)};
        if (one.name.empty()) return {};
        return one;
    });
    if (pools) std::ranges::sort(pools->items, {}, &pool::name);
    return pools;
}

reply<reply_list<replication_reply>> read_replication(std::string_view body) {
    return json::read_list<replication_reply>(body, read_job);
}

reply<reply_list<std::uint32_t>> read_not_backed_up(std::string_view body) {
    auto numbers = json::read_list<std::uint32_t>(
        body, [](const json::object& item) { return json::small_count(item, "vmid"); });
    if (numbers) std::ranges::sort(numbers->items);
    return numbers;
}

reply<std::string> read_ceph_health(std::string_view body) {
    const auto status = json::read_object<std::string>(body, [](const json::object& fields) {
        const auto health = json::member(fields, "health");
        json::object inner;
        if (!health || health->get_object().get(inner) != simdjson::SUCCESS) return std::string();
        return json::text(inner, "status");
    });
    if (status && status->empty()) return unexpected(std::string("it names no health"));
    return status;
}

reply<reply_list<task>> read_tasks(std::string_view body) {
    return json::read_list<task>(body, read_task);
}

reply<std::string> read_task_log(std::string_view body) {
    simdjson::dom::parser parser;
    const auto data = json::data_of(parser, body);
    if (!data) return unexpected(data.error());
    std::string lines;
    const auto lost = json::for_each_item(*data, [&](const json::object& item) {
        if (lines.size() > log_bytes_max) return false;
        lines += json::text(item, "t", log_line_bytes_max);
        lines += '\n';
        return true;
    });
    if (!lost) return unexpected(lost.error());
    return lines;
}

}  // namespace relay::topology
