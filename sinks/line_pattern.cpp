#include "sinks/line_pattern.hpp"

#include "protocol/delimiters.hpp"
#include "protocol/number.hpp"
#include "protocol/plain_decimal.hpp"

#include <algorithm>
#include <cstring>

namespace relay::sinks {

namespace {

using word = std::uint64_t;

word load(const char* at) noexcept {
    word bytes = 0;
    std::memcpy(&bytes, at, sizeof bytes);
    return bytes;
}

/// Whether `size` bytes are the same, a word at a time; of the last word the rest is shifted out.
/// @pre a word more is readable at both
bool are_equal(const char* a, const char* b, std::size_t size) noexcept {
    for (; size >= sizeof(word); size -= sizeof(word)) {
        if (load(a) != load(b)) return false;
        a += sizeof(word);
        b += sizeof(word);
    }
    return size == 0 || (load(a) ^ load(b)) << 8 * (sizeof(word) - size) == 0;
}

/// What read_plain_decimal() leaves to others: signs, exponents, integers, booleans, many digits.
const char* read_other_value(const char* at, const char* end, double& value) noexcept {
    const auto* const stop = std::find_if(at, end, protocol::is_delimiter);
    const std::string_view token(at, static_cast<std::size_t>(stop - at));
    protocol::field_value read;
    if (protocol::read_bare_value(token, protocol::dialect::common, read)) return nullptr;
    value = protocol::to_double(read);
    return stop;
}

}  // namespace

line_pattern::line_pattern(std::span<const protocol::field> fields,
                           std::span<const std::uint32_t> words) {
    const auto is_plain = [](const protocol::field& one) {
        const auto text = one.value.kind == protocol::field_kind::string ? one.value.text : "";
        return !protocol::has_delimiter(one.key) &&
               text.find_first_of("\"\\\n") == std::string_view::npos;
    };
    if (!std::ranges::all_of(fields, is_plain)) return;
    std::uint32_t begin = 0;
    const auto end_part = [&](std::size_t field) {
        const auto size = static_cast<std::uint32_t>(texts_.size()) - begin;
        parts_.push_back({begin, size, static_cast<std::uint32_t>(field)});
        begin += size;
    };
    for (std::size_t i = 0; i < fields.size(); ++i) {
        const auto& [key, value] = fields[i];
        texts_.append(i == 0 ? " " : ",").append(key).append("=");
        if (value.kind == protocol::field_kind::string) {
            texts_.append("\"").append(value.text).append("\"");
        } else if (std::ranges::find(words, i) != words.end()) {
            texts_.append(value.text);  // an integer's suffix is not in it: left to the parser
        } else {
            end_part(i);
        }
    }
    texts_.append(" ");
    end_part(fields.size());
    texts_.append(sizeof(word), '\0');
    parts_.shrink_to_fit();  // one for every kind of line, of which there are many
    texts_.shrink_to_fit();
}

const char* line_pattern::read(const char* at, const char* end,
                               std::span<double> values) const noexcept {
    constexpr auto window = protocol::plain_decimal_window;
    static_assert(window >= sizeof(word));
    for (const auto& one : parts_) {
        if (static_cast<std::size_t>(end - at) < one.size + window) return nullptr;
        if (!are_equal(at, texts_.data() + one.begin, one.size)) return nullptr;
        at += one.size;
        if (&one == &parts_.back()) return at;
        auto& value = values[one.field];
        const char* const behind = protocol::read_plain_decimal(at, value);
        const bool is_all = behind != nullptr && (*behind == ',' || *behind == ' ');
        at = is_all ? behind : read_other_value(at, end, value);
        if (at == nullptr) return nullptr;
    }
    return nullptr;
}

}  // namespace relay::sinks
