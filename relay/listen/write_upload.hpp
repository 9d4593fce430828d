// One body of the write API: inflates, counts, feeds ingest, and turns what ingest and the journal
// say into the answer. Lives on its session's thread; its receipt is told by the journal's.
#pragma once

#include "relay/ingest/intake.hpp"
#include "relay/listen/body_budget.hpp"
#include "relay/listen/body_receipt.hpp"
#include "relay/listen/gunzip.hpp"
#include "relay/listen/http_handler.hpp"
#include "relay/listen/listen_counters.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace relay::listen {

enum class encoding : std::uint8_t { identity, gzip };

/// What an upload is made of. The references and the scratch outlive it.
struct upload_parts {
    api speaks;
    encoding coded;
    gunzip_limits limits;
    std::span<char> scratch;  // shared by the uploads of a thread: used within a call only
    body_budget& bodies;
    listen_counters& counters;
    std::shared_ptr<body_receipt> receipt;
    std::unique_ptr<ingest::body> body;
};

class write_upload final : public upload {
public:
    explicit write_upload(upload_parts parts);
    ~write_upload() override;
    write_upload(const write_upload&) = delete;
    write_upload& operator=(const write_upload&) = delete;

    [[nodiscard]] std::optional<reply> feed(std::string_view bytes) override;
    [[nodiscard]] std::optional<reply> finish(std::function<void()> wake) override;
    [[nodiscard]] reply answer() override;

private:
    [[nodiscard]] std::optional<reply> feed_plain(std::string_view bytes);
    [[nodiscard]] std::optional<reply> feed_gzip(std::string_view bytes);
    [[nodiscard]] std::optional<reply> within_budget();
    [[nodiscard]] reply nothing_taken() const;

    upload_parts parts_;
    std::optional<gunzip> gunzip_;
    body_budget::share share_;
    std::uint64_t plain_bytes_ = 0;
    ingest::body_result result_;
};

}  // namespace relay::listen
