#include "relay/version.hpp"

#include "relay/cli/commands.hpp"

#include <boost/version.hpp>
#include <fmt/format.h>

namespace relay::cli {

int print_version(const version_arguments&) {
    fmt::print("pverelay {}\n", version());
    fmt::print("built with {}, Boost {}.{}.{}, fmt {}.{}.{}\n", compiler(), BOOST_VERSION / 100'000,
               BOOST_VERSION / 100 % 1000, BOOST_VERSION % 100, FMT_VERSION / 10'000,
               FMT_VERSION / 100 % 100, FMT_VERSION % 100);
    return success;
}

}  // namespace relay::cli
