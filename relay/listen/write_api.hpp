// InfluxDB's write API, v1 and v2, as seen from Proxmox and every other client: routes, access,
// limits, and the answer that waits for the journal. No sockets here, and no waiting.
//
// One per HTTP thread, with an intake of its own; what they share is in write_services.
#pragma once

#include "relay/base/cidr.hpp"
#include "relay/base/clock.hpp"
#include "relay/ingest/identity.hpp"
#include "relay/ingest/intake.hpp"
#include "relay/listen/auth.hpp"
#include "relay/listen/body_budget.hpp"
#include "relay/listen/http_handler.hpp"
#include "relay/listen/listen_counters.hpp"
#include "relay/listen/listen_options.hpp"
#include "relay/listen/refusal_log.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace relay::listen {

/// References outlive every handler made with them.
struct write_services {
    const listen_options& options;  // validated
    const ingest::identity& identity;
    const time_source& time;
    body_budget& bodies;
    listen_counters& counters;
    relay::log& log;
    /// Why /ready must say no; empty: it says yes. Any thread.
    std::function<std::string()> not_ready;
    std::string version;
};

class write_api final : public http_handler {
public:
    write_api(write_services services, std::unique_ptr<ingest::intake> intake);
    [[nodiscard]] verdict begin(const request& head) override;

private:
    struct caller;  // one request, its target and credentials

    [[nodiscard]] std::optional<reply> refuse_access(const caller& from);
    [[nodiscard]] verdict begin_write(const caller& from);
    [[nodiscard]] reply refuse_sender(const caller& from, ingest::refusal why);
    void tell(refused_for reason, const caller& from);
    [[nodiscard]] reply answer_page(const caller& from) const;
    [[nodiscard]] expected<journal::lane, ingest::refusal> find_lane(const caller& from) const;

    write_services services_;
    std::vector<ip_network> networks_;
    refusal_log refusals_;
    std::unique_ptr<ingest::intake> intake_;
    std::vector<char> inflated_;  // scratch of whichever body is being fed
};

}  // namespace relay::listen
