#include "relay/listen/write_api.hpp"

#include "relay/listen/write_upload.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace relay::listen {
namespace {

// One read of a socket inflates to a few of these.
constexpr std::size_t scratch_bytes = 64 << 10;

bool same_ignoring_case(std::string_view a, std::string_view b) noexcept {
    const auto lower = [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    };
    return std::ranges::equal(a, b, {}, lower, lower);
}

bool is_write(route asked) noexcept {
    return asked == route::write_v1 || asked == route::write_v2;
}

api api_of(route asked) noexcept {
    return asked == route::write_v1 || asked == route::query ? api::v1 : api::v2;
}

std::string_view allowed_methods(route asked) noexcept {
    if (is_write(asked)) return "POST, OPTIONS";
    return asked == route::query ? "GET, POST, OPTIONS" : "GET, HEAD, OPTIONS";
}

bool allows(std::string_view methods, std::string_view method) noexcept {
    while (!methods.empty()) {
        const auto end = std::min(methods.find(", "), methods.size());
        if (methods.substr(0, end) == method) return true;
        methods.remove_prefix(std::min(end + 2, methods.size()));
    }
    return false;
}

std::optional<encoding> parse_encoding(std::string_view text) noexcept {
    if (text.empty() || same_ignoring_case(text, "identity")) return encoding::identity;
    if (same_ignoring_case(text, "gzip") || same_ignoring_case(text, "x-gzip")) {
        return encoding::gzip;
    }
    return std::nullopt;
}

reply wrong_precision(api speaks) {
    return refused(speaks, 400,
                   speaks == api::v2
                       ? "invalid precision; valid precision units are ns, us, ms, and s"
                       : "invalid precision; valid precision units are n, ns, u, us, ms, s, m, "
                         "and h");
}

// The statement of an old client may come as a form in the body, which nobody needs to read.
class ignored_body final : public upload {
public:
    std::optional<reply> feed(std::string_view bytes) override {
        bytes_ += bytes.size();
        if (bytes_ <= scratch_bytes) return std::nullopt;
        return refused(api::v1, 413, "Request Entity Too Large");
    }
    std::optional<reply> finish(std::function<void()>) override { return query_done(); }
    reply answer() override { return query_done(); }

private:
    std::size_t bytes_ = 0;
};

}  // namespace

std::string_view request::header(std::string_view name) const noexcept {
    for (const auto& [key, value] : headers) {
        if (same_ignoring_case(key, name)) return value;
    }
    return {};
}

struct write_api::caller {
    const request& head;
    http_target target;
    credentials given;
    api speaks;
};

write_api::write_api(write_services services, std::unique_ptr<ingest::intake> intake)
    : services_(std::move(services)),
      refusals_(services_.log),
      intake_(std::move(intake)),
      inflated_(scratch_bytes) {
    auto networks = parse_networks(services_.options.allow);
    if (!networks) throw std::invalid_argument(networks.error());
    networks_ = std::move(*networks);
}

verdict write_api::begin(const request& head) {
    auto target = parse_target(head.target);
    auto given = presented(head.header("authorization"), target);
    const auto asked = target.route;
    const caller from{head, std::move(target), std::move(given), api_of(asked)};

    if (auto refusal = refuse_access(from)) return {std::move(refusal), nullptr, asked};
    if (asked == route::unknown) return {path_not_found(), nullptr, asked};
    const auto methods = allowed_methods(asked);
    if (!allows(methods, head.method)) return {wrong_method(from.speaks, methods), nullptr, asked};
    if (head.method == "OPTIONS") return {options(methods), nullptr, asked};
    if (is_write(asked)) return begin_write(from);
    if (asked == route::query && head.method == "POST") {
        return {std::nullopt, std::make_unique<ignored_body>(), asked};
    }
    return {answer_page(from), nullptr, asked};
}

