// Where it begins: the command is read and done. The one place that catches.
#include "relay/cli/command_line.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <malloc.h>

namespace {

using namespace relay;

/// glibc gives every thread an arena of its own, and what one thread frees there the others cannot
/// use. Batches are made by one thread and freed by another, so two arenas keep the resident
/// memory of a homelab small, and nothing on the data's way allocates often enough to wait for
/// them.
///
/// A request's body is freed with its answer and made anew at once. What is free at the end of the
/// heap stays ours up to a few of them: given back, it would be fresh pages each time, which the
/// kernel clears. A batch of any size is below the other bound, from which on memory is mapped.
void tune_memory() {
    ::mallopt(M_ARENA_MAX, 2);
    ::mallopt(M_TRIM_THRESHOLD, 4 << 20);
    ::mallopt(M_MMAP_THRESHOLD, 1 << 20);
}

struct dispatch {
    int operator()(const cli::run_arguments& arguments) const { return cli::run(arguments); }
    int operator()(const cli::check_arguments& arguments) const { return cli::check(arguments); }
    int operator()(const cli::socket_unit_arguments& arguments) const {
        return cli::socket_unit(arguments);
    }
    int operator()(const cli::setup_arguments& arguments) const { return cli::setup(arguments); }
    int operator()(const cli::route_arguments& arguments) const { return cli::route(arguments); }
    int operator()(const cli::doctor_arguments& arguments) const { return cli::doctor(arguments); }
    int operator()(const cli::version_arguments& arguments) const {
        return cli::print_version(arguments);
    }
    int operator()(const cli::simulate_arguments& arguments) const {
        return cli::simulate_pushes(arguments);
    }
    int operator()(const cli::journal_ls_arguments& a) const { return cli::journal_ls(a); }
    int operator()(const cli::journal_cat_arguments& a) const { return cli::journal_cat(a); }
    int operator()(const cli::journal_verify_arguments& a) const { return cli::journal_verify(a); }
    int operator()(const cli::journal_export_arguments& a) const { return cli::journal_export(a); }
    int operator()(const cli::journal_replay_arguments& a) const { return cli::journal_replay(a); }
    int operator()(const cli::journal_purge_arguments& a) const { return cli::journal_purge(a); }
};

}  // namespace

int main(int count, char** words) {
    try {
        tune_memory();
        const auto command = cli::read_command_line(count, words);
        if (command) return std::visit(dispatch{}, *command);
        auto* const to = command.error().code == cli::success ? stdout : stderr;
        fmt::print(to, "{}", command.error().text);
        return command.error().code;
    } catch (const std::exception& error) {
        fmt::print(stderr, "pverelay: {}\n", error.what());
        return cli::failure;
    }
}
