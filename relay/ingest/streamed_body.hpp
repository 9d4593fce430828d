// An HTTP body on its way into the journal: keeps the line that a chunk broke off until the rest of
// it comes. Used by its intake's thread.
#pragma once

#include "protocol/line_parser.hpp"
#include "relay/ingest/batch_outlet.hpp"
#include "relay/ingest/intake.hpp"
#include "relay/ingest/refiner.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace relay::ingest {

/// Parsers whose buffers have grown, waiting for the next body: a push of Proxmox is a few lines,
/// too few to warm up a new one each time.
using idle_parsers = std::vector<std::unique_ptr<protocol::line_parser>>;

class streamed_body final : public body {
public:
    struct parts {
        refiner& refine;
        idle_parsers& idle;
        std::unique_ptr<protocol::line_parser> parser;
        batch_outlet outlet;
        journal::lane lane;
        const constant_tags& tags;
        std::string from;
        protocol::precision unit;
        moment now;
    };

    explicit streamed_body(parts with);
    ~streamed_body() override;
    streamed_body(const streamed_body&) = delete;
    streamed_body& operator=(const streamed_body&) = delete;

    void expect(std::size_t bytes) override { expected_ = bytes; }
    void feed(std::string_view bytes) override;
    [[nodiscard]] body_result finish() override;
    [[nodiscard]] std::size_t bytes_held() const override;

private:
    /// @returns what of `bytes` is still to be read.
    [[nodiscard]] std::string_view complete_unfinished(std::string_view bytes);
    void refine_unfinished(protocol::input_end end);
    void keep_unfinished(std::string_view rest);

    parts with_;
    passage passage_;           // refers to with_
    std::size_t expected_ = 0;  // bytes, and no buffer was made for them yet
    std::string unfinished_;
    /// unfinished_ is not looked at again before it has this size: a line that comes byte by byte
    /// is then read twice at most in all, not once per byte.
    std::size_t worth_reading_bytes_ = 0;
};

}  // namespace relay::ingest
