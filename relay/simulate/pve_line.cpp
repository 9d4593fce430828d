#include "relay/simulate/pve_line.hpp"

#include <fmt/format.h>

#include <iterator>

namespace relay::simulate {

std::string pve_tag_value(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const bool is_white = c == ' ' || (c >= '\t' && c <= '\r');
        if (is_white) {
            out += "\\ ";
        } else {
            out += c;
        }
    }
    return out;
}

pve_line::pve_line(transaction& out, std::string_view measurement, std::string_view tags,
                   std::string_view instance)
    : out_(out) {
    out_.text.append(measurement).append(",").append(tags);
    if (!instance.empty()) out_.text.append(",instance=").append(instance);
}

void pve_line::begin_field(std::string_view name) {
    out_.text += separator_;
    out_.text.append(name).append("=");
    separator_ = ',';
}

pve_line& pve_line::number(std::string_view name, std::uint64_t value) {
    begin_field(name);
    const fmt::format_int digits(value);
    out_.text.append(digits.data(), digits.size());
    ++out_.numbers;
    return *this;
}

pve_line& pve_line::decimal(std::string_view name, double value) {
    begin_field(name);
    fmt::format_to(std::back_inserter(out_.text), "{:.15g}", value);
    ++out_.numbers;
    return *this;
}

pve_line& pve_line::two_digits(std::string_view name, double value) {
    begin_field(name);
    fmt::format_to(std::back_inserter(out_.text), "{:.2f}", value);
    ++out_.numbers;
    return *this;
}

pve_line& pve_line::string(std::string_view name, std::string_view value) {
    begin_field(name);
    out_.text += '"';
    for (const char c : value) {
        if (c == '"') out_.text += '\\';
        out_.text += c;
    }
    out_.text += '"';
    ++out_.strings;
    return *this;
}

void pve_line::at(std::int64_t seconds) {
    fmt::format_to(std::back_inserter(out_.text), " {}000000000\n", seconds);
    ++out_.lines;
}

}  // namespace relay::simulate
