#include "relay/door.hpp"

#include "relay/listen/bound_socket.hpp"
#include "relay/listen/write_api.hpp"
#include "relay/version.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <fcntl.h>
#include <utility>

namespace relay {
namespace {

using namespace std::chrono_literals;

// Every answer is given within answer_wait (at most 0.9 s); a client may take a moment to read it.
constexpr auto answer_grace = 1500ms;

/// The write API with the rules it goes by, which live as long as it does.
class ruled_api final : public listen::http_handler {
public:
    ruled_api(door::rules_ptr rules, listen::write_services services,
              std::unique_ptr<ingest::intake> intake)
        : rules_(std::move(rules)),
          api_(std::move(services), std::move(intake)) {}

    [[nodiscard]] listen::verdict begin(const listen::request& head) override {
        return api_.begin(head);
    }

private:
    const door::rules_ptr rules_;
    listen::write_api api_;
};

unique_fd copy_of(const unique_fd& fd) {
    return unique_fd(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 0));
}

}  // namespace

std::shared_ptr<const door_rules> make_rules(const listen::listen_options& options,
                                             const config::settings& all) {
    return std::make_shared<const door_rules>(door_rules{
        .options = options, .identity = ingest::identity(all.clusters), .ingest = all.ingest});
}

expected<std::shared_ptr<door>, std::string> door::open(const door_services& services,
                                                        listen::socket_pool& sockets,
                                                        rules_ptr rules) {
    auto socket = sockets.take(rules->options.address, rules->options.kind);
    if (!socket) return unexpected(std::move(socket).error());
    std::shared_ptr<door> one(new door(services, std::move(*socket), std::move(rules)));
    const bool http = one->options().kind == listen::listen_kind::http;
    if (auto opened = http ? one->open_http() : one->open_udp(); !opened) {
        return unexpected(std::move(opened).error());
    }
    return one;
}

door::door(const door_services& services, listen::socket_pool::taken socket, rules_ptr rules)
    : services_(services),
      socket_(std::move(socket)),
      first_(std::move(rules)),
      rules_(first_),
      bodies_(rules_->options.limits.bodies_bytes_max.bytes) {}

door::step door::open_http() {
    auto opened = listen::http_listener::open({.options = first_->options,
                                               .counters = counters_,
                                               .log = services_.log,
                                               .version = std::string(version()),
                                               .make_handler = [this] { return make_handler(); },
                                               .given = copy_of(socket_.fd)});
    if (!opened) return unexpected(std::move(opened).error());
    http_ = std::move(*opened);
    return {};
}

door::step door::open_udp() {
    auto opened = listen::udp_listener::open({.options = first_->options,
                                              .identity = first_->identity,
                                              .time = services_.time,
                                              .counters = counters_,
                                              .log = services_.log,
                                              .intake = make_intake(*first_),
                                              .given = copy_of(socket_.fd)});
    if (!opened) return unexpected(std::move(opened).error());
    udp_ = std::move(*opened);
    return {};
}

std::unique_ptr<listen::http_handler> door::make_handler() {
    listen::write_services services{.options = rules_->options,
                                    .identity = rules_->identity,
                                    .time = services_.time,
                                    .bodies = bodies_,
                                    .counters = counters_,
                                    .log = services_.log,
                                    .not_ready = services_.not_ready,
                                    .version = std::string(version())};
    return std::make_unique<ruled_api>(rules_, std::move(services), make_intake(*rules_));
}

std::unique_ptr<ingest::intake> door::make_intake(const door_rules& by) {
    return std::make_unique<ingest::intake>(
        by.ingest, services_.journal, ingest_, services_.log,
        ingest::refusal_outlet{.letters = &services_.letters, .listener = by.options.address},
        ingest::shared_knowledge{
            .board = &services_.board, .homes = &services_.homes, .watch = services_.watch});
}

void door::change(rules_ptr rules) {
    rules_ = std::move(rules);
    const auto& options = rules_->options;
    bodies_.set_bytes_max(options.limits.bodies_bytes_max.bytes);
    if (http_) {
        const auto make = [this] { return make_handler(); };
        // It was tried when the configuration was read.
        if (const auto done = http_->serve_with(make, options.limits, options.tls); !done) {
            services_.log.error("{}: TLS stays as it was: {}", options.address, done.error());
        }
    }
    if (!udp_) return;
    const auto buffer =
        listen::enlarge_receive_buffer(socket_.fd.get(), options.receive_buffer, services_.log);
    counters_.receive_buffer_bytes.set(static_cast<std::int64_t>(buffer));
    udp_->serve_with({.options = options,
                      .identity = rules_->identity,
                      .intake = make_intake(*rules_),
                      .owner = rules_});
}

void door::stop() {
    if (http_) http_->stop(answer_grace);
    if (udp_) udp_->stop();
}

std::string door::kept_name() const {
    const bool http = options().kind == listen::listen_kind::http;
    auto name = fmt::format("{}{}-{}", kept_prefix, http ? "http" : "udp", options().address);
    std::ranges::replace(name, ':', '.');  // not allowed in it (sd_notify(3))
    return name;
}

std::uint16_t door::port() const noexcept {
    return http_ ? http_->port() : udp_->port();
}

}  // namespace relay
