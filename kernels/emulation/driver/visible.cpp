// The devices of the emulated machine, and what CUDA_VISIBLE_DEVICES leaves of them.
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "state.h"

namespace {

// "256MiB" is beyond what a test needs: plain bytes, or K, M, G in powers of 1024.
size_t memory_size(const char *text) {
    char *end = nullptr;
    unsigned long long bytes = std::strtoull(text, &end, 10);
    switch (*end) {
        case 'K': return bytes << 10;
        case 'M': return bytes << 20;
        case 'G': return bytes << 30;
        default: return bytes;
    }
}

bool partitioned() { return std::strcmp(setting("SOYAKU_EMULATED_MIG", "0"), "1") == 0; }

Device describe(int index) {
    Device device;
    int major, minor;
    capability(major, minor);
    char text[96];
    std::snprintf(text, sizeof text, "Emulated device %d.%d%s", major, minor, partitioned() ? " MIG 1g.10gb" : "");
    device.name = text;
    const unsigned char start[15] = {0x50, 0x79, 0x61, 0x6b, 0x75, 0x00, 0x40, 0x00, 0x80, 0x00, 0xe3, 0x01, 0x02, 0x03, 0x04};
    std::memcpy(device.uuid, start, sizeof start);
    device.uuid[0] = static_cast<unsigned char>(0x50 + index);
    device.uuid[15] = static_cast<unsigned char>(index);
    const unsigned char *u = device.uuid;
    std::snprintf(text, sizeof text, "%s-%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
                  partitioned() ? "MIG" : "GPU", u[0], u[1], u[2], u[3], u[4], u[5], u[6], u[7], u[8], u[9], u[10], u[11],
                  u[12], u[13], u[14], u[15]);
    device.uuid_text = text;
    device.physical = index;
    device.memory = memory_size(setting("SOYAKU_EMULATED_MEMORY", "256M"));
    return device;
}

// The device that one item of the list names, or -1. A UUID may be cut short as long as it stays unique.
int named(const std::string &item, const std::vector<Device> &devices) {
    if (item.rfind("GPU-", 0) == 0 || item.rfind("MIG-", 0) == 0) {
        int found = -1;
        for (size_t i = 0; i < devices.size(); i++) {
            if (devices[i].uuid_text.compare(0, item.size(), item) != 0) continue;
            if (found >= 0) return -1;
            found = static_cast<int>(i);
        }
        return found;
    }
    char *end = nullptr;
    long index = std::strtol(item.c_str(), &end, 10);
    if (end == item.c_str() || index < 0 || index >= static_cast<long>(devices.size())) return -1;
    return static_cast<int>(index);
}

std::string trimmed(const std::string &text) {
    size_t start = text.find_first_not_of(" \t");
    if (start == std::string::npos) return "";
    return text.substr(start, text.find_last_not_of(" \t") - start + 1);
}

}  // namespace

std::deque<Device> visible_devices() {
    std::vector<Device> all;
    int count = std::atoi(setting("SOYAKU_EMULATED_DEVICES", "1"));
    for (int i = 0; i < count; i++) all.push_back(describe(i));

    std::deque<Device> visible;
    const char *list = std::getenv("CUDA_VISIBLE_DEVICES");
    if (!list) {
        // Of partitions, CUDA enumerates the first alone.
        for (const Device &device : all)
            if (visible.empty() || !partitioned()) visible.push_back(device);
        return visible;
    }
    // The list ends at the first item that names no device; one named twice leaves none at all.
    std::string rest = list;
    std::set<int> seen;
    while (true) {
        size_t comma = rest.find(',');
        int index = named(trimmed(rest.substr(0, comma)), all);
        if (index < 0) break;
        if (!seen.insert(index).second) return {};
        if (visible.empty() || !partitioned()) visible.push_back(all[static_cast<size_t>(index)]);
        if (comma == std::string::npos) break;
        rest = rest.substr(comma + 1);
    }
    return visible;
}
