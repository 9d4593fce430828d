// `pverelay journal export`: gzipped line protocol, at any moment: whole records only, as they
// stand on disk where all of their lines are wanted, compressed anew where some are.
#include "protocol/gzip_member.hpp"
#include "relay/base/durable_file.hpp"
#include "relay/base/unique_fd.hpp"
#include "relay/cli/journal_place.hpp"
#include "relay/cli/progress.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

namespace relay::cli {
namespace {

struct exported {
    std::uint64_t records = 0;
    std::uint64_t points = 0;
    std::uint64_t bytes = 0;
};

class exporter {
public:
    exporter(const journal::selection& wanted, int fd) : wanted_(wanted), fd_(fd) {}

    [[nodiscard]] std::error_code add(journal::journal_walk& walk) {
        const auto header = walk.header();
        const bool whole = wanted_.holds_whole(header);
        const auto one = walk.load(whole ? journal::contents::member : journal::contents::text);
        if (!one) return {};
        if (whole) return write(one->member, header.points);
        lines_.clear();
        const auto points = wanted_.append_lines(one->text, lines_);
        if (points == 0) return {};
        member_.clear();
        compressor_.compress(lines_, {}, member_);
        return write(member_, points);
    }

    /// Where nothing was written: a file without any member is no gzip.
    [[nodiscard]] std::error_code finish() {
        if (done.bytes > 0) return {};
        member_.clear();
        compressor_.compress({}, {}, member_);
        done.bytes = member_.size();
        return write_all(fd_, member_);
    }

    exported done;

private:
    [[nodiscard]] std::error_code write(std::string_view member, std::uint64_t points) {
        if (const auto error = write_all(fd_, member)) return error;
        ++done.records;
        done.points += points;
        done.bytes += member.size();
        return {};
    }

    const journal::selection& wanted_;
    const int fd_;
    protocol::gzip_compressor compressor_;
    std::string lines_;
    std::string member_;
};

int run(const journal_place& place, const journal::selection& wanted,
        const journal_export_arguments& arguments, int fd) {
    progress bar("exporting");
    exporter out(wanted, fd);
    journal::journal_walk walk(place.directory);
    while (walk.next()) {
        bar.at(walk.bytes_done(), walk.bytes_total());
        if (!wanted.touches(walk.header())) continue;
        if (const auto error = out.add(walk)) {
            bar.wipe();
            return fail("export", fmt::format("cannot write: {}", error.message()));
        }
    }
    bar.wipe();
    if (const auto error = out.finish()) {
        return fail("export", fmt::format("cannot write: {}", error.message()));
    }
    say_findings(walk.take_findings());
    const auto& done = out.done;
    if (arguments.where.json) {
        const boost::json::object said{
            {"records", done.records}, {"points", done.points}, {"bytes", done.bytes}};
        fmt::print(arguments.output.empty() ? stderr : stdout, "{}\n",
                   boost::json::serialize(said));
    } else {
        fmt::print(stderr, "{} records, {} points, {} bytes\n", done.records, done.points,
                   done.bytes);
    }
    return success;
}

}  // namespace

int journal_export(const journal_export_arguments& arguments) {
    const auto place = find_journal(arguments.where);
    if (!place) return wrong_config;
    const auto wanted = read_part(arguments.part);
    if (!wanted) return wrong_usage;
    if (arguments.output.empty()) {
        if (::isatty(STDOUT_FILENO) == 1) {
            return fail("export", "that is gzip: name a file with --output, or a pipe");
        }
        return run(*place, *wanted, arguments, STDOUT_FILENO);
    }
    const unique_fd file(
        ::open(arguments.output.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (!file) {
        return fail("export", fmt::format("cannot open {}: {}", arguments.output.string(),
                                          std::strerror(errno)));
    }
    return run(*place, *wanted, arguments, file.get());
}

}  // namespace relay::cli
