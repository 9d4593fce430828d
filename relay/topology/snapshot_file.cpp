#include "relay/topology/snapshot_file.hpp"

#include "relay/base/durable_file.hpp"
#include "relay/topology/json_value.hpp"
#include "relay/topology/snapshot_members.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <utility>

namespace relay::topology {
namespace {

constexpr std::string_view head_word = "pverelay-topology 1 ";
constexpr std::size_t readable_name_bytes_max = 40;
/// 2,000 guests with all that is known of them take about 2 MB.
constexpr std::uintmax_t file_bytes_max = std::uintmax_t{64} << 20;
constexpr std::size_t member_bytes_max = 4'096;

// 64-bit FNV-1a (Fowler, Noll, Vo). The file is replaced whole: this finds what a disk did to it.
std::uint64_t fnv1a(std::string_view text) noexcept {
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const char c : text)
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    return hash;
}

std::string head_of(std::string_view json) {
    return fmt::format("{}{} {:016x}\n", head_word, json.size(), fnv1a(json));
}

bool is_safe(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
}

void append_json_text(std::string& out, std::string_view text) {
    out += '"';
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        if (static_cast<unsigned char>(c) < 0x20)
            out += fmt::format("\\u{:04x}", static_cast<int>(c));
        else
            out += c;
    }
    out += '"';
}

/// Writes what it visits, but for what is empty, 0 or false.
class writer {
public:
    explicit writer(std::string& out) : out_(out) { out_ += '{'; }
    void end() { out_ += '}'; }

    template <class T>
    void operator()(std::string_view key, const T& value) {
        if (value == T{}) return;
        name(key);
        append(value);
    }
    template <class T>
    void operator()(std::string_view key, const std::optional<T>& value) {
        if (!value) return;
        name(key);
        append(*value);
    }

private:
    void name(std::string_view key) {
        if (!std::exchange(is_first_, false)) out_ += ',';
        append_json_text(out_, key);
        out_ += ':';
    }

    void append(const std::string& value) { append_json_text(out_, value); }
    void append(bool value) { out_ += value ? "true" : "false"; }
    void append(guest_kind value) { append_json_text(out_, to_string(value)); }
    /// As text: JSON's readers take numbers for doubles.
    void append(const task_mark& value) {
        append_json_text(out_, fmt::format("{:x} {}", value.mark, value.ended_s));
    }
    void append(const failed_tasks& value) {
        writer inner(out_);
        for (const auto& [type, count] : value)
            inner(type, count);
        inner.end();
    }
    template <class T>
    void append(const std::vector<T>& values) {
        char before = '[';
        for (const auto& value : values) {
            out_ += std::exchange(before, ',');
            append(value);
        }
        out_ += ']';
    }
    template <class T>
    void append(const T& value) {
        if constexpr (std::is_arithmetic_v<T>) {
            out_ += fmt::format("{}", value);
        } else {
            writer inner(out_);
            visit_members(inner, value);
            inner.end();
        }
    }

    std::string& out_;
    bool is_first_ = true;
};

/// Reads what it visits; what is absent stays as it was made.
class reader {
public:
    explicit reader(const json::object& from) : from_(from) {}

    template <class T>
    void operator()(std::string_view key, T& value) {
        if (const auto found = json::member(from_, key)) read(*found, value);
    }
    template <class T>
    void operator()(std::string_view key, std::optional<T>& value) {
        if (const auto found = json::member(from_, key)) read(*found, value.emplace());
    }

private:
    static void read(const json::element& from, std::string& value) {
        value = json::text(from, member_bytes_max);
    }
    static void read(const json::element& from, bool& value) {
        bool is_true = false;
        if (from.get_bool().get(is_true) == simdjson::SUCCESS) value = is_true;
    }
    static void read(const json::element& from, guest_kind& value) {
        value = json::text(from) == "lxc" ? guest_kind::lxc : guest_kind::qemu;
    }
    static void read(const json::element& from, task_mark& value) {
        const auto text = json::text(from);
        const auto* end = text.data() + text.size();
        const auto mark = std::from_chars(text.data(), end, value.mark, 16);
        if (mark.ptr != end) std::from_chars(mark.ptr + 1, end, value.ended_s);
    }
    static void read(const json::element& from, failed_tasks& value) {
        json::object all;
        if (from.get_object().get(all) != simdjson::SUCCESS) return;
        for (const auto [type, count] : all)
            read(count, value[std::string(type)]);
    }
    template <class T>
    static void read(const json::element& from, std::vector<T>& values) {
        json::array all;
        if (from.get_array().get(all) != simdjson::SUCCESS) return;
        for (const json::element one : all)
            read(one, values.emplace_back());
    }
    template <class T>
    static void read(const json::element& from, T& value) {
        if constexpr (std::is_floating_point_v<T>) {
            double real = 0;
            if (from.get_double().get(real) == simdjson::SUCCESS) value = real;
        } else if constexpr (std::is_integral_v<T>) {
            std::int64_t whole = 0;
            if (from.get_int64().get(whole) == simdjson::SUCCESS) value = static_cast<T>(whole);
        } else {
            json::object inner;
            if (from.get_object().get(inner) != simdjson::SUCCESS) return;
            reader visit(inner);
            visit_members(visit, value);
        }
    }

