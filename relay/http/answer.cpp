#include "relay/http/answer.hpp"

#include <algorithm>
#include <string>

namespace relay::http {
namespace {

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return out;
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view space = " \t\r\n";
    const auto begin = text.find_first_not_of(space);
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(space) - begin + 1);
}

/// "Not Found" of "HTTP/1.1 404 Not Found".
std::string_view reason_of(std::string_view status_line) {
    const auto code = status_line.find(' ');
    const auto reason = status_line.find(' ', code == std::string_view::npos ? code : code + 1);
    if (reason == std::string_view::npos) return {};
    return trimmed(status_line.substr(reason)).substr(0, reason_bytes_max);
}

// What judges and operators read; cookies and the like would only take memory.
bool is_kept(std::string_view name) {
    return name.starts_with("x-") || name == "retry-after" || name == "content-type" ||
           name == "location" || name == "www-authenticate" || name == "server";
}

}  // namespace

void answer::header_line(std::string_view line) {
    if (line.starts_with("HTTP/")) {
        response_.headers.clear();
        response_.body.clear();
        response_.reason = reason_of(trimmed(line));
        return;
    }
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || response_.headers.size() == headers_kept_max) return;
    auto name = lower(trimmed(line.substr(0, colon)));
    if (!is_kept(name)) return;
    response_.headers.emplace_back(std::move(name), trimmed(line.substr(colon + 1)));
}

bool answer::body_bytes(std::string_view bytes) {
    const auto room = body_bytes_max_ - response_.body.size();
    const auto kept = std::min(room, bytes.size());
    response_.body.append(bytes.substr(0, kept));
    discarded_ += bytes.size() - kept;
    response_.is_cut = discarded_ > 0;
    cut_ = discarded_ > discarded_bytes_max;
    return !cut_;
}

}  // namespace relay::http
