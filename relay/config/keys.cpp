#include "relay/config/keys.hpp"

#include "relay/base/check.hpp"

#include <algorithm>

namespace relay::config {
namespace {

constexpr known_key root_keys[] = {
    {"listen"}, {"admin"},    {"cluster"}, {"journal"}, {"sink"},     {"tags"},     {"sd"},
    {"ingest"}, {"delivery"}, {"tenant"},  {"enrich"},  {"topology"}, {"presence"}, {"scrape"},
};

constexpr known_key listen_keys[] = {
    {"type"},
    {"address"},
    {"tokens"},
    {"allow"},
    {"open"},
    {"cluster"},
    {"buckets"},
    {"tls"},
    {"threads"},
    {"receive_buffer"},
    {"head_bytes_max"},
    {"body_bytes_max"},
    {"bodies_bytes_max"},
    {"inflate_ratio_max"},
    {"inflate_free"},
    {"connections_max"},
    {"head_wait"},
    {"idle_wait"},
    {"body_wait"},
    {"whole_wait"},
    {"write_wait"},
    {"linger_wait"},
    {"answer_wait"},
};

constexpr known_key admin_keys[] = {
    {"address"}, {"tokens"}, {"allow"}, {"open"}, {"tls"},
};

constexpr known_key listen_tls_keys[] = {{"certificate"}, {"key"}, {"client_ca"}};
constexpr known_key topology_keys[] = {{"directory"}};
constexpr known_key presence_keys[] = {
    {"enabled"}, {"node_silent_min"}, {"forget_after"}, {"up_interval"}, {"objects_max"}, {"file"},
};

constexpr known_key cluster_keys[] = {{"name"}, {"accept"}, {"api"}};
constexpr known_key api_keys[] = {
    {"nodes"},           {"token_id"},         {"token"},       {"tls"},   {"proxy"},
    {"connect_timeout"}, {"timeout"},          {"bucket"},      {"smart"}, {"requests_per_second"},
    {"guest_addresses"}, {"answer_bytes_max"}, {"other_nodes"},
};
constexpr known_key api_tls_keys[] = {{"ca"}, {"fingerprint"}, {"verify"}};
constexpr known_key accept_keys[] = {{"buckets"}, {"tokens"}, {"sources"}, {"prefix"}};

constexpr known_key sd_keys[] = {{"networks"}, {"port"}, {"labels"}};
constexpr known_key scrape_keys[] = {{"max_age"}, {"bytes_max"}};
constexpr known_key enrich_keys[] = {{"tags"}};
constexpr known_key tenant_keys[] = {{"name"}, {"cluster"}, {"pool"}, {"tag"}, {"vmid"}};

constexpr known_key journal_keys[] = {
    {"directory"},
    {"sync"},
    {"sync_interval"},
    {"max_bytes"},
    {"max_age"},
    {"segment_bytes"},
    {"tail_bytes"},
    {"queue_bytes"},
    {"control"},
    {"dead_letters_max_bytes"},
    {"dead_letters_queue_bytes"},
};

constexpr known_key ingest_keys[] = {
    {"ahead_max"},      {"lanes_max"},      {"datagram_wait"},    {"datagram_batch_bytes"},
    {"line_bytes_max"}, {"name_bytes_max"}, {"string_bytes_max"}, {"tags_max"},
    {"fields_max"},
};

constexpr known_key delivery_keys[] = {
    {"threads"},      {"backoff_first"},    {"backoff_max"},         {"retry_after_max"},
    {"fault_tries"},  {"fault_pieces_max"}, {"search_requests_max"}, {"search_requests_min"},
    {"read_records"}, {"read_bytes"},       {"log_interval"},        {"reminder_interval"},
    {"probe_tries"},  {"probe_body_min"},   {"live_age_max"},        {"gather_time"},
};

constexpr known_key sink_keys[] = {
    {"name"},
    {"type"},
    {"url"},
    {"api"},
    {"org"},
    {"bucket"},
    {"database"},
    {"retention_policy"},
    {"auth"},
    {"headers"},
    {"naming"},
    {"unused_fields"},
    {"virtual_nics"},
    {"drop"},
    {"labels"},
    {"external_labels"},
    {"remote_write"},
    {"metadata_interval"},
    {"stale_markers"},
    {"max_series"},
    {"known_lines_bytes"},
    {"samples_per_request"},
    {"body_bytes_max"},
    {"request_bytes_max"},
    {"members_max"},
    {"text_bytes_max"},
    {"type_guard"},
    {"type_guard_fields"},
    {"tls"},
    {"proxy"},
    {"timeout"},
    {"connect_timeout"},
    {"only"},
    {"start"},
    {"replay"},
    {"replay_rate"},
};
constexpr known_key auth_keys[] = {{"token"}, {"user"}, {"password"}};
constexpr known_key tls_keys[] = {
    {"ca"}, {"certificate"}, {"key"}, {"public_key"}, {"verify"}, {"fingerprint"},
};
constexpr known_key only_keys[] = {
    {"cluster"}, {"bucket"}, {"tenant"}, {"object"}, {"measurement"},
};

constexpr known_section sections[] = {
    {"", root_keys},
    {"listen", listen_keys},
    {"listen.tls", listen_tls_keys},
    {"admin", admin_keys},
    {"admin.tls", listen_tls_keys},
    {"cluster", cluster_keys},
    {"cluster.accept", accept_keys},
    {"sd", sd_keys},
    {"scrape", scrape_keys},
    {"enrich", enrich_keys},
    {"tenant", tenant_keys},
    {"journal", journal_keys},
    {"ingest", ingest_keys},
    {"delivery", delivery_keys},
    {"sink", sink_keys},
    {"cluster.api", api_keys},
    {"cluster.api.tls", api_tls_keys},
    {"topology", topology_keys},
    {"presence", presence_keys},
    {"sink.auth", auth_keys},
    {"sink.tls", tls_keys},
    {"sink.only", only_keys},
};

}  // namespace

std::span<const known_section> known_sections() noexcept {
    return sections;
}

const known_section& section_keys(std::string_view name) noexcept {
    const auto* const found = std::ranges::find(sections, name, &known_section::name);
    RELAY_CHECK(found != std::end(sections));
    return *found;
}

}  // namespace relay::config
