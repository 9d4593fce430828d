// The write API behind a listener of its own, on a free port of loopback.
#pragma once

#include "relay/base/unique_fd.hpp"
#include "relay/listen/http_listener.hpp"
#include "tests/unit/listen/write_fixture.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <utility>

namespace relay::listen {

class listener_fixture : public write_fixture {
protected:
    /// @returns the port
    std::uint16_t start() {
        auto opened = http_listener::open({.options = options_,
                                           .counters = counters_,
                                           .log = log_,
                                           .version = "1.2.3",
                                           .make_handler = [this] { return make_api(); },
                                           .given = std::move(given_)});
        EXPECT_TRUE(opened) << (opened ? "" : opened.error());
        listener_ = std::move(*opened);
        return listener_->port();
    }

    unique_fd given_;                          // a socket to listen on; none: one of its own
    std::unique_ptr<http_listener> listener_;  // ends before all that it serves from
};

}  // namespace relay::listen
