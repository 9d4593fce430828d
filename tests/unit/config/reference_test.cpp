// conf/pverelay.toml is the reference: it must load, explain every key there is, and show keys
// and values that work.
#include "relay/config/keys.hpp"
#include "relay/config/load.hpp"
#include "tests/support/test_certificate.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace relay::config {
namespace {

std::string read(const std::string& name) {
    std::ifstream file(std::string(RELAY_SOURCE_DIR) + "/conf/" + name);
    EXPECT_TRUE(file) << name;
    return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::size_t from = 0;
    for (auto end = text.find('\n'); end != std::string::npos; end = text.find('\n', from)) {
        lines.push_back(text.substr(from, end - from));
        from = end + 1;
    }
    return lines;
}

std::string join(const std::vector<std::string>& lines) {
    std::string text;
    for (const auto& line : lines)
        text += line + "\n";
    return text;
}

/// A PEM file is a certificate, or, where it is called so, that certificate's key.
expected<loaded_secret, std::string> any_pem(const std::string& path) {
    static const auto made = tests::make_authority("any");
    return loaded_secret{secret(path.ends_with(".key") ? made.key : made.certificate), {}};
}

expected<loaded_secret, std::string> any_secret(const secret_source& source) {
    if (source.from == secret_source::kind::pem) return any_pem(source.name);
    return loaded_secret{secret("secret of " + source.name), {}};
}

std::string problems_of(const std::string& text) {
    std::string all;
    const auto found = load_text(text, any_secret).found;
    for (const auto& error : found.errors)
        all += to_string("pverelay.toml", error) + "\n";
    return all;
}

/// "#key = …": a key that is shown and not set.
bool shows_a_key(std::string_view line) {
    return line.size() > 1 && line[0] == '#' && line[1] >= 'a' && line[1] <= 'z' &&
           line.find(" = ") != std::string_view::npos;
}

TEST(reference, loads_as_it_stands) {
    EXPECT_EQ(problems_of(read("pverelay.toml")), "");
    EXPECT_EQ(problems_of(read("minimal.toml")), "");
}

TEST(reference, every_value_it_shows_is_a_valid_one) {
    const auto lines = lines_of(read("pverelay.toml"));
    std::size_t shown = 0;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        if (!shows_a_key(lines[i])) continue;
        auto with_it = lines;
        with_it[i].erase(0, 1);
        EXPECT_EQ(problems_of(join(with_it)), "") << lines[i];
        ++shown;
    }
    EXPECT_GT(shown, 50u);
}

/// "cluster.api" of "[cluster.api]", "sink" of "[[sink]]".
std::string header_of(const std::string& line) {
    auto name = line.substr(line.find_first_not_of('['));
    name.resize(name.find(']'));
    return name;
}

/// The keys of a section as the file has them: under its own header, set or shown, or within an
/// inline table under its parent's.
bool explains(const std::vector<std::string>& lines, std::string_view section,
              std::string_view key) {
    const auto dot = section.rfind('.');
    const bool within = dot != std::string_view::npos;
    const auto outer = within ? section.substr(0, dot) : section;
    const auto parent = within ? section.substr(dot + 1) : std::string_view();
    std::string here;
    for (const auto& line : lines) {
        if (line.starts_with('[')) here = header_of(line);
        const auto text = std::string_view(line).substr(line.starts_with('#') ? 1 : 0);
        const auto name = text.substr(0, text.find_first_of(" ="));
        if (here == section && name == key) return true;
        if (here != outer || !within) continue;
        const auto inner = std::string(key) + " = ";
        if (name == parent && text.find(inner) != std::string_view::npos) return true;
        // auth's second form stands in its comment.
        if (parent == "auth" && text.find(inner) != std::string_view::npos) return true;
    }
    return false;
}

TEST(reference, explains_every_key_there_is) {
    const auto lines = lines_of(read("pverelay.toml"));
    for (const auto& section : known_sections()) {
        for (const auto& key : section.keys) {
            if (section.name.empty()) continue;
            const auto whole = std::string(section.name) + "." + std::string(key.name);
            const bool has_header = std::ranges::find(lines, "[" + whole + "]") != lines.end();
            EXPECT_TRUE(has_header || explains(lines, section.name, key.name))
                << "[" << section.name << "] " << key.name;
        }
    }
}

