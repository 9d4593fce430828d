// Where a secret comes from: a file, an environment variable or a systemd credential, never the
// configuration itself, which people paste into tickets.
#pragma once

#include "relay/base/expected.hpp"
#include "relay/base/secret.hpp"

#include <cstdint>
#include <functional>
#include <string>

namespace relay::config {

struct secret_source {
    enum class kind : std::uint8_t { file, env, credential, pem };
    kind from = kind::file;
    std::string name;  // path, variable, credential; pem: path of a file of many lines
};

struct loaded_secret {
    relay::secret value;
    std::string warning;  // empty, or what the operator should mend
};

/// How secrets are read: the system's way in the program, a table in tests.
/// @returns the secret, not empty and (but for pem) of one line, or a sentence without it. An empty
/// pem is one that whoever reads the rest of the configuration has no need of.
using secret_loader = std::function<expected<loaded_secret, std::string>(const secret_source&)>;

/// Reads files, the environment and $CREDENTIALS_DIRECTORY (systemd.exec(5), LoadCredential=).
/// One newline at the end is not part of a secret: editors and `echo` put it there.
[[nodiscard]] expected<loaded_secret, std::string> load_secret(const secret_source& source);

}  // namespace relay::config
