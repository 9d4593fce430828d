// What becomes of the lines that Proxmox is known to send: one test per quirk.
#include "tests/unit/ingest/intake_fixture.hpp"

namespace relay::ingest {
namespace {

using proxmox_lines = intake_test;

TEST_F(proxmox_lines, an_unnamed_guest_has_a_space_in_its_name) {
    EXPECT_EQ(refined("system,object=qemu,vmid=100,nodename=pve1,host=VM\\ 100 "
                      "name=\"VM 100\",status=\"stopped\",uptime=0 1755785270000000000\n"),
              "system,cluster=lab,host=VM\\ 100,nodename=pve1,object=qemu,vmid=100 "
              "name=\"VM 100\",status=\"stopped\",uptime=0 1755785270000000000\n");
}

}  // namespace
}  // namespace relay::ingest
