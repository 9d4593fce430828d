// Answers of real and of hand-made nodes: tests/samples/api. What was recorded is named pve7… and
// pve8…; the others are written after Proxmox's source.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

namespace relay::topology {

inline std::string sample(const std::string& name) {
    std::ifstream file(std::string(RELAY_API_SAMPLES) + "/" + name + ".json", std::ios::binary);
    EXPECT_TRUE(file.is_open()) << name;
    return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace relay::topology
