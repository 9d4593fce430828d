#include "relay/app.hpp"

#include "relay/listen/write_api.hpp"
#include "relay/version.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <random>
#include <thread>
#include <utility>
#include <variant>

namespace relay {
namespace {

using namespace std::chrono_literals;

// Every answer is given within answer_wait (at most 0.9 s); a client may take a moment to read it.
constexpr auto answer_grace = 1500ms;
// A request that a store is working on is worth waiting for: cut, it is sent a second time.
constexpr auto delivery_grace = 2000ms;

std::unique_ptr<sinks::sink> make_sink(const config::sink_settings& from) {
    if (const auto* influx = std::get_if<sinks::influxdb_options>(&from.store)) {
        return std::make_unique<sinks::influxdb>(*influx);
    }
    return std::make_unique<sinks::prometheus>(std::get<sinks::prometheus_options>(from.store));
}

std::uint64_t random_seed() {
    std::random_device chance;
    return (std::uint64_t{chance()} << 32) | chance();
}

std::string_view kind_name(listen::listen_kind kind) {
    return kind == listen::listen_kind::http ? "http" : "udp";
}

/// The configured address with the port that was really taken, which differs where it is 0.
std::string with_port(const std::string& address, std::uint16_t port) {
    return fmt::format("{}:{}", std::string_view(address).substr(0, address.rfind(':')), port);
}

}  // namespace

struct app::door {
    explicit door(const listen::listen_options& from)
        : options(from),
          bodies(from.limits.bodies_bytes_max.bytes) {}

    const listen::listen_options& options;
    listen::body_budget bodies;
    listen::listen_counters counters;
    ingest::ingest_counters ingest;
    std::unique_ptr<listen::http_listener> http;
    std::unique_ptr<listen::udp_listener> udp;

