#include "corpus.hpp"

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <zlib.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <stdexcept>

namespace relay::protocol::testing {

namespace {

using nlohmann::json;

std::string from_base64(const std::string& text) {
    std::string out(text.size(), '\0');
    const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                     reinterpret_cast<const unsigned char*>(text.data()),
                                     static_cast<int>(text.size()));
    const auto padding = std::count(text.begin(), text.end(), '=');
    out.resize(static_cast<std::size_t>(size - padding));
    return out;
}

std::string inflate_gzip(std::string packed, std::size_t bytes) {
    std::string out(bytes, '\0');
    z_stream stream{};
    stream.next_in = reinterpret_cast<Bytef*>(packed.data());
    stream.avail_in = static_cast<uInt>(packed.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    const bool done =
        inflateInit2(&stream, 15 + 16) == Z_OK && inflate(&stream, Z_FINISH) == Z_STREAM_END;
    inflateEnd(&stream);
    if (!done) throw std::runtime_error("corpus: bad input_gz_b64");
    out.resize(stream.total_out);
    return out;
}

std::string sha256_of(std::string_view text) {
    unsigned char digest[SHA256_DIGEST_LENGTH];
    SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest);
    std::string hex;
    for (const auto byte : digest) {
        constexpr char digits[] = "0123456789abcdef";
        hex += digits[byte >> 4];
        hex += digits[byte & 15];
    }
    return hex;
}

/// Text stands as it is, or as base64 where it is not UTF-8, or as a digest where it is long.
bool is_text(std::string_view read, const json& described) {
    if (described.is_string()) return read == described.get<std::string>();
    if (described.contains("b64")) return read == from_base64(described["b64"]);
    return read.size() == described["len_bytes"] && sha256_of(read) == described["sha256"];
}

bool is_value(const owned_field& read, const json& type, const json& described) {
    const field_value value{read.kind, read.text};
    switch (read.kind) {
        case field_kind::number:
            return type == "float" &&
                   to_double(value) == std::strtod(described.get<std::string>().c_str(), nullptr);
        case field_kind::integer:
            return type == "int" && std::strtoll(read.text.c_str(), nullptr, 10) ==
                                        std::stoll(described.get<std::string>());
        case field_kind::unsigned_integer:
            return type == "uint" && std::strtoull(read.text.c_str(), nullptr, 10) ==
                                         std::stoull(described.get<std::string>());
        case field_kind::boolean:
            return type == "bool" && (to_double(value) == 1) == (described == "true");
        case field_kind::string:
            return type == "string" && is_text(read.text, described);
    }
    return false;
}

}  // namespace

std::vector<json> read_corpus(const char* variable) {
    std::vector<json> cases;
    const char* path = std::getenv(variable);
    if (path == nullptr || *path == '\0') {
        std::printf("NOTE: no corpus given (%s is not set): conformance not run\n", variable);
        return cases;
    }
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);)
        cases.push_back(json::parse(line));
    if (cases.empty()) throw std::runtime_error(std::string("no corpus at ") + path);
    return cases;
}

std::string body_of(const json& decode_case) {
    const auto has = [&](const char* key) { return !decode_case.value(key, json()).is_null(); };
    if (has("input")) return decode_case["input"];
    if (has("input_b64")) return from_base64(decode_case["input_b64"]);
    return inflate_gzip(from_base64(decode_case["input_gz_b64"]), 64 << 20);
}

precision precision_of(const json& any_case) {
    const std::string unit = any_case["precision"];
    if (unit == "us") return precision::us;
    if (unit == "ms") return precision::ms;
    if (unit == "s") return precision::s;
    return precision::ns;
}

bool agrees(const owned_point& read, const json& described) {
    if (!is_text(read.measurement, described["measurement"])) return false;
    const auto& time = described["time"];
    if (read.time_ns.has_value() != !time.is_null()) return false;
    if (read.time_ns && *read.time_ns != std::stoll(time.get<std::string>())) return false;

    auto tags = read.tags;
    std::ranges::sort(tags);
    const auto is_tag = [](const auto& tag, const json& pair) {
        return is_text(tag.first, pair[0]) && is_text(tag.second, pair[1]);
    };
    const auto is_field = [](const owned_field& field, const json& triple) {
        return is_text(field.key, triple[0]) && is_value(field, triple[1], triple[2]);
    };
    return std::ranges::equal(tags, described["tags"], is_tag) &&
           std::ranges::equal(read.fields, described["fields"], is_field);
}

bool all_agree(const std::vector<owned_point>& read, const json& described) {
    if (described.is_null()) return read.empty();
    return std::ranges::equal(read, described, agrees);
}

bool is_read_by_someone(const owned_point& read, const json& decode_case) {
    std::vector<json> readings{decode_case["expect"]};
    if (decode_case.contains("points_differ")) {
        for (const auto& [parser, points] : decode_case["points_differ"].items()) {
            readings.push_back(points);
        }
    }
    return std::ranges::any_of(readings, [&](const json& points) {
        return std::ranges::any_of(points, [&](const json& point) { return agrees(read, point); });
    });
}

}  // namespace relay::protocol::testing
