#include "relay/topology/api_words.hpp"

#include "relay/topology/plan.hpp"

#include <gmock/gmock.h>

namespace relay::topology {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr std::string_view token = "relay@pve!relay";

TEST(advice, a_token_without_rights_is_given_them_and_so_is_its_user) {
    const auto all = advise({.none_at_all = true}, token, "8.2.4");

    ASSERT_EQ(all.size(), 1u);
    EXPECT_EQ(all[0].commands,
              "pveum acl modify / -user relay@pve -role PVEAuditor; "
              "pveum acl modify / -token 'relay@pve!relay' -role PVEAuditor");
}

TEST(advice, each_missing_right_is_named) {
    const auto all = advise({.missing = {"Sys.Audit", "Pool.Audit"}}, token, "9.0.3");

    ASSERT_EQ(all.size(), 2u);
    EXPECT_THAT(all[0].text, HasSubstr("Sys.Audit"));
    EXPECT_THAT(all[1].commands, HasSubstr("PVEAuditor"));
}

TEST(advice, the_guest_agent_needs_more_than_reading_before_version_9) {
    const auto old = advise({.missing = {"VM.Monitor"}}, token, "8.4.1");
    ASSERT_EQ(old.size(), 1u);
    EXPECT_THAT(old[0].commands, HasSubstr("pveum role add RelayAgent -privs VM.Monitor"));
    EXPECT_THAT(old[0].text, HasSubstr("guest_addresses = false"));

    const auto now = advise({.missing = {"VM.GuestAgent.Audit"}}, token, "9.0.3");
    ASSERT_EQ(now.size(), 1u);
    EXPECT_THAT(now[0].commands, Not(HasSubstr("VM.Monitor")));
}

TEST(advice, all_rights_need_none) {
    EXPECT_THAT(advise({}, token, "9.0.3"), IsEmpty());
}

TEST(words, a_servers_words_cannot_forge_a_line) {
    EXPECT_EQ(words_of({.status = 403, .reason = "no\nway"}), "403 no\\x0away");
}

TEST(words, a_failed_handshake_names_its_remedy) {
    EXPECT_THAT(remedy_of("SSL certificate problem: certificate has expired"),
                HasSubstr("pvecm updatecerts"));
    EXPECT_THAT(remedy_of("SSL certificate problem: unable to get local issuer certificate"),
                HasSubstr("pve-root-ca.pem"));
    EXPECT_THAT(remedy_of("the server shows a certificate that is not pinned, …"),
                HasSubstr("pvenode cert info"));
    EXPECT_EQ(remedy_of("Connection refused"), "");
}

}  // namespace
}  // namespace relay::topology
