#include "relay/config/secret_source.hpp"

#include "relay/base/unique_fd.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <string_view>
#include <sys/stat.h>
#include <system_error>
#include <utility>

namespace relay::config {
namespace {

// A token, a password or an htpasswd-like line; a larger file is the wrong file.
constexpr std::size_t secret_bytes_max = 16 << 10;
// A system's whole bundle of authorities is a quarter of it.
constexpr std::size_t pem_bytes_max = 1 << 20;

using result = expected<loaded_secret, std::string>;

/// Without the newline at the end. A line break or NUL within would end a header on the wire.
result checked(std::string text, std::string warning, std::string_view origin) {
    if (text.ends_with('\n')) text.pop_back();
    if (text.ends_with('\r')) text.pop_back();
    if (text.empty()) return unexpected(fmt::format("{} is empty", origin));
    if (text.find_first_of(std::string_view("\n\r\0", 3)) != std::string::npos) {
        return unexpected(fmt::format("{} holds more than one line", origin));
    }
    return loaded_secret{secret(std::move(text)), std::move(warning)};
}

/// @returns the content, or errno; EFBIG where there is more of it.
expected<std::string, int> read_small_file(int fd, std::size_t bytes_max) {
    std::string text(bytes_max + 1, '\0');
    std::size_t length = 0;
    while (length < text.size()) {
        const auto got = ::read(fd, text.data() + length, text.size() - length);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return unexpected(errno);
        if (got == 0) break;
        length += static_cast<std::size_t>(got);
    }
    if (length > bytes_max) return unexpected(EFBIG);
    text.resize(length);
    return text;
}

std::string rights_warning(const struct stat& file, const std::string& path) {
    if ((file.st_mode & S_IROTH) == 0) return {};
    return fmt::format("{0} can be read by everyone on this machine: chmod 0640 {0}", path);
}

enum class lines : std::uint8_t { one, many };

result load_file(const std::string& path, lines most) {
    const auto failed = [&path](int error) {
        return unexpected(
            fmt::format("cannot read {}: {}", path, std::generic_category().message(error)));
    };
    // O_NONBLOCK so that a FIFO in the wrong place cannot stop the start; files do not mind.
    const unique_fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!file) return failed(errno);
    struct stat about {};
    if (::fstat(file.get(), &about) != 0) return failed(errno);
    if (!S_ISREG(about.st_mode)) return unexpected(fmt::format("{} is no regular file", path));
    auto text = read_small_file(file.get(), most == lines::one ? secret_bytes_max : pem_bytes_max);
    if (!text) return failed(text.error());
    if (most == lines::many) {
        return loaded_secret{secret(std::move(*text)), rights_warning(about, path)};
    }
    return checked(std::move(*text), rights_warning(about, path), path);
}

result load_variable(const std::string& name) {
    const auto origin = fmt::format("environment variable {}", name);
    const char* const text = std::getenv(name.c_str());
    if (text == nullptr) return unexpected(fmt::format("{} is not set", origin));
    return checked(text, {}, origin);
}

result load_credential(const std::string& name) {
    const char* const directory = std::getenv("CREDENTIALS_DIRECTORY");
    if (directory == nullptr) {
        return unexpected(
            fmt::format("credential {} is wanted, but CREDENTIALS_DIRECTORY is not set: add "
                        "LoadCredential={}:/path/to/it to the unit",
                        name, name));
    }
    if (name.find('/') != std::string::npos) {
        return unexpected(fmt::format("\"{}\" is no name of a credential", name));
    }
    return load_file(fmt::format("{}/{}", directory, name), lines::one);
}

}  // namespace

result load_secret(const secret_source& source) {
    switch (source.from) {
        case secret_source::kind::file:
            return load_file(source.name, lines::one);
        case secret_source::kind::env:
            return load_variable(source.name);
        case secret_source::kind::credential:
            return load_credential(source.name);
        case secret_source::kind::pem:
            return load_file(source.name, lines::many);
    }
    return unexpected(std::string("unknown kind of secret"));
}

}  // namespace relay::config
