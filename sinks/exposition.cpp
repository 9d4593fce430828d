#include "sinks/exposition.hpp"

#include <fmt/format.h>

#include <cmath>
#include <iterator>

namespace relay::sinks {
namespace {

/// Of a label's value; a help has its quotation marks as they are.
void append_escaped(std::string& out, std::string_view text, bool quotes) {
    for (const char c : text) {
        if (c == '\\') {
            out += "\\\\";
        } else if (c == '\n') {
            out += "\\n";
        } else if (c == '"' && quotes) {
            out += "\\\"";
        } else {
            out += c;
        }
    }
}

void append_label(std::string& out, const protocol::label& one) {
    out += out.back() == '{' ? "" : ",";
    out += one.name;
    out += "=\"";
    append_escaped(out, one.value, true);
    out += '"';
}

void append_value(std::string& out, double value) {
    if (std::isnan(value)) {
        out += "NaN";
    } else if (std::isinf(value)) {
        out += value > 0 ? "+Inf" : "-Inf";
    } else {
        fmt::format_to(std::back_inserter(out), "{}", value);
    }
}

/// The format has gauges where OpenMetrics has infos and state sets.
std::string_view type_in_text(metric_type type) noexcept {
    switch (type) {
        case metric_type::counter:
            return "counter";
        case metric_type::gauge:
        case metric_type::info:
        case metric_type::state_set:
            return "gauge";
        case metric_type::untyped:
            break;
    }
    return "untyped";
}

std::string heading(std::string_view metric, const metric_family* family) {
    std::string out;
    if (family != nullptr && !family->help.empty()) {
        out.append("# HELP ").append(metric) += ' ';
        append_escaped(out, family->help, false);
        out += '\n';
    }
    const auto type = family != nullptr ? family->type : metric_type::untyped;
    out.append("# TYPE ").append(metric).append(" ").append(type_in_text(type)) += '\n';
    return out;
}

}  // namespace

void exposition::add(std::string_view metric, const sorted_labels& labels,
                     const protocol::label& extra, double value) {
    auto at = metrics_.find(metric);
    if (at == metrics_.end()) {
        at = metrics_.emplace(metric, heading(metric, find_family(known_, metric))).first;
        size_ += at->second.size();
    }
    auto& out = at->second;
    const auto before = out.size();
    out.append(metric) += '{';
    for (const auto& one : labels)
        append_label(out, one);
    if (!extra.name.empty()) append_label(out, extra);
    out += "} ";
    append_value(out, value);
    out += '\n';
    size_ += out.size() - before;
}

void exposition::append_to(std::string& out) const {
    out.reserve(out.size() + size_);
    for (const auto& [metric, lines] : metrics_)
        out += lines;
}

}  // namespace relay::sinks