TEST(reference, shows_the_defaults_that_are_in_force) {
    // Setting every shown key whose default is stated must change nothing that the stages see.
    const auto text = read("pverelay.toml");
    const auto as_it_is = load_text(text, any_secret).settings.value();
    auto lines = lines_of(text);
    for (auto& line : lines) {
        const bool example = line.find("tokens") != std::string::npos ||
                             line.find("max_bytes =") != std::string::npos;
        if (shows_a_key(line) && !example) line.erase(0, 1);
    }
    const auto shown = load_text(join(lines), any_secret).settings.value();

    const auto& a = as_it_is.listeners.at(0);
    const auto& b = shown.listeners.at(0);
    EXPECT_EQ(a.limits.head_bytes_max, b.limits.head_bytes_max);
    EXPECT_EQ(a.limits.body_bytes_max, b.limits.body_bytes_max);
    EXPECT_EQ(a.limits.bodies_bytes_max, b.limits.bodies_bytes_max);
    EXPECT_EQ(a.limits.inflate_ratio_max, b.limits.inflate_ratio_max);
    EXPECT_EQ(a.limits.inflate_free, b.limits.inflate_free);
    EXPECT_EQ(a.limits.connections_max, b.limits.connections_max);
    EXPECT_EQ(a.limits.head_wait, b.limits.head_wait);
    EXPECT_EQ(a.limits.idle_wait, b.limits.idle_wait);
    EXPECT_EQ(a.limits.body_wait, b.limits.body_wait);
    EXPECT_EQ(a.limits.whole_wait, b.limits.whole_wait);
    EXPECT_EQ(a.limits.write_wait, b.limits.write_wait);
    EXPECT_EQ(a.limits.linger_wait, b.limits.linger_wait);
    EXPECT_EQ(a.limits.answer_wait, b.limits.answer_wait);
    EXPECT_EQ(a.threads, b.threads);
    EXPECT_EQ(as_it_is.listeners.at(1).receive_buffer, shown.listeners.at(1).receive_buffer);

    EXPECT_EQ(as_it_is.journal.sync_interval, shown.journal.sync_interval);
    EXPECT_EQ(as_it_is.journal.max_age, shown.journal.max_age);
    EXPECT_EQ(as_it_is.journal.segment_bytes, shown.journal.segment_bytes);
    EXPECT_EQ(as_it_is.journal.tail_bytes, shown.journal.tail_bytes);
    EXPECT_EQ(as_it_is.journal.queue_bytes, shown.journal.queue_bytes);
    EXPECT_EQ(as_it_is.dead_letters.max_bytes, shown.dead_letters.max_bytes);
    EXPECT_EQ(as_it_is.dead_letters.queue_bytes, shown.dead_letters.queue_bytes);

    EXPECT_EQ(as_it_is.ingest.ahead_max, shown.ingest.ahead_max);
    EXPECT_EQ(as_it_is.ingest.lanes_max, shown.ingest.lanes_max);
    EXPECT_EQ(as_it_is.ingest.datagram_wait, shown.ingest.datagram_wait);
    EXPECT_EQ(as_it_is.ingest.datagram_batch_bytes, shown.ingest.datagram_batch_bytes);
    EXPECT_EQ(as_it_is.ingest.limits.line_bytes, shown.ingest.limits.line_bytes);
    EXPECT_EQ(as_it_is.ingest.limits.name_bytes, shown.ingest.limits.name_bytes);
    EXPECT_EQ(as_it_is.ingest.limits.string_bytes, shown.ingest.limits.string_bytes);
    EXPECT_EQ(as_it_is.ingest.limits.tags, shown.ingest.limits.tags);
    EXPECT_EQ(as_it_is.ingest.limits.fields, shown.ingest.limits.fields);

    const auto& api = as_it_is.apis.at(0);
    const auto& shown_api = shown.apis.at(0);
    EXPECT_EQ(api.connect_timeout, shown_api.connect_timeout);
    EXPECT_EQ(api.timeout, shown_api.timeout);
    EXPECT_EQ(api.requests_per_second, shown_api.requests_per_second);
    EXPECT_EQ(api.answer_bytes_max, shown_api.answer_bytes_max);
    EXPECT_EQ(api.guest_addresses, shown_api.guest_addresses);
    EXPECT_EQ(api.other_nodes, shown_api.other_nodes);
    EXPECT_EQ(api.smart, shown_api.smart);

    EXPECT_EQ(as_it_is.presence, shown.presence);

    EXPECT_EQ(as_it_is.delivery_threads, shown.delivery_threads);
    const auto& c = as_it_is.delivery;
    const auto& d = shown.delivery;
    EXPECT_EQ(c.backoff.first, d.backoff.first);
    EXPECT_EQ(c.backoff.most, d.backoff.most);
    EXPECT_EQ(c.retry_after_max, d.retry_after_max);
    EXPECT_EQ(c.fault_tries, d.fault_tries);
    EXPECT_EQ(c.fault_pieces_max, d.fault_pieces_max);
    EXPECT_EQ(c.search_requests_max, d.search_requests_max);
    EXPECT_EQ(c.search_requests_min, d.search_requests_min);
    EXPECT_EQ(c.read_records, d.read_records);
    EXPECT_EQ(c.read_bytes, d.read_bytes);
    EXPECT_EQ(c.log_interval, d.log_interval);
    EXPECT_EQ(c.reminder_interval, d.reminder_interval);
    EXPECT_EQ(as_it_is.sinks.at(0).target.timeout, shown.sinks.at(0).target.timeout);
    EXPECT_EQ(as_it_is.sinks.at(0).target.connect_timeout,
              shown.sinks.at(0).target.connect_timeout);
    const auto& e = std::get<sinks::influxdb_options>(as_it_is.sinks.at(0).store);
    const auto& f = std::get<sinks::influxdb_options>(shown.sinks.at(0).store);
    EXPECT_EQ(e.request_bytes_max, f.request_bytes_max);
    EXPECT_EQ(e.members_max, f.members_max);
    EXPECT_EQ(e.text_bytes_max, f.text_bytes_max);
    const auto& g = std::get<sinks::prometheus_options>(as_it_is.sinks.at(1).store);
    const auto& h = std::get<sinks::prometheus_options>(shown.sinks.at(1).store);
    EXPECT_EQ(g.max_series, h.max_series);
    EXPECT_EQ(g.samples_per_request, h.samples_per_request);
    EXPECT_EQ(g.body_bytes_max, h.body_bytes_max);
}

}  // namespace
}  // namespace relay::config
