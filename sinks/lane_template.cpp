#include "sinks/lane_template.hpp"

#include "relay/base/log.hpp"

#include <array>

namespace relay::sinks {

namespace {

struct placeholder {
    std::string_view text;
    std::string journal::lane::*value;
};
constexpr std::array<placeholder, 3> placeholders{{
    {"{cluster}", &journal::lane::cluster},
    {"{bucket}", &journal::lane::bucket},
    {"{tenant}", &journal::lane::tenant},
}};

const placeholder* placeholder_at(std::string_view text) noexcept {
    for (const auto& p : placeholders) {
        if (text.starts_with(p.text)) return &p;
    }
    return nullptr;
}

}  // namespace

std::string fill_in(std::string_view text, const journal::lane& lane) {
    std::string out;
    while (!text.empty()) {
        if (const auto* p = placeholder_at(text)) {
            out += lane.*(p->value);
            text.remove_prefix(p->text.size());
        } else {
            out += text.front();
            text.remove_prefix(1);
        }
    }
    return out;
}

bool depends_on_lane(std::string_view text) noexcept {
    for (; !text.empty(); text.remove_prefix(1)) {
        if (placeholder_at(text) != nullptr) return true;
    }
    return false;
}

std::optional<std::string> template_problem(std::string_view text) {
    while (!text.empty()) {
        if (const auto* p = placeholder_at(text)) {
            text.remove_prefix(p->text.size());
            continue;
        }
        if (text.front() == '{' || text.front() == '}') {
            const auto piece = text.substr(0, text.find('}') + 1);
            return printable(piece, 40) + " is none of {cluster}, {bucket}, {tenant}";
        }
        text.remove_prefix(1);
    }
    return {};
}

}  // namespace relay::sinks
