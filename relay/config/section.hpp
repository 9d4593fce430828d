// One table of the configuration, read key by key into a stage's own options. What is absent
// leaves the option at its default; what is wrong is told with its place, and reading goes on, so
// that one run shows every mistake.
//
// The constructor refuses keys that nobody knows. A section borrows the document and must not
// outlive it.
#pragma once

#include "relay/base/byte_size.hpp"
#include "relay/base/secret.hpp"
#include "relay/config/document.hpp"
#include "relay/config/keys.hpp"
#include "relay/config/problem.hpp"
#include "relay/config/secret_source.hpp"

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace relay::config {

/// What every section needs while a file is read.
struct reading {
    problems& found;
    const secret_loader& load;
};

/// Smallest and largest value that makes sense, both included.
template <class T>
struct range {
    T least;
    T most;
};

class section {
public:
    /// @param name of its known_section, "sink.auth"
    section(const config::value& table, std::string_view name, reading& reading);

    [[nodiscard]] bool has(std::string_view key) const { return find(key) != nullptr; }
    [[nodiscard]] const config::value* find(std::string_view key) const;
    /// Where `key` stands, or the section where it does not.
    [[nodiscard]] position where(std::string_view key) const;
    [[nodiscard]] position where() const noexcept { return table_.where; }
    [[nodiscard]] config::reading& reading() const noexcept { return reading_; }

    void error(std::string_view key, std::string text) const;
    void warning(std::string_view key, std::string text) const;

    void read(std::string_view key, std::string& into) const;
    void read(std::string_view key, bool& into) const;
    void read(std::string_view key, std::filesystem::path& into) const;
    void read(std::string_view key, std::vector<std::string>& into) const;
    void read(std::string_view key, byte_size& into, range<byte_size> bounds) const;
    void read(std::string_view key, std::size_t& into, range<std::size_t> bounds) const;
    void read(std::string_view key, secret& into) const;
    void read(std::string_view key, std::vector<secret>& into) const;
    /// The path of a PEM file: what is in it. Certificates are for everyone to read, a key is not.
    void read_pem(std::string_view key, std::string& certificates) const;
    void read_pem(std::string_view key, secret& private_key) const;
    /// A table of strings, in the order of the file.
    void read(std::string_view key, std::vector<std::pair<std::string, std::string>>& into) const;

    template <class Rep, class Period>
    void read(std::string_view key, std::chrono::duration<Rep, Period>& into,
              range<std::chrono::milliseconds> bounds) const {
        using duration = std::chrono::duration<Rep, Period>;
        if (const auto span = read_duration(key, bounds)) {
            into = std::chrono::duration_cast<duration>(*span);
            if (into != *span) error(key, "finer than this option counts");
        }
    }

    /// One of a few words.
    template <class Enum>
    void read(std::string_view key, Enum& into,
              std::initializer_list<std::pair<std::string_view, Enum>> words) const {
        std::vector<std::string_view> names;
        for (const auto& [name, meaning] : words)
            names.push_back(name);
        const auto chosen = read_word(key, names);
        for (const auto& [name, meaning] : words) {
            if (chosen == name) into = meaning;
        }
    }

    /// The table within, where there is one.
    [[nodiscard]] std::optional<section> table(std::string_view key) const;
    /// The tables of [[key]].
    [[nodiscard]] std::vector<section> tables(std::string_view key) const;

    /// A secret as it may stand in a list or a table: { file = "…" }, { env = "…" } or
    /// { credential = "…" }.
    [[nodiscard]] std::optional<secret> read_secret(const config::value& from) const;

private:
    const config::value* expect(std::string_view key, value_kind kind) const;
    std::optional<std::chrono::milliseconds> read_duration(
        std::string_view key, range<std::chrono::milliseconds> bounds) const;
    std::string_view read_word(std::string_view key,
                               const std::vector<std::string_view>& names) const;
    std::string inner_name(std::string_view key) const;
    void refuse_unknown() const;
    [[nodiscard]] std::optional<loaded_secret> load_pem(std::string_view key) const;

    const config::value& table_;
    const known_section& known_;
    config::reading& reading_;
};

}  // namespace relay::config