// /ping and /ready tell nothing and are asked by probes that know no token.
std::optional<reply> write_api::refuse_access(const caller& from) {
    const auto address = ip_address::parse(from.head.peer);
    if (!networks_.empty() && !(address && allowed(networks_, *address))) {
        services_.counters.refused.add();
        tell(refused_for::address, from);
        return refused(from.speaks, 403, "this address is not on the listener's allow-list");
    }
    const auto asked = from.target.route;
    if (asked == route::ping || asked == route::ready) return std::nullopt;
    if (services_.options.tokens.empty()) return std::nullopt;
    if (find_match(from.given, services_.options.tokens)) return std::nullopt;
    services_.counters.unauthorized.add();
    tell(refused_for::token, from);
    return unauthorized(from.speaks);
}

verdict write_api::begin_write(const caller& from) {
    const auto asked = from.target.route;
    const auto answer = [asked](reply r) { return verdict{std::move(r), nullptr, asked}; };

    const auto unit = parse_precision(from.target.precision, asked);
    if (!unit) return answer(wrong_precision(from.speaks));
    const auto coded = parse_encoding(from.head.header("content-encoding"));
    if (!coded) {
        return answer(refused(from.speaks, 415, "Content-Encoding is gzip, x-gzip or identity"));
    }
    const auto& limits = services_.options.limits;
    if (from.head.content_length.value_or(0) > limits.body_bytes_max.bytes) {
        return answer(refused(from.speaks, 413, message(gunzip_errc::too_much)));
    }
    const auto lane = find_lane(from);
    if (!lane) return answer(refuse_sender(from, lane.error()));

    auto receipt = std::make_shared<body_receipt>();
    auto body = intake_->open(*lane, *unit, services_.time.now(), receipt, from.head.peer);
    if (*coded == encoding::identity) body->expect(from.head.content_length.value_or(0));
    upload_parts parts{.speaks = from.speaks,
                       .coded = *coded,
                       .limits = {.bytes_max = limits.body_bytes_max.bytes,
                                  .ratio_max = limits.inflate_ratio_max,
                                  .free_bytes = limits.inflate_free.bytes},
                       .scratch = inflated_,
                       .bodies = services_.bodies,
                       .counters = services_.counters,
                       .receipt = std::move(receipt),
                       .body = std::move(body)};
    return {std::nullopt, std::make_unique<write_upload>(std::move(parts)), asked};
}

reply write_api::refuse_sender(const caller& from, ingest::refusal why) {
    services_.counters.refused.add();
    if (why == ingest::refusal::unknown_bucket) {
        tell(refused_for::bucket, from);
        return bucket_not_found(from.speaks, from.target.bucket);
    }
    tell(refused_for::cluster, from);
    return refused(from.speaks, 403, "no cluster accepts this sender");
}

void write_api::tell(refused_for reason, const caller& from) {
    refusals_.report(reason, from.head.peer, services_.time.now().steady);
}

// A cluster's token may be either spelling of what was presented.
expected<journal::lane, ingest::refusal> write_api::find_lane(const caller& from) const {
    ingest::sender sender{.address = from.head.peer,
                          .listener_cluster = services_.options.cluster,
                          .token = from.given.token,
                          .bucket = from.target.bucket,
                          .prefix = from.target.prefix};
    const auto& buckets = services_.options.buckets;
    auto lane = services_.identity.resolve(sender, buckets);
    if (lane || from.given.with_user.empty()) return lane;
    sender.token = from.given.with_user;
    auto other = services_.identity.resolve(sender, buckets);
    return other ? other : lane;
}

reply write_api::answer_page(const caller& from) const {
    switch (from.target.route) {
        case route::health:
            return healthy(services_.version);
        case route::ping:
            return from.target.verbose ? pong_verbose(services_.version) : pong();
        case route::ready: {
            const auto reason = services_.not_ready ? services_.not_ready() : std::string();
            return reason.empty() ? ready() : not_ready(reason);
        }
        case route::query:
            if (!from.target.statement.empty()) return query_done();
            return refused(api::v1, 400, R"(missing required parameter "q")");
        default:
            return path_not_found();
    }
}

}  // namespace relay::listen
