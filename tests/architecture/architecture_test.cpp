// Includes point the way the data travels, and a third-party library is known to the one stage
// that needs it (docs/architecture.md). A failure here means that the design is wrong somewhere:
// move the thing, do not widen the table.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace fs = std::filesystem;

/// What the files of a folder may include: folders of ours (or single headers), and beginnings of
/// third-party headers. Every folder may include itself, relay/base, the C and C++ standard
/// libraries and the system's headers.
struct allowance {
    std::vector<std::string> ours;
    std::vector<std::string> third_party;
};

const std::map<std::string, allowance> permitted{
    {"relay/base", {{}, {"fmt/", "tl/"}}},
    {"protocol", {{}, {"simdjson", "protozero/", "snappy", "isa-l", "zlib.h"}}},
    {"relay/schema", {{}, {}}},
    {"relay/journal", {{"protocol"}, {"xxhash"}}},
    // curl can pin a public key, not a certificate: that is read from the OpenSSL beneath it.
    {"relay/http", {{}, {"curl/", "openssl/"}}},
    {"relay/topology", {{"relay/http", "relay/schema", "protocol"}, {"simdjson"}}},
    {"sinks",
     {{"protocol", "relay/schema", "relay/journal/record.hpp"},
      {"boost/unordered/unordered_flat_", "xxhash", "re2/"}}},
    {"relay/delivery", {{"protocol", "relay/journal", "relay/http", "sinks"}, {}}},
    {"relay/ingest",
     {{"protocol", "relay/schema", "relay/journal", "relay/topology/snapshot.hpp"},
      {"boost/unordered/unordered_flat_map.hpp", "xxhash"}}},
    {"relay/listen",
     {{"protocol", "relay/ingest", "relay/journal/batch.hpp", "relay/journal/record.hpp",
       "relay/journal/journal.hpp"},
      {"boost/asio", "boost/beast", "boost/json", "boost/system", "openssl/", "zlib.h"}}},
    {"relay/simulate", {{"protocol", "relay/schema"}, {"boost/json"}}},
    {"relay/config",
     {{"relay/listen", "relay/ingest", "relay/journal", "relay/delivery", "relay/http", "sinks",
       "protocol", "relay/topology", "relay/ops/discovery_options.hpp"},
      {"toml.hpp", "toml/"}}},
    {"relay/ops",
     {{"relay/listen", "relay/ingest", "relay/journal", "relay/delivery", "relay/http", "sinks",
       "relay/topology", "protocol"},
      {"prometheus/", "boost/json", "systemd/"}}},
    {"relay/cli",
     {{"relay", "protocol", "sinks"}, {"CLI/", "boost/json", "boost/version.hpp", "curl/"}}},
    {"relay", {{"relay", "protocol", "sinks"}, {"boost/asio", "boost/json", "curl/"}}},
};

/// protocol is pure: of relay/base it may know only these.
const std::vector<std::string> base_for_protocol{"relay/base/expected.hpp", "relay/base/check.hpp"};

bool is_under(const std::string& path, const std::string& folder) {
    return path == folder || path.starts_with(folder + "/");
}

bool is_ours(const std::string& header) {
    return is_under(header, "relay") || is_under(header, "protocol") || is_under(header, "sinks");
}

/// The deepest folder of the table that holds `path`.
std::string stage_of(const std::string& path) {
    std::string best;
    for (const auto& [folder, rule] : permitted) {
        if (is_under(path, folder) && folder.size() > best.size()) best = folder;
    }
    return best;
}

bool may_include_ours(const std::string& stage, const std::string& header) {
    const auto& ours = permitted.at(stage).ours;
    if (is_under(header, "relay/base")) {
        return stage != "protocol" ||
               std::ranges::find(base_for_protocol, header) != base_for_protocol.end();
    }
    return is_under(header, stage) ||
           std::ranges::any_of(ours, [&](const auto& folder) { return is_under(header, folder); });
}

