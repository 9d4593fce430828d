#include "protocol/symbol_table.hpp"

#include <protozero/varint.hpp>

#include <functional>
#include <iterator>

namespace relay::protocol {

namespace {

constexpr char tag_symbols = 0x22;  // Request { repeated string symbols = 4; }

std::uint32_t hash_of(std::string_view text) noexcept {
    return static_cast<std::uint32_t>(std::hash<std::string_view>()(text));
}

}  // namespace

void symbol_table::clear() {
    ++message_;
    fields_.clear();
    symbols_.clear();
    append({});
}

void symbol_table::append(std::string_view text) {
    fields_ += tag_symbols;
    protozero::write_varint(std::back_inserter(fields_), text.size());
    symbols_.push_back({fields_.size(), text.size()});
    fields_ += text;
}

std::uint32_t symbol_table::number_of(std::string_view text) {
    if (text.empty()) return 0;
    const auto hash = hash_of(text);
    const auto mask = places_.size() - 1;
    auto i = hash & mask;
    for (; places_[i].message == message_; i = (i + 1) & mask) {
        const auto& [message, known, symbol] = places_[i];
        if (known == hash && text_of(symbol) == text) return symbol;
    }
    const auto symbol = static_cast<std::uint32_t>(symbols_.size());
    places_[i] = {message_, hash, symbol};
    append(text);
    if (2 * symbols_.size() > places_.size()) grow();
    return symbol;
}

void symbol_table::grow() {
    std::vector<place> more(places_.size() * 2);
    const auto mask = more.size() - 1;
    for (const auto& one : places_) {
        if (one.message != message_) continue;
        auto i = one.hash & mask;
        while (more[i].message == message_)
            i = (i + 1) & mask;
        more[i] = one;
    }
    places_ = std::move(more);
}

}  // namespace relay::protocol
