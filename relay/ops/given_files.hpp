// The files that systemd started us with (sd_listen_fds(3)): sockets of pverelay.socket, and what
// the run before put into the file descriptor store.
#pragma once

#include "relay/base/expected.hpp"
#include "relay/listen/socket_pool.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace relay::ops {

/// $LISTEN_PID, $LISTEN_FDS and $LISTEN_FDNAMES; empty where they are not set.
struct given_files_variables {
    std::string_view pid;
    std::string_view count;
    std::string_view names;  // separated by colons
};

/// The names of the files from number 3 on; none where they are another process's.
/// @returns the names, or a sentence about variables that make no sense
[[nodiscard]] expected<std::vector<std::string>, std::string> given_file_names(
    const given_files_variables& variables, pid_t own);

/// Takes what the environment says is ours, once: the variables are gone afterwards, and nothing
/// that we might start inherits the files. Before the first thread.
[[nodiscard]] expected<std::vector<listen::given_socket>, std::string> take_given_files();

}  // namespace relay::ops
