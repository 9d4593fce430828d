#include "relay/config/load.hpp"

#include "relay/base/unique_fd.hpp"
#include "relay/config/document.hpp"
#include "relay/config/sections.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <system_error>
#include <utility>

namespace relay::config {
namespace {

void sort_by_place(std::vector<problem>& all) {
    std::ranges::stable_sort(all, {}, &problem::where);
}

/// A port serves one listener; the admin port is easily given twice.
void refuse_shared_addresses(const section& root, const settings& all) {
    std::vector<std::pair<listen::listen_kind, std::string>> seen{
        {all.admin.kind, all.admin.address}};
    for (const auto& listener : all.listeners) {
        std::pair one(listener.kind, listener.address);
        // Port 0 is any free port, a different one for each.
        const bool any = listener.address.ends_with(":0");
        if (!any && std::ranges::find(seen, one) != seen.end()) {
            root.error("listen", fmt::format("two listeners on {}", listener.address));
        }
        seen.push_back(std::move(one));
    }
}

}  // namespace

loaded load_text(const std::string& text, const secret_loader& secrets) {
    loaded result;
    const auto document = parse_document(text);
    if (!document) {
        result.found.errors.push_back(document.error());
        return result;
    }
    reading reading{result.found, secrets};
    const section root(*document, "", reading);
    settings all;
    read_listeners(root, all);
    read_admin(root, all);
    read_clusters(root, all);
    read_topology(root, all);
    read_journal(root, all);
    read_ingest(root, all);
    read_enrich(root, all);
    read_tenants(root, all);
    read_presence(root, all);
    read_delivery(root, all);
    read_sd(root, all);
    read_scrape(root, all);
    read_sinks(root, all);
    refuse_shared_addresses(root, all);
    sort_by_place(result.found.errors);
    sort_by_place(result.found.warnings);
    if (result.found.errors.empty()) result.settings = std::move(all);
    return result;
}

expected<std::string, problem> read_file(const std::filesystem::path& path) {
    const auto unreadable = [] {
        return unexpected(
            problem{{}, fmt::format("cannot read it: {}", std::generic_category().message(errno))});
    };
    const unique_fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) return unreadable();
    std::string text;
    char buffer[16 << 10];
    for (;;) {
        const auto got = ::read(file.get(), buffer, sizeof buffer);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return unreadable();
        if (got == 0) return text;
        text.append(buffer, static_cast<std::size_t>(got));
        // One byte over is enough to know; a device would never end.
        if (text.size() > document_bytes_max) return text;
    }
}

loaded load_file(const std::filesystem::path& file, const secret_loader& secrets) {
    const auto text = read_file(file);
    if (text) return load_text(*text, secrets);
    loaded result;
    result.found.errors.push_back(text.error());
    return result;
}

}  // namespace relay::config
