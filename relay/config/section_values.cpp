// The values of a section that are more than one word: secrets and tables of strings.
#include "relay/base/log.hpp"
#include "relay/config/section.hpp"

#include <fmt/format.h>

#include <utility>

namespace relay::config {
namespace {

constexpr std::string_view how_to_write_a_secret =
    "a secret does not stand in the configuration: write { file = \"/path\" }, "
    "{ env = \"NAME\" } or { credential = \"name\" }";

std::optional<secret_source::kind> kind_of(std::string_view key) {
    if (key == "file") return secret_source::kind::file;
    if (key == "env") return secret_source::kind::env;
    if (key == "credential") return secret_source::kind::credential;
    return {};
}

/// Nothing of what stands there goes into an error: it may be the secret itself.
std::optional<secret_source> source_of(const value& from) {
    if (from.kind != value_kind::table || from.entries.size() != 1) return {};
    const auto& [key, where, name] = from.entries.front();
    const auto kind = kind_of(key);
    if (!kind || name.kind != value_kind::string || name.string.empty()) return {};
    if (*kind == secret_source::kind::file && !name.string.starts_with('/')) return {};
    return secret_source{*kind, name.string};
}

}  // namespace

std::optional<secret> section::read_secret(const config::value& from) const {
    const auto source = source_of(from);
    if (!source) {
        reading_.found.error(from.where, std::string(how_to_write_a_secret));
        return {};
    }
    auto loaded = reading_.load(*source);
    if (!loaded) {
        reading_.found.error(from.where, loaded.error());
        return {};
    }
    if (!loaded->warning.empty()) reading_.found.warning(from.where, loaded->warning);
    return std::move(loaded->value);
}

void section::read(std::string_view key, secret& into) const {
    const auto* const found = find(key);
    if (found == nullptr) return;
    if (auto one = read_secret(*found)) into = std::move(*one);
}

void section::read(std::string_view key, std::vector<secret>& into) const {
    const auto* const found = find(key);
    if (found == nullptr) return;
    if (found->kind != value_kind::array) {
        return error(key, fmt::format("`{}` is a list: [ {{ file = \"/path\" }} ]", key));
    }
    for (const auto& item : found->items) {
        if (auto one = read_secret(item)) into.push_back(std::move(*one));
    }
}

std::optional<loaded_secret> section::load_pem(std::string_view key) const {
    std::string path;
    read(key, path);
    if (path.empty()) return {};
    auto loaded = reading_.load({secret_source::kind::pem, path});
    if (loaded) return std::move(*loaded);
    error(key, loaded.error());
    return {};
}

void section::read_pem(std::string_view key, std::string& certificates) const {
    if (const auto text = load_pem(key)) certificates = text->value.reveal();
}

void section::read_pem(std::string_view key, secret& private_key) const {
    auto text = load_pem(key);
    if (!text) return;
    if (!text->warning.empty()) warning(key, text->warning);
    private_key = std::move(text->value);
}

void section::read(std::string_view key,
                   std::vector<std::pair<std::string, std::string>>& into) const {
    const auto* const found = expect(key, value_kind::table);
    if (found == nullptr) return;
    for (const auto& [name, where, text] : found->entries) {
        if (text.kind == value_kind::string && !text.string.empty()) {
            into.emplace_back(name, text.string);
        } else {
            reading_.found.error(
                text.where, fmt::format("`{}` must be a string, not empty", printable(name, 64)));
        }
    }
}

}  // namespace relay::config
