// The sockets that outlive us. Whoever started us may have opened some already, or have kept those
// of the run before: a listener takes the one of its address, and binds one only where there is
// none. What arrived on a given socket before we read it is still there.
//
// Used by the main thread.
#pragma once

#include "relay/base/expected.hpp"
#include "relay/base/log.hpp"
#include "relay/base/unique_fd.hpp"
#include "relay/listen/bound_socket.hpp"
#include "relay/listen/listen_options.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace relay::listen {

/// A socket from outside and the name it came with.
struct given_socket {
    unique_fd fd;
    std::string name;
};

class socket_pool {
public:
    /// Takes what a listener could use; the rest is closed, with a warning.
    socket_pool(std::vector<given_socket> given, log& log);

    struct taken {
        unique_fd fd;
        std::string name;    // as it was given; empty where we bound it
        bool given = false;  // not bound by us
    };
    /// The socket of that address: given, or bound now. [::] takes a given 0.0.0.0 as well, which
    /// is what it is on a machine without IPv6.
    /// @returns the socket, or a sentence for the operator
    [[nodiscard]] expected<taken, std::string> take(std::string_view address, listen_kind kind);

    /// What nobody has taken: "udp [::]:8189" with its name.
    struct unused {
        std::string address;
        std::string name;
    };
    [[nodiscard]] std::vector<unused> left() const;

private:
    struct entry {
        given_socket socket;
        bound_address address;
    };
    [[nodiscard]] entry* find(const endpoint& where, listen_kind kind);

    std::vector<entry> entries_;
    log& log_;
};

}  // namespace relay::listen
