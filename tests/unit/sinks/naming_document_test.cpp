// docs/naming.md says what the code does, and the code names what the page lists.
#include "tests/support/naming_document.hpp"

#include "sinks/naming/proxmox_names.hpp"
#include "sinks/naming/pve_exporter_names.hpp"
#include "tests/unit/sinks/sent_samples.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

namespace relay::sinks {
namespace {

std::string read(const std::filesystem::path& file) {
    std::ifstream in(file);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

TEST(naming_document, is_up_to_date) {
    const auto page = read(std::filesystem::path(RELAY_SOURCES) / "docs/naming.md");
    EXPECT_TRUE(page == test_support::naming_document()) << "./dev naming writes it";
}

/// The metrics sent of the sample lines.
std::set<std::string> sent_of_samples(naming_kind kind, proxmox_naming_options how) {
    auto options = sent_options({kind});
    options.proxmox = how;
    std::set<std::string> metrics;
    for (const auto& file : std::filesystem::directory_iterator(
             std::filesystem::path(RELAY_SOURCES) / "tests/samples")) {
        if (file.path().extension() != ".lp") continue;
        for (const auto& [series, value] : sent_samples(read(file.path()), options))
            metrics.insert(series.substr(0, series.find('{')));
    }
    return metrics;
}

TEST(naming_document, lists_every_metric_that_proxmox_lines_become) {
    const auto all =
        sent_of_samples(naming_kind::proxmox, {.unused_fields = true, .virtual_nics = true});
    EXPECT_GT(all.size(), 120u);
    for (const auto& metric : all)
        EXPECT_NE(find_family(proxmox_families(), metric), nullptr) << metric;

    const auto exported = sent_of_samples(naming_kind::pve_exporter, {});
    EXPECT_GT(exported.size(), 15u);
    for (const auto& metric : exported)
        EXPECT_NE(find_family(pve_exporter_families(), metric), nullptr) << metric;
}

TEST(naming_document, says_which_metrics_are_left_out) {
    for (const auto& metric : sent_of_samples(naming_kind::proxmox, {}))
        EXPECT_TRUE(find_family(proxmox_families(), metric)->by_default) << metric;
}

}  // namespace
}  // namespace relay::sinks
