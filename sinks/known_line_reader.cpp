#include "sinks/known_line_reader.hpp"

#include "protocol/timestamp.hpp"

#include <algorithm>

namespace relay::sinks {

std::size_t known_line_reader::read(std::string_view text, const known_line& expected) {
    if (!text.starts_with(expected.series_key)) return 0;
    const char* const begin = text.data();
    const char* const end = begin + text.size();
    values_.resize(expected.kind->fields());
    const char* at = expected.kind->pattern.read(begin + expected.series_key.size(), end, values_);
    if (at != nullptr) at = read_time(at, end);
    return at != nullptr ? static_cast<std::size_t>(at - begin) : 0;
}

const char* known_line_reader::read_time(const char* at, const char* end) noexcept {
    const std::string_view rest(at, static_cast<std::size_t>(end - at));
    if (!time_text_.empty() && rest.starts_with(time_text_)) return at + time_text_.size();
    constexpr std::size_t bytes_max = 20;
    const auto size = rest.substr(0, bytes_max + 1).find('\n');
    if (size == std::string_view::npos) return nullptr;
    const auto time = protocol::read_timestamp(rest.substr(0, size), 1);
    if (!time) return nullptr;
    time_ns_ = *time;
    time_text_ = rest.substr(0, size + 1);
    return at + time_text_.size();
}

}  // namespace relay::sinks
