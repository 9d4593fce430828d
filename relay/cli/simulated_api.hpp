// The API of a simulated world over plain HTTP: a listener for every node, whose thread answers as
// that node would. A slow answer blocks nobody but who asked.
#pragma once

#include "relay/base/expected.hpp"
#include "relay/simulate/moment.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace relay::cli {

class simulated_api {
public:
    struct place {
        std::string cluster, node, url;
    };

    /// Answers from then on; second 0 of the scenario is the `begin` of the clusters.
    /// @param address of the first node, "127.0.0.1:8006"; port 0: free ports
    /// @param access_log empty: none
    /// @returns the API, or a sentence for the operator
    [[nodiscard]] static expected<std::unique_ptr<simulated_api>, std::string> open(
        std::vector<simulate::simulated_cluster> clusters, const std::string& address,
        const std::filesystem::path& access_log);
    ~simulated_api();

    /// Node by node.
    [[nodiscard]] std::vector<place> places() const;

private:
    struct state;
    explicit simulated_api(std::unique_ptr<state> opened);
    std::unique_ptr<state> state_;
};

}  // namespace relay::cli
