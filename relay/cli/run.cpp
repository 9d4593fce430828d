// `pverelay run`: start, tell systemd, wait for a signal, read the configuration again, stop.
#include "relay/app.hpp"
#include "relay/cli/commands.hpp"
#include "relay/cli/settings_file.hpp"
#include "relay/listen/socket_pool.hpp"
#include "relay/ops/given_files.hpp"
#include "relay/ops/spare_memory.hpp"
#include "relay/ops/status.hpp"
#include "relay/ops/stderr_log.hpp"
#include "relay/ops/systemd_notify.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <ctime>
#include <sys/stat.h>
#include <utility>

namespace relay::cli {
namespace {

using namespace std::chrono_literals;

constexpr auto status_interval = 5s;

sigset_t stop_signals() {
    sigset_t set;
    sigemptyset(&set);
    for (const int one : {SIGTERM, SIGINT, SIGHUP})
        sigaddset(&set, one);
    return set;
}

/// Before the first thread, so that every thread inherits it and only wait_for_signal() sees them.
void block(const sigset_t& signals) {
    ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    // A client that goes away while it is written to is an error of write(), not the end.
    std::signal(SIGPIPE, SIG_IGN);
}

/// @returns the signal, or 0 when `longest` has passed
int wait_for_signal(const sigset_t& signals, std::chrono::microseconds longest) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(longest);
    timespec limit{};
    limit.tv_sec = seconds.count();
    limit.tv_nsec = std::chrono::nanoseconds(longest - seconds).count();
    return std::max(0, ::sigtimedwait(&signals, nullptr, &limit));
}

/// What runs, and who is told about it.
struct watched {
    app& running;
    const std::filesystem::path& config;
    const ops::systemd_notify& systemd;
    const time_source& time;
    relay::log& log;
};

/// SIGHUP. Whatever is wrong with the new configuration, the old one stays in force.
void reload(const watched& by) {
    auto& [running, file, systemd, time, log] = by;
    systemd.reloading(time.now().steady);
    auto settings = read_settings_again(file, log);
    if (!settings) {
        running.reload_failed();
        log.error("SIGHUP: the configuration is wrong, the one before stays in force");
    } else if (const auto at_restart = running.reload(std::move(*settings)); !at_restart) {
        log.error("SIGHUP: the configuration before stays in force: {}", at_restart.error());
    } else {
        log.notice("SIGHUP: the new configuration is in force: {}", running.summary());
        for (const auto& key : *at_restart)
            log.warning("{} keeps its old value until the relay is restarted", key);
    }
    systemd.ready();
}

/// Until SIGTERM or SIGINT. Meanwhile systemd hears how we are; a delivery thread that hangs makes
/// us silent, and systemd starts us again.
void watch(const watched& by, const sigset_t& signals) {
    auto& running = by.running;
    const auto watchdog = ops::watchdog_interval();
    const auto turn =
        std::min<std::chrono::microseconds>(watchdog.value_or(status_interval), status_interval);
    ops::spare_memory spare;
    auto last_alive = std::chrono::steady_clock::now();
    for (;;) {
        const int signal = wait_for_signal(signals, turn);
        if (signal == SIGTERM || signal == SIGINT) return;
        if (signal == SIGHUP) reload(by);
        running.look();
        ops::give_back_if_worth(spare);
        by.systemd.status(ops::status_line(*running.observed(), by.time.now().wall));
        const auto now = std::chrono::steady_clock::now();
        if (!watchdog || now - last_alive < *watchdog) continue;
        last_alive = now;
        if (running.is_alive()) by.systemd.alive();
    }
}

void stop(app& running, const ops::systemd_notify& systemd, log& log) {
    systemd.stopping();
    log.info("stopping: what was taken goes to the journal");
    // A second Ctrl-C ends it at once; what was answered is on disk already.
    sigset_t again;
    sigemptyset(&again);
    sigaddset(&again, SIGINT);
    ::pthread_sigmask(SIG_UNBLOCK, &again, nullptr);
    running.stop();
    log.info("stopped");
}

}  // namespace

int run(const run_arguments& arguments) {
    auto settings = read_settings(arguments.config);
    if (!settings) return wrong_config;
    auto given = ops::take_given_files();
    // What the journal holds is for the relay's user alone, however it was started.
    ::umask(0077);
    const auto signals = stop_signals();
    block(signals);
    const http::http_library curl;
    const system_time time;
    ops::stderr_log log(ops::present_log_form(), time);
    if (!given) {
        log.error("{}", given.error());
        return failure;
    }
    listen::socket_pool sockets(std::move(*given), log);
    const auto systemd = ops::systemd_notify::from_environment();
    auto started = app::start(std::move(*settings),
                              {.time = time, .log = log, .systemd = systemd, .sockets = sockets});
    if (!started) {
        log.error("{}", started.error());
        return failure;
    }
    auto& running = **started;
    log.info("{}", running.summary());
    running.look();
    systemd.ready();
    watch({running, arguments.config, systemd, time, log}, signals);
    stop(running, systemd, log);
    return success;
}

}  // namespace relay::cli
