// A plain main for a fuzz target: runs every file below the folders given, old crashes included,
// so that a target that no fuzzer visits for a while still compiles and still holds.
// Fails where there is no file at all: an empty corpus proves nothing.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

/// In a heap block of exactly its size, so that the sanitizer sees a read beyond it.
void run_file(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    const std::string content{std::istreambuf_iterator<char>(file), {}};
    const auto block = std::make_unique<std::uint8_t[]>(content.size());
    content.copy(reinterpret_cast<char*>(block.get()), content.size());
    LLVMFuzzerTestOneInput(block.get(), content.size());
}

}  // namespace

int main(int argc, char** argv) {
    int files = 0;
    for (int i = 1; i < argc; ++i) {
        if (!std::filesystem::is_directory(argv[i])) continue;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(argv[i])) {
            if (!entry.is_regular_file()) continue;
            run_file(entry.path());
            ++files;
        }
    }
    std::printf("%d corpus files\n", files);
    return files > 0 ? 0 : 1;
}
