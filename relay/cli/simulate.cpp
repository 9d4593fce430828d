#include "relay/simulate/simulate.hpp"

#include "relay/cli/commands.hpp"
#include "relay/cli/simulated_api.hpp"
#include "relay/config/secret_source.hpp"

#include <fmt/format.h>

#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <memory>
#include <mutex>
#include <sstream>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

namespace relay::cli {
namespace {

/// Asks `stop` to stop when SIGINT or SIGTERM arrives, so that an endless simulation ends with its
/// summary. Both are blocked in every thread that is started after it.
class signal_stop {
public:
    explicit signal_stop(const std::stop_source& stop) {
        sigemptyset(&signals_);
        for (const int one : {SIGINT, SIGTERM, SIGUSR1})
            sigaddset(&signals_, one);
        ::pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
        waiter_ = std::thread([this, stop]() mutable {
            int signal = 0;
            ::sigwait(&signals_, &signal);
            stop.request_stop();
        });
    }
    ~signal_stop() {
        // Nobody else sends SIGUSR1: it ends the wait where no signal came.
        ::pthread_kill(waiter_.native_handle(), SIGUSR1);
        waiter_.join();
    }
    signal_stop(const signal_stop&) = delete;
    signal_stop& operator=(const signal_stop&) = delete;

private:
    sigset_t signals_{};
    std::thread waiter_;
};

int fail(std::string_view why) {
    fmt::print(stderr, "pverelay simulate: {}\n", why);
    return failure;
}

std::int64_t now_seconds() {
    using namespace std::chrono;
    return duration_cast<seconds>(system_clock::now().time_since_epoch()).count();
}

expected<simulate::scenario, std::string> load_scenario(const std::filesystem::path& path) {
    if (path.empty()) return simulate::scenario{};
    std::ifstream file(path);
    std::ostringstream text;
    text << file.rdbuf();
    if (!file) return unexpected(fmt::format("cannot read {}", path.string()));
    auto read = simulate::parse_scenario(text.str());
    if (!read) return unexpected(fmt::format("{}: {}", path.string(), read.error()));
    return read;
}

/// Serves from then on, and says where.
expected<std::unique_ptr<simulated_api>, std::string> serve_api(
    const simulate_arguments& arguments, const simulate::simulate_options& options) {
    std::vector<simulate::simulated_cluster> clusters;
    for (auto& it : simulate::make_world(options.world).clusters)
        clusters.push_back({std::move(it), *options.course, *options.start_seconds});
    auto api = simulated_api::open(std::move(clusters), arguments.api, arguments.access_log);
    if (!api) return api;
    for (const auto& it : (*api)->places())
        fmt::print("api       {} {} {}\n", it.cluster, it.node, it.url);
    fmt::print("token     {}\n", options.course->token);
    std::fflush(stdout);
    return api;
}

void wait_for(const std::stop_token& stop) {
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any().wait(lock, stop, [] { return false; });
}

/// Options of the simulation where something happens meanwhile, or could.
expected<void, std::string> set_course(const simulate_arguments& arguments,
                                       simulate::simulate_options& options) {
    if (arguments.api.empty() && arguments.scenario.empty()) return {};
    auto course = load_scenario(arguments.scenario);
    if (!course) return unexpected(std::move(course.error()));
    options.course = std::move(*course);
    if (!options.start_seconds) options.start_seconds = now_seconds();
    return {};
}

}  // namespace

int simulate_pushes(const simulate_arguments& arguments) {
    auto options = arguments.options;
    if (!arguments.token_file.empty()) {
        const auto token =
            config::load_secret({config::secret_source::kind::file, arguments.token_file.string()});
        if (!token) return fail(token.error());
        options.identity.token = token->value.reveal();
    }
    if (const auto set = set_course(arguments, options); !set) return fail(set.error());
    const std::stop_source stop;
    const signal_stop on_signal(stop);
    std::unique_ptr<simulated_api> api;
    if (!arguments.api.empty()) {
        auto served = serve_api(arguments, options);
        if (!served) return fail(served.error());
        api = std::move(*served);
    }
    if (options.to.empty()) {
        wait_for(stop.get_token());
        return success;
    }
    const auto result = simulate::run_simulation(options, stop.get_token());
    if (!result) return fail(result.error());
    fmt::print("{}", simulate::summary(*result));
    return result->failures() == 0 ? success : failure;
}

}  // namespace relay::cli