    [[nodiscard]] std::uint16_t port() const { return http ? http->port() : udp->port(); }
};

app::app(config::settings settings, const time_source& time, relay::log& log)
    : settings_(std::move(settings)),
      time_(time),
      log_(log),
      identity_(settings_.clusters) {
    observed_.version = version();
    observed_.compiler = compiler();
    observed_.started = time_.now().wall;
}

app::~app() {
    stop();
}

expected<std::unique_ptr<app>, std::string> app::start(config::settings settings,
                                                       const time_source& time, relay::log& log) {
    std::unique_ptr<app> one(new app(std::move(settings), time, log));
    if (auto opened = one->open_journal(); !opened) return unexpected(opened.error());
    one->add_sinks();
    if (auto opened = one->open_doors(); !opened) return unexpected(opened.error());
    // Before the admin listener: once /ready says so, everything is.
    one->open_control();
    if (auto opened = one->open_admin(); !opened) return unexpected(opened.error());
    one->start_delivery();
    return one;
}

app::step app::open_journal() {
    auto opened = journal::journal::open(settings_.journal, time_, log_);
    if (!opened) return unexpected(opened.error());
    journal_ = std::move(*opened);
    observed_.journal = &journal_->counters();
    observed_.journal_options = &journal_->options();
    dead_letters_ = std::make_unique<journal::dead_letters>(
        journal_->options().directory, settings_.dead_letters,
        std::make_shared<journal::system_disk>(), log_);
    observed_.dead_letters = &dead_letters_->counters();
    return {};
}

void app::add_sinks() {
    const auto threads = std::min(settings_.delivery_threads, settings_.sinks.size());
    for (std::size_t i = 0; i < threads; ++i) {
        workers_.push_back(
            std::make_unique<delivery::worker>(settings_.delivery, time_, log_, random_seed()));
    }
    heartbeats_.resize(threads);
    for (std::size_t i = 0; i < settings_.sinks.size(); ++i) {
        const auto& from = settings_.sinks[i];
        auto sink = make_sink(from);
        const auto takes = [&of = *sink](const journal::lane& lane) { return of.takes(lane); };
        // The outlet lets go of the subscription first, which so never asks a sink that is gone.
        delivery::outlet way_out{.name = from.name,
                                 .sink = std::move(sink),
                                 .subscription = journal_->subscribe(from.name, from.start, takes),
                                 .target = from.target,
                                 .replay = from.replay,
                                 .letters = dead_letters_.get()};
        const auto& counters = workers_[i % threads]->add(std::move(way_out));
        observed_.sinks.push_back({from.name, std::string(type_of(from)), &counters});
    }
    const auto wake_all = [this] {
        for (const auto& worker : workers_)
            worker->wake();
    };
    journal_->notify(wake_all);
    dead_letters_->notify(wake_all);
}

app::step app::open_doors() {
    for (const auto& options : settings_.listeners) {
        const auto& one = *doors_.emplace_back(std::make_unique<door>(options));
        observed_.listeners.push_back({options.address, options.kind, &one.counters, &one.ingest});
    }
    for (const auto& one : doors_) {
        const bool http = one->options.kind == listen::listen_kind::http;
        if (auto opened = http ? open_http(*one) : open_udp(*one); !opened) return opened;
    }
    return {};
}

app::step app::open_http(door& one) {
    const auto make_handler = [this, &one]() -> std::unique_ptr<listen::http_handler> {
        listen::write_services services{
            .options = one.options,
            .identity = identity_,
            .time = time_,
            .bodies = one.bodies,
            .counters = one.counters,
            .log = log_,
            .not_ready = [this] { return ops::not_ready(observed_).value_or(std::string()); },
            .version = std::string(version())};
        auto intake = std::make_unique<ingest::intake>(settings_.ingest, *journal_, one.ingest,
                                                       log_, refusals_of(one));
        return std::make_unique<listen::write_api>(std::move(services), std::move(intake));
    };
    auto opened = listen::http_listener::open({.options = one.options,
                                               .counters = one.counters,
                                               .log = log_,
                                               .version = std::string(version()),
                                               .make_handler = make_handler,
                                               .given = {}});
    if (!opened) return unexpected(opened.error());
    one.http = std::move(*opened);
    return {};
}

app::step app::open_udp(door& one) {
    auto opened = listen::udp_listener::open(
        {.options = one.options,
         .identity = identity_,
         .time = time_,
         .counters = one.counters,
         .log = log_,
         .intake = std::make_unique<ingest::intake>(settings_.ingest, *journal_, one.ingest, log_,
                                                    refusals_of(one)),
         .given = {}});
    if (!opened) return unexpected(opened.error());
    one.udp = std::move(*opened);
    return {};
}

app::step app::open_admin() {
    pages_ = std::make_unique<ops::admin_pages>(observed_, settings_.admin, time_);
    const auto make_handler = [this]() -> std::unique_ptr<listen::http_handler> {
        return std::make_unique<listen::page_handler>(
            [this](const listen::request& asked) { return pages_->answer(asked); });
    };
    auto opened = listen::http_listener::open({.options = settings_.admin,
                                               .counters = admin_counters_,
                                               .log = log_,
                                               .version = std::string(version()),
                                               .make_handler = make_handler,
                                               .given = {}});
    if (!opened) return unexpected("admin: " + opened.error());
    admin_ = std::move(*opened);
    return {};
}

ingest::refusal_outlet app::refusals_of(const door& one) {
    return {.letters = dead_letters_.get(), .listener = one.options.address};
}

app::step app::replay(const ops::replay_request& asked) {
    for (const auto& worker : workers_) {
        if (worker->replay(asked.sink, asked.first, asked.last)) return {};
    }
    return unexpected(fmt::format("there is no sink {}", asked.sink));
}

// Without it the relay relays all the same, so what keeps it from opening is said and no more.
void app::open_control() {
    desk_ = std::make_unique<control_desk>(
        control_parts{.journal = *journal_,
                      .letters = *dead_letters_,
                      .ingest = settings_.ingest,
                      .time = time_,
                      .log = log_,
                      .replay = [this](const auto& asked) { return replay(asked); }});
    const auto path =
        settings_.control.empty() ? journal_->options().directory / "control" : settings_.control;
    auto opened = ops::control_socket::open(
        path, [actions = desk_->actions()](std::string_view line, const ops::control_emit& emit) {
            ops::answer_control(line, actions, emit);
        });
    if (opened) {
        control_ = std::move(*opened);
    } else {
        log_.error("`pverelay journal` cannot ask this relay for anything: {}", opened.error());
    }
}

void app::start_delivery() {
    for (const auto& worker : workers_)
        worker->start();
}

void app::stop() {
    if (std::exchange(stopped_, true)) return;
    control_.reset();
    // Side by side, so that the grace is waited for once.
    std::vector<std::jthread> closing;
    for (const auto& one : doors_) {
        closing.emplace_back([&one] {
            if (one->http) one->http->stop(answer_grace);
            if (one->udp) one->udp->stop();
        });
    }
    closing.clear();
    for (const auto& worker : workers_)
        closing.emplace_back([&worker] { worker->stop(delivery_grace); });
    closing.clear();
    if (dead_letters_) dead_letters_->stop();
    if (journal_) journal_->stop();
    if (admin_) admin_->stop(0ms);
}

bool app::is_alive() {
    bool all = true;
    for (std::size_t i = 0; i < workers_.size(); ++i) {
        const auto now = workers_[i]->heartbeats();
        all = all && now != std::exchange(heartbeats_[i], now);
    }
    return all;
}

std::string app::summary() const {
    std::string out = "listening on";
    for (const auto& one : doors_) {
        fmt::format_to(std::back_inserter(out), " {} {},", kind_name(one->options.kind),
                       with_port(one->options.address, one->port()));
    }
    fmt::format_to(std::back_inserter(out),
                   " admin {}; sinks:", with_port(settings_.admin.address, admin_->port()));
    for (const auto& sink : settings_.sinks) {
        fmt::format_to(std::back_inserter(out), " {} ({} {}),", sink.name, type_of(sink),
                       url_of(sink));
    }
    if (settings_.sinks.empty()) out += " none,";
    out.back() = ';';
    fmt::format_to(std::back_inserter(out), " journal in {}, at most {}",
                   journal_->options().directory.string(),
                   to_string(journal_->options().max_bytes));
    return out;
}

}  // namespace relay
