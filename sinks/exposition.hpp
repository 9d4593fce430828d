// Prometheus' text format (https://prometheus.io/docs/instrumenting/exposition_formats/, 0.0.4):
// samples in any order in, a page out where every metric stands together behind its HELP and TYPE.
// Not thread-safe.
#pragma once

#include "protocol/remote_write.hpp"
#include "sinks/naming/metric_family.hpp"
#include "sinks/naming/naming.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace relay::sinks {

class exposition {
public:
    /// @param known metrics that have a help and a type; the others are untyped. Outlives the page.
    explicit exposition(const metric_families& known) noexcept : known_(known) {}

    /// @param extra one more label; its name is empty where there is none
    void add(std::string_view metric, const sorted_labels& labels, const protocol::label& extra,
             double value);

    [[nodiscard]] std::size_t size() const noexcept { return size_; }

    /// Appends the page, metrics by name.
    void append_to(std::string& out) const;

private:
    const metric_families& known_;
    std::map<std::string, std::string, std::less<>> metrics_;  // their lines
    std::size_t size_ = 0;
};

}  // namespace relay::sinks
