// Certificates made on the spot, for as long as a test runs.
#pragma once

#include <string>

namespace relay::tests {

struct test_certificate {
    std::string certificate;  // PEM
    std::string key;          // PEM
};

/// An authority of that name, which signed itself.
[[nodiscard]] test_certificate make_authority(const std::string& name);

/// A certificate for that name, which `issuer` signed.
[[nodiscard]] test_certificate make_certificate(const std::string& name,
                                                const test_certificate& issuer);

}  // namespace relay::tests
