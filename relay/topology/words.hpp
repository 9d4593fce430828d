// Lists within one text, as Proxmox writes them: tags "a;b", contents "images,rootdir", drives
// "local:disk,size=32G". Pure.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace relay::topology {

/// Calls `use(word)` for each word between any of `separators`, blanks around it removed; empty
/// words are left out.
template <class F>
void for_each_word(std::string_view text, std::string_view separators, F&& use) {
    while (!text.empty()) {
        const auto end = std::min(text.find_first_of(separators), text.size());
        auto word = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        while (word.starts_with(' '))
            word.remove_prefix(1);
        while (word.ends_with(' '))
            word.remove_suffix(1);
        if (!word.empty()) use(word);
    }
}

/// The words in ascending order, each once: the same set is the same value whatever its order.
[[nodiscard]] inline std::vector<std::string> sorted_words(std::string_view text,
                                                           std::string_view separators) {
    std::vector<std::string> words;
    for_each_word(text, separators, [&](std::string_view word) { words.emplace_back(word); });
    std::ranges::sort(words);
    // Not std::ranges::unique: clang 14, which the fuzz targets need, cannot read its result.
    words.erase(std::unique(words.begin(), words.end()), words.end());
    return words;
}

}  // namespace relay::topology
