// The plainest sink: a unit is a line, a body is lines, a verdict is a status. For tests of what
// drives sinks.
#pragma once

#include "sinks/sink.hpp"

#include <charconv>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace relay::tests {

/// A record of the given lines, as a journal would hand it out.
[[nodiscard]] inline journal::record_ptr record_of(journal::sequence sequence,
                                                   const std::vector<std::string>& lines,
                                                   const std::string& bucket = "b",
                                                   std::int64_t appended_ns = 0) {
    auto made = std::make_shared<journal::record>();
    made->header.sequence = sequence;
    made->header.appended_ns = appended_ns;
    made->header.points = static_cast<std::uint32_t>(lines.size());
    made->header.lane = {.cluster = "lab", .bucket = bucket, .tenant = ""};
    for (const auto& line : lines) {
        made->text += line + "\n";
    }
    made->header.text_bytes = static_cast<std::uint32_t>(made->text.size());
    made->header.member_bytes = made->header.text_bytes;  // as if nothing were compressed
    return made;
}

class line_sink final : public sinks::sink {
public:
    std::size_t units_max = 100'000;     // of one request
    std::string unwanted_bucket;         // records of it are skipped
    std::string left_out_line = "skip";  // lines left out by rule
    bool has_probe = true;
    bool learns = false;  // of "a -> b" in an answer to write b for a
    int older_forms = 0;  // that it may fall back to, each a path of its own
    std::optional<http_request> next_aside;

    [[nodiscard]] bool takes(const journal::lane& lane) const override {
        return lane.bucket != unwanted_bucket;
    }

    [[nodiscard]] bool needs_text() const override { return true; }

    [[nodiscard]] sinks::encoded encode(std::span<const journal::record_ptr> records,
                                        sinks::place from, std::size_t wanted) override {
        sinks::encoded out;
        out.request.url = url_of(*records[from.record]);
        out.end = from;
        while (out.end.record < records.size() && out.units < std::min(wanted, units_max)) {
            const auto& record = *records[out.end.record];
            if (url_of(record) != out.request.url) break;
            const auto lines = lines_of(record.text);
            if (out.end.unit >= lines.size()) {
                out.end = {.record = out.end.record + 1, .unit = 0};
                continue;
            }
            add(out, lines[out.end.unit++]);
            if (out.end.unit == lines.size()) out.end = {.record = out.end.record + 1, .unit = 0};
        }
        return out;
    }

    [[nodiscard]] sinks::verdict judge(const http_response& response) const override {
        sinks::verdict out{.kind = kind_of(response.status),
                           .retry_after = std::nullopt,
                           .reason = response.status == 500 && response.body.empty()
                                         ? sinks::unexplained_fault
                                         : "invalid",
                           .detail = response.status == 0 ? response.error : response.body};
        if (const auto text = response.header("stored"); !text.empty()) {
            std::size_t stored = 0;
            std::from_chars(text.data(), text.data() + text.size(), stored);
            out.stored = stored;
        }
        const auto after = response.header("retry-after");
        int seconds = 0;
        if (std::from_chars(after.data(), after.data() + after.size(), seconds).ptr !=
            after.data()) {
            out.retry_after = std::chrono::seconds(seconds);
        }
        return out;
    }

    [[nodiscard]] bool adapts_to(const http_response& response) override {
        if (response.status == 415 && older_forms > 0) {
            --older_forms;
            base += "/older";
            return true;
        }
        const auto arrow = response.body.find(" -> ");
        if (!learns || arrow == std::string::npos) return false;
        return spellings_.emplace(response.body.substr(0, arrow), response.body.substr(arrow + 4))
            .second;
    }

    [[nodiscard]] std::optional<http_request> probe() const override {
        if (!has_probe) return std::nullopt;
        return http_request{.method = "GET", .url = base + "/probe", .headers = {}, .body = {}};
    }

    [[nodiscard]] std::optional<http_request> aside(steady_time /*now*/) override {
        return std::exchange(next_aside, std::nullopt);
    }

    [[nodiscard]] static std::vector<std::string> lines_of(const std::string& text) {
        std::vector<std::string> lines;
        for (std::size_t at = 0; at < text.size();) {
            const auto end = text.find('\n', at);
            lines.push_back(text.substr(at, end - at));
            at = end + 1;
        }
        return lines;
    }

    std::string base = "http://store";

private:
    [[nodiscard]] std::string url_of(const journal::record& record) const {
        return base + "/" + record.header.lane.bucket;
    }

    void add(sinks::encoded& out, const std::string& line) const {
        if (line == left_out_line) {
            ++out.dropped;
            return;
        }
        const auto known = spellings_.find(line);
        out.request.body += (known == spellings_.end() ? line : known->second) + "\n";
        ++out.units;
        ++out.points;
    }

    std::map<std::string, std::string> spellings_;

    [[nodiscard]] static sinks::verdict_kind kind_of(int status) {
        switch (status) {
            case 200:
            case 204:
                return sinks::verdict_kind::delivered;
            case 400:
                return sinks::verdict_kind::refused;
            case 413:
                return sinks::verdict_kind::too_large;
            case 415:
                return sinks::verdict_kind::unsupported;
            case 422:
                return sinks::verdict_kind::rest_stored;
            case 0:
            case 429:
            case 503:
                return sinks::verdict_kind::later;
            case 500:
                return sinks::verdict_kind::fault;
            default:
                return sinks::verdict_kind::configuration;
        }
    }
};

}  // namespace relay::tests
