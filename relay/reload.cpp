// The app takes up another configuration: first all that can fail, then the rest.
#include "relay/app.hpp"
#include "relay/cluster_naming.hpp"

#include <algorithm>
#include <thread>
#include <utility>

namespace relay {

expected<std::vector<std::string>, std::string> app::reload(config::settings next) {
    if (auto named = name_clusters(next, with_.time, log_); !named) {
        reload_failed();
        return unexpected(std::move(named).error());
    }
    auto changes = config::differences(settings_, next);
    next = config::without_restart(settings_, std::move(next));
    // All that can fail comes first, and leaves everything as it is.
    auto opened = open_doors(next);
    if (!opened) {
        reload_failed();
        return unexpected(std::move(opened).error());
    }
    change_doors(next);
    change_admin(next);
    doors_.insert(doors_.end(), opened->begin(), opened->end());
    settings_ = std::move(next);
    change_sinks(changes);
    own_lines_->change(settings_);
    topology_->follow(settings_);
    if (presence_) presence_->tracker().keep_only(config::cluster_names(settings_));
    publish();
    keep_sockets();
    reloads_.reloads.add();
    reloads_.successful.set(1);
    reloads_.last_ns.set(unix_nanoseconds(with_.time.now().wall));
    return std::move(changes.at_restart);
}

void app::reload_failed() {
    reloads_.reloads.add();
    reloads_.failures.add();
    reloads_.successful.set(0);
}

/// Who may read is looked up for each page; TLS is the listener's own.
void app::change_admin(const config::settings& next) {
    if (settings_.admin.tls == next.admin.tls) return;
    const auto make = [this] { return make_pages(); };
    if (const auto done = admin_->serve_with(make, next.admin.limits, next.admin.tls); !done) {
        log_.error("admin: TLS stays as it was: {}", done.error());
    }
}

/// A sink that changes has no place in the journal for a moment, and is owed its records all the
/// same. It goes on counting: what it lost before is no less lost.
void app::change_sinks(const config::difference& changes) {
    const auto kept = journal_->keep_segments();
    const auto removed = remove_sinks(changes.sinks_gone);
    for (const auto& sink : settings_.sinks) {
        if (std::ranges::count(changes.sinks_new, sink.name) == 0) continue;
        const auto former = std::ranges::find(removed, sink.name, &placed_sink::name);
        add_sink(sink, former == removed.end() ? nullptr : former->counters);
    }
}

/// Gives those that stay their new rules, where there are any, and ends the others.
void app::change_doors(const config::settings& next) {
    const bool all_differ = settings_.clusters != next.clusters || settings_.ingest != next.ingest;
    door_list staying;
    door_list closing;
    for (auto& one : doors_) {
        const auto same = [&](const auto& options) {
            return config::same_door(options, one->options());
        };
        const auto at = std::ranges::find_if(next.listeners, same);
        if (at == next.listeners.end()) {
            closing.push_back(std::move(one));
            continue;
        }
        if (all_differ || *at != one->options()) one->change(make_rules(*at, next));
        staying.push_back(std::move(one));
    }
    doors_ = std::move(staying);
    close_doors(closing);
}

// Side by side, so that the grace is waited for once.
void app::close_doors(const door_list& closing) {
    std::vector<std::jthread> threads;
    for (const auto& one : closing) {
        with_.systemd.forget(one->kept_name());
        one->release_socket();
        threads.emplace_back([&one] { one->stop(); });
    }
}

}  // namespace relay
