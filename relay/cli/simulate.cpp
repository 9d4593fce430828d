#include "relay/simulate/simulate.hpp"

#include "relay/cli/commands.hpp"
#include "relay/config/secret_source.hpp"

#include <fmt/format.h>

#include <csignal>
#include <cstdio>
#include <stop_token>
#include <thread>

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

}  // namespace

int simulate_pushes(const simulate_arguments& arguments) {
    auto options = arguments.options;
    if (!arguments.token_file.empty()) {
        const auto token =
            config::load_secret({config::secret_source::kind::file, arguments.token_file.string()});
        if (!token) return fail(token.error());
        options.identity.token = token->value.reveal();
    }
    const std::stop_source stop;
    const signal_stop on_signal(stop);
    const auto result = simulate::run_simulation(options, stop.get_token());
    if (!result) return fail(result.error());
    fmt::print("{}", simulate::summary(*result));
    return result->failures() == 0 ? success : failure;
}

}  // namespace relay::cli