    const json::object& from_;
};

/// What a snapshot promises and its finders rely on.
bool is_in_order(const snapshot& known) {
    const auto vmid = [](const guest& one) { return one.id.vmid; };
    return std::ranges::is_sorted(known.guests, {}, vmid) &&
           std::ranges::is_sorted(known.nodes, {}, &node::name) &&
           std::ranges::is_sorted(known.tasks_done, {}, &task_mark::mark);
}

expected<std::string, std::string> read_file(const std::filesystem::path& path) {
    std::error_code error;
    const auto bytes = std::filesystem::file_size(path, error);
    if (error) return unexpected(error.message());
    if (bytes > file_bytes_max) return unexpected(fmt::format("it has {} bytes", bytes));
    std::ifstream file(path, std::ios::binary);
    std::string content(bytes, '\0');
    file.read(content.data(), static_cast<std::streamsize>(bytes));
    if (!file) return unexpected(std::string("it cannot be read"));
    return content;
}

}  // namespace

std::filesystem::path snapshot_file_name(std::string_view cluster) {
    std::string readable(cluster.substr(0, readable_name_bytes_max));
    std::ranges::replace_if(
        readable, [](char c) { return !is_safe(c); }, '_');
    return fmt::format("{}-{:016x}.topology", readable, fnv1a(cluster));
}

std::string encode_snapshot(const snapshot& known) {
    std::string json = R"({"data":)";
    writer visit(json);
    visit_members(visit, known);
    visit.end();
    json += '}';
    return head_of(json) + json;
}

expected<snapshot, std::string> decode_snapshot(std::string_view content) {
    if (!content.starts_with(head_word)) return unexpected(std::string("it is of another version"));
    const auto json = content.substr(std::min(content.find('\n'), content.size() - 1) + 1);
    if (content.substr(0, content.size() - json.size()) != head_of(json))
        return unexpected(std::string("it is damaged"));
    simdjson::dom::parser parser;
    const auto data = json::data_of(parser, json);
    if (!data) return unexpected(data.error());
    json::object members;
    if (data->get_object().get(members) != simdjson::SUCCESS)
        return unexpected(std::string("it holds no snapshot"));
    snapshot known;
    reader visit(members);
    visit_members(visit, known);
    if (!is_in_order(known)) return unexpected(std::string("it is not in order"));
    return known;
}

expected<snapshot_ptr, std::string> load_snapshot(const std::filesystem::path& directory,
                                                  std::string_view cluster) {
    const auto path = directory / snapshot_file_name(cluster);
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored)) return snapshot_ptr();
    const auto content = read_file(path);
    if (!content) return unexpected(fmt::format("{}: {}", path.string(), content.error()));
    auto known = decode_snapshot(*content);
    if (!known) return unexpected(fmt::format("{}: {}", path.string(), known.error()));
    if (known->cluster != cluster)
        return unexpected(fmt::format("{}: it is of another cluster", path.string()));
    return std::make_shared<const snapshot>(std::move(*known));
}

std::error_code save_snapshot(const std::filesystem::path& directory, const snapshot& known) {
    return replace_file(directory / snapshot_file_name(known.cluster), encode_snapshot(known));
}

}  // namespace relay::topology
