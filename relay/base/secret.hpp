// A secret in memory: it prints as nothing and compares in constant time.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace relay {

class secret {
public:
    secret() = default;
    explicit secret(std::string value) : value_(std::move(value)) {}

    /// Where it goes on the wire. The name is long so that a reviewer sees every use.
    [[nodiscard]] const std::string& reveal() const noexcept { return value_; }
    [[nodiscard]] bool empty() const noexcept { return value_.empty(); }

    /// Whether two configurations say the same. Not for what a stranger shows: see matches().
    bool operator==(const secret&) const = default;

    /// Takes a time that depends on the length of `candidate` alone.
    [[nodiscard]] bool matches(std::string_view candidate) const noexcept {
        unsigned char difference = value_.size() == candidate.size() ? 0 : 1;
        for (std::size_t i = 0; i < candidate.size(); ++i) {
            const auto own = value_.empty() ? '\0' : value_[i % value_.size()];
            difference = static_cast<unsigned char>(difference | (own ^ candidate[i]));
        }
        return difference == 0 && !value_.empty();
    }

private:
    std::string value_;
};

}  // namespace relay
