// What the fake NVRTC hands out as a CUBIN: a header that starts like a real one's (ELF for machine 190), then the
// shared object that the host compiler made. The header says for which device it is and carries a checksum, so that the
// fake driver refuses damaged bytes as the real one does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

struct ImageHeader {
    unsigned char elf[64];
    char magic[16];
    uint32_t architecture;   // 90 for sm_90
    uint32_t specific;       // 1 for sm_90a: that very architecture alone
    uint32_t compiler;       // major version of the NVRTC
    uint32_t sanitized;      // needs AddressSanitizer in the process
    uint64_t bytes;          // of the shared object that follows
    uint64_t checksum;       // of all fields before this one, then of the shared object
};

inline const char *image_magic() { return "soyaku emulated"; }

inline ImageHeader start_of_image() {
    ImageHeader header;
    std::memset(&header, 0, sizeof header);
    const unsigned char elf[] = {0x7f, 'E', 'L', 'F', 2, 1, 1, 0x33, 7, 0, 0, 0, 0, 0, 0, 0, 2, 0, 190, 0};
    std::memcpy(header.elf, elf, sizeof elf);
    std::memcpy(header.magic, image_magic(), 16);
    return header;
}

// FNV-1a.
inline uint64_t image_checksum(const ImageHeader &header, const unsigned char *object) {
    uint64_t sum = 0xcbf29ce484222325ull;
    auto add = [&sum](const unsigned char *bytes, uint64_t count) {
        for (uint64_t i = 0; i < count; i++) sum = (sum ^ bytes[i]) * 0x100000001b3ull;
    };
    add(reinterpret_cast<const unsigned char *>(&header), offsetof(ImageHeader, checksum));
    add(object, header.bytes);
    return sum;
}
