#include "relay/app.hpp"

#include "relay/cluster_naming.hpp"
#include "relay/make_sink.hpp"
#include "relay/ops/admin_pages.hpp"
#include "relay/version.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <iterator>
#include <random>
#include <thread>
#include <utility>

namespace relay {
namespace {

using namespace std::chrono_literals;

// A request that a store is working on is worth waiting for: cut, it is sent a second time.
constexpr auto delivery_grace = 2000ms;
// The same for a sink that a new configuration changes or leaves out; the main thread waits.
constexpr auto change_grace = 5000ms;
// A sink that starts again has to see what it sent in its last minutes (sinks::sink::memory()).
constexpr auto delivered_kept = 6min;

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

app::app(config::settings settings, const surroundings& with)
    : settings_(std::move(settings)),
      with_(with),
      log_(with.log),
      started_(with.time.now().wall),
      homes_(with.log, &board_) {
    reloads_.successful.set(1);
    reloads_.last_ns.set(unix_nanoseconds(started_));
}

app::~app() {
    stop();
}

expected<std::unique_ptr<app>, std::string> app::start(config::settings settings,
                                                       const surroundings& with) {
    if (auto named = name_clusters(settings, with.time, with.log); !named) {
        return unexpected(std::move(named).error());
    }
    std::unique_ptr<app> one(new app(std::move(settings), with));
    if (auto opened = one->open_journal(); !opened) return unexpected(opened.error());
    one->make_workers();
    one->add_sinks();
    one->publish();
    auto doors = one->open_doors(one->settings_);
    if (!doors) return unexpected(std::move(doors).error());
    one->doors_ = std::move(*doors);
    one->open_topology();
    if (one->presence_) one->presence_->start(*one->own_lines_);
    // Before the admin listener: once /ready says so, everything is.
    one->open_control();
    if (auto opened = one->open_admin(); !opened) return unexpected(opened.error());
    one->publish();
    one->keep_sockets();
    one->speak_of_unused_sockets();
    return one;
}

app::step app::open_journal() {
    auto options = settings_.journal;
    options.keep_delivered = delivered_kept;
    auto opened = journal::journal::open(options, with_.time, log_);
    if (!opened) return unexpected(opened.error());
    journal_ = std::move(*opened);
    dead_letters_ = std::make_unique<journal::dead_letters>(
        journal_->options().directory, settings_.dead_letters,
        std::make_shared<journal::system_disk>(), log_);
    open_presence();
    const auto not_ready = [this] { return ops::not_ready(*observed()).value_or(std::string()); };
    auto* const watch = presence_ ? &presence_->tracker() : nullptr;
    door_services_ = std::make_unique<door_services>(door_services{.journal = *journal_,
                                                                   .letters = *dead_letters_,
                                                                   .board = board_,
                                                                   .homes = homes_,
                                                                   .time = with_.time,
                                                                   .log = log_,
                                                                   .not_ready = not_ready,
                                                                   .watch = watch});
    return {};
}

// All there may ever be, since the journal's thread wakes them unasked; one without a sink has no
// thread.
void app::make_workers() {
    for (std::size_t i = 0; i < settings_.delivery_threads; ++i) {
        workers_.push_back(std::make_unique<delivery::worker>(settings_.delivery, with_.time, log_,
                                                              random_seed()));
    }
    heartbeats_.resize(workers_.size());
    journal_->notify([this] {
        for (const auto& worker : workers_)
            worker->records_arrived();
    });
    dead_letters_->notify([this] {
        for (const auto& worker : workers_)
            worker->wake();
    });
}

delivery::worker& app::idlest_worker() const {
    const auto load = [this](const auto& worker) {
        return std::ranges::count(sinks_, worker.get(), &placed_sink::worker);
    };
    return **std::ranges::min_element(workers_, {}, load);
}

/// @param counters of the sink as it was before, or null
void app::add_sink(const config::sink_settings& from,
                   std::shared_ptr<delivery::delivery_counters> counters) {
    auto& worker = idlest_worker();
    auto [sink, guarded, series] = make_sink(from);
    const auto takes = [&of = *sink](const journal::lane& lane) { return of.takes(lane); };
    auto kept = sink->memory().count() > 0 ? journal_->keep_segments() : nullptr;
    // The outlet lets go of the subscription first, which so never asks a sink that is gone.
    delivery::outlet way_out{.name = from.name,
                             .sink = std::move(sink),
                             .subscription = journal_->subscribe(from.name, from.start, takes),
                             .target = from.target,
                             .replay = from.replay,
                             .only = from.only_lines,
                             .letters = dead_letters_.get(),
                             .counters = std::move(counters),
                             .kept = std::move(kept)};
    auto shown = worker.admit(std::move(way_out));
    sinks_.push_back({from.name, std::string(type_of(from)), &worker, std::move(shown),
                      std::move(guarded), std::move(series)});
    if (!worker.is_running()) worker.start();
}

void app::add_sinks() {
    const auto kept = journal_->keep_segments();
    for (const auto& sink : settings_.sinks)
        add_sink(sink);
}

// Side by side, so that the grace is waited for once.
std::vector<app::placed_sink> app::remove_sinks(const std::vector<std::string>& names) {
    std::vector<placed_sink> removed;
    std::vector<std::future<void>> leaving;
    for (const auto& name : names) {
        const auto at = std::ranges::find(sinks_, name, &placed_sink::name);
        leaving.push_back(at->worker->dismiss(name, change_grace));
        removed.push_back(std::move(*at));
        sinks_.erase(at);
    }
    for (const auto& one : leaving)
        one.wait();
    return removed;
}

/// Those of `of` that are not open yet.
expected<app::door_list, std::string> app::open_doors(const config::settings& of) {
    door_list opened;
    for (const auto& options : of.listeners) {
        const auto same = [&](const auto& one) {
            return config::same_door(one->options(), options);
        };
        if (std::ranges::any_of(doors_, same)) continue;
        auto one = door::open(*door_services_, with_.sockets, make_rules(options, of));
        if (!one) return unexpected(std::move(one).error() + in_the_way(options));
        opened.push_back(std::move(*one));
    }
    return opened;
}

/// More words on a door that cannot be opened, where it is one of ours that stands there.
std::string app::in_the_way(const listen::listen_options& wanted) const {
    const auto where = listen::endpoint::parse(wanted.address);
    for (const auto& one : doors_) {
        const auto there = listen::endpoint::parse(one->options().address);
        const bool meet = where && there && where->port == there->port &&
                          one->options().kind == wanted.kind &&
                          (where->wildcard() || there->wildcard());
        if (meet) {
            return fmt::format(
                "; this relay itself listens on {}, which is closed only once {} is open: such a "
                "change takes a restart",
                one->options().address, wanted.address);
        }
    }
    return {};
}

app::step app::open_admin() {
    scrape_ = std::make_unique<scrape_watch>(*journal_, with_.time, settings_.scrape);
    admin_options_ = settings_.admin;
    auto socket = with_.sockets.take(admin_options_.address, listen::listen_kind::http);
    if (!socket) return unexpected("admin: " + socket.error());
    auto opened = listen::http_listener::open({.options = admin_options_,
                                               .counters = admin_counters_,
                                               .log = log_,
                                               .version = std::string(version()),
                                               .make_handler = [this] { return make_pages(); },
                                               .given = std::move(socket->fd)});
    if (!opened) return unexpected("admin: " + opened.error());
    admin_ = std::move(*opened);
    return {};
}

std::unique_ptr<listen::http_handler> app::make_pages() const {
    return std::make_unique<listen::page_handler>([this](const listen::request& asked) {
        const auto now = view_.with([](const view& present) { return present; });
        return ops::admin_pages(*now.observed, *now.admin, with_.time).answer(asked);
    });
}

app::step app::replay(const ops::replay_request& asked) {
    for (const auto& worker : workers_) {
        if (worker->replay(asked.sink, asked.first, asked.last)) return {};
    }
    return unexpected(fmt::format("there is no sink {}", asked.sink));
}

// Before the listeners: it is told of all that arrives. It speaks when it is started.
void app::open_presence() {
    if (!settings_.presence.is_enabled) return;
    const auto& chosen = settings_.presence_file;
    presence_ = std::make_unique<presence_watch>(
        presence_parts{
            .board = board_,
            .time = with_.time,
            .log = log_,
            .file = chosen.empty() ? journal_->options().directory / "presence" : chosen},
        settings_.presence, config::cluster_names(settings_));
}

// Nothing waits for it: an API that is down costs what only it could say.
void app::open_topology() {
    const auto* const watch = presence_ ? &presence_->tracker() : nullptr;
    own_lines_ = std::make_unique<own_lines>(own_lines_parts{.journal = *journal_,
                                                             .letters = *dead_letters_,
                                                             .board = board_,
                                                             .watch = watch,
                                                             .time = with_.time,
                                                             .log = log_},
                                             settings_);
    topology_ =
        std::make_unique<topology_watch>(topology_parts{.board = board_,
                                                        .lines = *own_lines_,
                                                        .time = with_.time,
                                                        .log = log_,
                                                        .directory = topology_directory(settings_),
                                                        .seed = random_seed()});
    topology_->follow(settings_);
}

// Without it the relay relays all the same, so what keeps it from opening is said and no more.
void app::open_control() {
    desk_ = std::make_unique<control_desk>(control_parts{
        .journal = *journal_,
        .letters = *dead_letters_,
        .ingest = [this] { return view_.with([](const view& now) { return now.ingest; }); },
        .board = board_,
        .time = with_.time,
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

void app::publish() {
    auto now = std::make_shared<ops::observed>();
    now->version = version();
    now->compiler = compiler();
    now->started = started_;
    now->journal = &journal_->counters();
    now->journal_options = &journal_->options();
    now->dead_letters = &dead_letters_->counters();
    now->reloads = &reloads_;
    now->outlook = &outlook_;
    now->board = &board_;
    if (topology_) now->clusters = topology_->clusters();
    now->sd = settings_.sd;
    now->scrape = [this](const auto& asked) { return scrape_->page(asked); };
    now->homes = &homes_.counters();
    if (presence_) now->presence = &presence_->tracker();
    for (const auto& one : doors_) {
        const auto& options = one->options();
        now->listeners.push_back({options.address, options.kind, &one->counters(), &one->ingest()});
        now->keeps.push_back(one);
    }
    for (const auto& sink : settings_.sinks) {
        const auto& one = *std::ranges::find(sinks_, sink.name, &placed_sink::name);
        now->sinks.push_back(
            {one.name, one.type, one.counters.get(), one.guarded.get(), one.series.get()});
        now->keeps.push_back(one.counters);
        now->keeps.push_back(one.guarded);
        now->keeps.push_back(one.series);
    }
    view next{.observed = std::move(now),
              .admin = std::make_shared<const listen::listen_options>(settings_.admin),
              .ingest = std::make_shared<const ingest::ingest_options>(settings_.ingest)};
    view_.with([&](view& present) { std::swap(present, next); });  // the old one ends unlocked
}

std::shared_ptr<const ops::observed> app::observed() const {
    return view_.with([](const view& present) { return present.observed; });
}

void app::keep_sockets() const {
    for (const auto& one : doors_) {
        // What a socket unit opened, it keeps.
        const auto& socket = one->socket();
        if (socket.given && !socket.name.starts_with(kept_prefix)) continue;
        with_.systemd.keep(one->kept_name(), socket.fd.get());
    }
}

void app::speak_of_unused_sockets() const {
    for (const auto& one : with_.sockets.left()) {
        if (one.name.starts_with(kept_prefix)) {
            with_.systemd.forget(one.name);
            continue;
        }
        log_.warning(
            "{} was opened for us ({}), but no [[listen]] reads it: what is sent there is lost; "
            "add one to the configuration, or take the address out of pverelay.socket",
            one.address, printable(one.name));
    }
}

void app::look() {
    const auto& counters = journal_->counters();
    const auto& options = journal_->options();
    const ops::journal_outlook::reading now{
        .written = counters.member_bytes.value(),
        .held = static_cast<std::uint64_t>(counters.bytes.value()),
        .max = options.max_bytes.bytes,
        .disk_free = ops::disk_free(options.directory)};
    outlook_.look(now, with_.time.now().steady);
}

void app::stop() {
    if (std::exchange(stopped_, true)) return;
    control_.reset();
    if (topology_) topology_->stop();
    // Side by side, so that the grace is waited for once.
    std::vector<std::jthread> closing;
    for (const auto& one : doors_) {
        one->release_socket();
        closing.emplace_back([&one] { one->stop(); });
    }
    closing.clear();
    if (presence_) presence_->stop();
    if (scrape_) scrape_->stop();
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
        if (!workers_[i]->is_running()) continue;
        const auto now = workers_[i]->heartbeats();
        all = all && now != std::exchange(heartbeats_[i], now);
    }
    return all;
}

std::string app::summary() const {
    std::string out = "listening on";
    for (const auto& one : doors_) {
        fmt::format_to(std::back_inserter(out), " {}{} {},", kind_name(one->options().kind),
                       one->options().tls.enabled() ? "s" : "",
                       with_port(one->options().address, one->port()));
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
