// A series selector as Prometheus has it, but that the metric's name is a regular expression too:
// `proxmox_ve_node_.*{device=~"tap.*",node!="pve1"}`.
#pragma once

#include "protocol/remote_write.hpp"
#include "relay/base/expected.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace relay::sinks {

class series_selector {
public:
    /// @returns why the text is none, as a sentence
    [[nodiscard]] static expected<series_selector, std::string> parse(std::string_view text);

    series_selector(series_selector&&) noexcept;
    series_selector& operator=(series_selector&&) noexcept;
    ~series_selector();

    /// @param labels sorted, and `extra` beside them where it has a name
    [[nodiscard]] bool selects(std::string_view metric, std::span<const protocol::label> labels,
                               const protocol::label& extra) const;

private:
    class pattern;  // a text, or an RE2
    struct matcher;

    series_selector();
    [[nodiscard]] static expected<matcher, std::string> read_matcher(std::string_view& text);
    [[nodiscard]] static expected<std::vector<matcher>, std::string> read_matchers(
        std::string_view text);

    std::unique_ptr<pattern> metric_;
    std::vector<matcher> matchers_;
};

}  // namespace relay::sinks
