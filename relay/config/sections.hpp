// One function per section of the file: from the document to the settings. Inner header of
// relay/config; problems go to the section's `reading`.
#pragma once

#include "relay/config/section.hpp"
#include "relay/config/settings.hpp"

namespace relay::config {

void read_listeners(const section& root, settings& into);
void read_admin(const section& root, settings& into);
void read_clusters(const section& root, settings& into);
/// [cluster.api] of one cluster.
void read_api(const section& cluster, const ingest::cluster_rule& rule, settings& into);
void read_topology(const section& root, settings& into);
void read_journal(const section& root, settings& into);
void read_ingest(const section& root, settings& into);
void read_enrich(const section& root, settings& into);
void read_tenants(const section& root, settings& into);
void read_presence(const section& root, settings& into);
void read_delivery(const section& root, settings& into);
void read_sd(const section& root, settings& into);
void read_scrape(const section& root, settings& into);
void read_sinks(const section& root, settings& into);

}  // namespace relay::config