/// Debian's third-party libraries that we use; any other <…> header is the system's.
bool is_third_party(const std::string& header) {
    static const std::vector<std::string> known{
        "boost/",   "fmt/",     "tl/",    "isa-l",       "snappy", "protozero/", "simdjson",
        "toml",     "CLI/",     "xxhash", "prometheus/", "curl/",  "openssl",    "zlib.h",
        "systemd/", "nlohmann", "absl/",  "google/",     "re2/"};
    return std::ranges::any_of(known, [&](const auto& k) { return header.starts_with(k); });
}

bool may_include_third_party(const std::string& stage, const std::string& header) {
    // Formatting text is everybody's need.
    if (header.starts_with("fmt/") && stage != "protocol") return true;
    return std::ranges::any_of(permitted.at(stage).third_party,
                               [&](const auto& k) { return header.starts_with(k); });
}

struct include_line {
    std::string file;
    std::string header;
    bool quoted;
};

/// `#include "relay/x.hpp"` or `#include <x>`: what stands between the marks, if it is one.
std::optional<include_line> read_include(const std::string& file, std::string_view line) {
    constexpr std::string_view word = "#include ";
    if (!line.starts_with(word)) return {};
    line.remove_prefix(word.size());
    const bool quoted = line.starts_with('"');
    const auto end = line.find(quoted ? '"' : '>', 1);
    return include_line{file, std::string(line.substr(1, end - 1)), quoted};
}

std::vector<include_line> all_includes() {
    std::vector<include_line> found;
    const fs::path root = RELAY_SOURCE_DIR;
    for (const auto* top : {"relay", "protocol", "sinks"}) {
        for (const auto& entry : fs::recursive_directory_iterator(root / top)) {
            const auto extension = entry.path().extension();
            if (extension != ".hpp" && extension != ".cpp") continue;
            std::ifstream file(entry.path());
            for (std::string line; std::getline(file, line);) {
                const auto name = fs::relative(entry.path(), root).string();
                if (auto include = read_include(name, line)) found.push_back(*include);
            }
        }
    }
    return found;
}

TEST(architecture, includes_point_the_way_the_data_travels) {
    const auto includes = all_includes();
    ASSERT_GT(includes.size(), 100u);  // a wrong root would find nothing and pass

    for (const auto& [file, header, quoted] : includes) {
        if (!quoted) continue;
        EXPECT_TRUE(is_ours(header))
            << file << " includes \"" << header << "\": write the path from the repository's root";
        if (!is_ours(header)) continue;
        EXPECT_TRUE(may_include_ours(stage_of(file), header)) << file << " includes " << header;
    }
}

TEST(architecture, third_party_libraries_stay_in_the_stage_that_needs_them) {
    for (const auto& [file, header, quoted] : all_includes()) {
        if (quoted || !is_third_party(header)) continue;
        EXPECT_TRUE(may_include_third_party(stage_of(file), header))
            << file << " includes <" << header << ">";
    }
}

TEST(architecture, heavy_headers_stand_in_one_translation_unit) {
    std::map<std::string, std::vector<std::string>> users;
    for (const auto& [file, header, quoted] : all_includes()) {
        for (const auto* heavy : {"toml.hpp", "CLI/", "curl/curl.h"}) {
            if (!header.starts_with(heavy)) continue;
            auto& files = users[heavy];
            if (std::ranges::find(files, file) == files.end()) files.push_back(file);
        }
    }
    EXPECT_LE(users["toml.hpp"].size(), 1u);
    EXPECT_LE(users["CLI/"].size(), 1u);
}

TEST(architecture, files_and_headers_keep_the_house_rules) {
    const fs::path root = RELAY_SOURCE_DIR;
    for (const auto* top : {"relay", "protocol", "sinks"}) {
        for (const auto& entry : fs::recursive_directory_iterator(root / top)) {
            if (entry.path().extension() != ".hpp") continue;
            std::ifstream file(entry.path());
            std::string first;
            std::getline(file, first);
            EXPECT_TRUE(first.starts_with("// ")) << entry.path() << " does not open with its idea";
            const std::string text{std::istreambuf_iterator<char>(file), {}};
            EXPECT_NE(text.find("#pragma once"), std::string::npos) << entry.path();
        }
    }
}

}  // namespace
