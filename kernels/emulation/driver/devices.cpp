// Initialisation, versions, devices and their attributes.
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "state.h"

void capability(int &major, int &minor) {
    const char *text = setting("SOYAKU_EMULATED_CAPABILITY", "9.0");
    if (std::sscanf(text, "%d.%d", &major, &minor) != 2) {
        diagnose("SOYAKU_EMULATED_CAPABILITY: '%s' is not like 9.0", text);
        std::abort();
    }
}

int driver_version() { return std::atoi(setting("SOYAKU_EMULATED_DRIVER_VERSION", "12040")); }

int multiprocessors() { return std::atoi(setting("SOYAKU_EMULATED_MULTIPROCESSORS", "4")); }

namespace {

// Per compute capability (CUDA C++ Programming Guide, technical specifications): shared memory that a block may opt in
// to, of a multiprocessor, and threads of a multiprocessor.
struct Limits {
    int capability, block, multiprocessor, threads, blocks;
};
const Limits LIMITS[] = {
    {70, 98304, 98304, 2048, 32},    {75, 65536, 65536, 1024, 16},    {80, 166912, 167936, 2048, 32},
    {86, 101376, 102400, 1536, 16},  {89, 101376, 102400, 1536, 24},  {90, 232448, 233472, 2048, 32},
    {100, 232448, 233472, 2048, 32}, {120, 101376, 102400, 1536, 24},
};

const Limits &limits() {
    int major, minor;
    capability(major, minor);
    const Limits *best = &LIMITS[0];
    for (const Limits &row : LIMITS)
        if (row.capability <= major * 10 + minor) best = &row;
    return *best;
}

Result attribute(int *value, int which) {
    int major, minor;
    capability(major, minor);
    switch (which) {
        case 1: *value = 1024; break;                     // threads of a block
        case 2: case 3: *value = 1024; break;             // block dimensions x, y
        case 4: *value = 64; break;                       // and z
        case 5: *value = 2147483647; break;               // grid dimensions x
        case 6: case 7: *value = 65535; break;            // and y, z
        case 8: *value = 49152; break;                    // shared memory of a block without opting in
        case 9: *value = 65536; break;                    // constant memory
        case 10: *value = 32; break;                      // warp
        case 12: case 82: *value = 65536; break;          // registers of a block, of a multiprocessor
        case 13: *value = 1000000; break;                 // clock in kHz
        case 15: case 31: case 41: *value = 1; break;     // overlap, concurrent kernels, unified addressing
        case 16: *value = multiprocessors(); break;
        case 17: case 18: case 19: *value = 0; break;     // timeout, integrated, mapped host memory
        case 20: *value = std::atoi(setting("SOYAKU_EMULATED_COMPUTE_MODE", "0")); break;
        case 32: *value = 1; break;                       // ECC
        case 33: *value = 1; break;                       // PCI bus
        case 34: case 50: *value = 0; break;              // PCI device, domain
        case 36: *value = 1000000; break;                 // memory clock in kHz
        case 37: *value = 512; break;                     // memory bus in bits
        case 38: *value = 4 << 20; break;                 // L2
        case 39: *value = limits().threads; break;
        case 40: *value = 2; break;                       // copy engines
        case 75: *value = major; break;
        case 76: *value = minor; break;
        case 78: *value = 1; break;                       // stream priorities
        case 81: *value = limits().multiprocessor; break;
        case 95: *value = 0; break;                       // cooperative launch
        case 97: *value = limits().block; break;
        case 106: *value = limits().blocks; break;
        case 111: *value = 1024; break;                   // shared memory that the driver keeps of each block
        case 115: *value = std::atoi(setting("SOYAKU_EMULATED_POOLS", "1")); break;
        default: *value = 0; break;                       // textures, managed memory, ...: none of it here
    }
    return which >= 1 && which < 150 ? SUCCESS : INVALID_VALUE;
}

bool is_device(int device) { return device >= 0 && device < static_cast<int>(state().devices.size()); }

template <class Body>
int of_device(const char *entry, int device, Body body) {
    return enter(entry, nullptr, INITIALISED, [&]() -> Result {
        return is_device(device) ? body(state().devices[static_cast<size_t>(device)]) : INVALID_DEVICE;
    });
}

}  // namespace

int shared_memory_per_block_at_most() { return limits().block; }

SOYAKU_API cuInit(unsigned flags) {
    return enter("cuInit", nullptr, NOTHING, [&] {
        if (flags) return INVALID_VALUE;
        if (state().initialised) return SUCCESS;
        state().devices = visible_devices();
        if (state().devices.empty()) return NO_DEVICE;
        state().lazy = std::strcmp(setting("SOYAKU_EMULATED_LAZY", "0"), "1") == 0;
        state().initialised = true;
        return SUCCESS;
    });
}

SOYAKU_API cuDriverGetVersion(int *version) {
    return enter("cuDriverGetVersion", nullptr, NOTHING, [&] {
        if (!version) return INVALID_VALUE;
        *version = driver_version();
        return SUCCESS;
    });
}

SOYAKU_API cuDeviceGetCount(int *count) {
    return enter("cuDeviceGetCount", nullptr, INITIALISED, [&] {
        if (!count) return INVALID_VALUE;
        *count = static_cast<int>(state().devices.size());
        return SUCCESS;
    });
}

SOYAKU_API cuDeviceGet(int *device, int ordinal) {
    return of_device("cuDeviceGet", ordinal, [&](Device &) {
        if (!device) return INVALID_VALUE;
        *device = ordinal;
        return SUCCESS;
    });
}

SOYAKU_API cuDeviceGetName(char *name, int length, int device) {
    return of_device("cuDeviceGetName", device, [&](Device &d) {
        if (!name || length <= 0) return INVALID_VALUE;
        std::snprintf(name, static_cast<size_t>(length), "%s", d.name.c_str());
        return SUCCESS;
    });
}

SOYAKU_API cuDeviceGetUuid(unsigned char *uuid, int device) {
    return of_device("cuDeviceGetUuid", device, [&](Device &d) {
        if (!uuid) return INVALID_VALUE;
        std::memcpy(uuid, d.uuid, sizeof d.uuid);
        return SUCCESS;
    });
}

SOYAKU_API cuDeviceGetUuid_v2(unsigned char *uuid, int device) { return cuDeviceGetUuid(uuid, device); }

SOYAKU_API cuDeviceTotalMem_v2(size_t *bytes, int device) {
    return of_device("cuDeviceTotalMem_v2", device, [&](Device &d) {
        if (!bytes) return INVALID_VALUE;
        *bytes = d.memory;
        return SUCCESS;
    });
}

SOYAKU_API cuDeviceGetAttribute(int *value, int which, int device) {
    return of_device("cuDeviceGetAttribute", device, [&](Device &) { return value ? attribute(value, which) : INVALID_VALUE; });
}

SOYAKU_API cuDeviceGetPCIBusId(char *text, int length, int device) {
    return of_device("cuDeviceGetPCIBusId", device, [&](Device &d) {
        if (!text || length < 13) return INVALID_VALUE;
        std::snprintf(text, static_cast<size_t>(length), "0000:%02X:00.0", d.physical + 1);
        return SUCCESS;
    });
}
