// The admin listener's pages: a request as a value in, an answer as a value out. Who may read them
// is the listener's `tokens` and `allow`, as for pushes.
#pragma once

#include "relay/base/clock.hpp"
#include "relay/listen/http_handler.hpp"
#include "relay/listen/listen_options.hpp"
#include "relay/ops/observed.hpp"

#include <vector>

namespace relay::ops {

class admin_pages {
public:
    /// @param access validated; all references outlive the pages
    admin_pages(const observed& relay, const listen::listen_options& access,
                const time_source& time);

    [[nodiscard]] listen::reply answer(const listen::request& asked) const;

private:
    [[nodiscard]] bool may_read(const listen::request& asked) const;

    const observed& relay_;
    const listen::listen_options& access_;
    const time_source& time_;
    std::vector<ip_network> networks_;
};

}  // namespace relay::ops
