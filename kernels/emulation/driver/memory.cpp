// Device and pinned memory. Every piece is a heap block of its own and of exactly its size, so that AddressSanitizer's
// red zones lie around it, and is filled with a pattern that is a NaN as float and double.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <unistd.h>

#include "state.h"

namespace {

using Table = std::map<uintptr_t, Allocation>;

Table &device_memory() {
    static Table *table = new Table;
    return *table;
}

Table &pinned_memory() {
    static Table *table = new Table;
    return *table;
}

Allocation *find_in(Table &table, uintptr_t address, size_t bytes) {
    auto after_it = table.upper_bound(address);
    if (after_it == table.begin()) return nullptr;
    Allocation &allocation = std::prev(after_it)->second;
    size_t offset = address - allocation.address;
    // One past the end belongs to it as long as nothing is read there: a slice of no elements.
    if (offset > allocation.bytes || bytes > allocation.bytes - offset) return nullptr;
    return &allocation;
}

uintptr_t filled_block(size_t bytes, size_t alignment) {
    void *block = nullptr;
    if (posix_memalign(&block, alignment, bytes) != 0) throw std::bad_alloc();
    const uint32_t pattern = 0x7ff7a5a5;
    unsigned char *to = static_cast<unsigned char *>(block);
    for (size_t i = 0; i < bytes; i++) to[i] = static_cast<unsigned char>(pattern >> (8 * (i % 4)));
    return reinterpret_cast<uintptr_t>(block);
}

void release(uintptr_t address) {
    Allocation &allocation = device_memory()[address];
    allocation.device->used -= allocation.bytes;
    std::free(reinterpret_cast<void *>(address));
    device_memory().erase(address);
}

Result allocate(uintptr_t *pointer, size_t bytes, bool usable) {
    Device &device = *current()->device;
    if (!pointer || bytes == 0) return INVALID_VALUE;
    if (bytes > device.memory - device.used) run_all(*current());  // what was given back in stream order
    if (bytes > device.memory - device.used) return OUT_OF_MEMORY;
    uintptr_t address = filled_block(bytes, 256);
    device.used += bytes;
    device_memory()[address] = Allocation{address, bytes, &device, usable, false};
    *pointer = address;
    return SUCCESS;
}

// Device memory of this context's device that starts here and was not given back.
Allocation *own(uintptr_t address) {
    auto found = device_memory().find(address);
    if (found == device_memory().end() || found->second.device != current()->device || found->second.released) return nullptr;
    return &found->second;
}

struct AtExit {
    ~AtExit() {
        if (std::strcmp(setting("SOYAKU_EMULATED_LEAKS", "0"), "1") != 0) return;
        size_t count = device_memory().size() + pinned_memory().size();
        if (count == 0) return;
        for (Table *table : {&device_memory(), &pinned_memory()})
            for (auto &entry : *table)
                diagnose("leak: %zu bytes of %s memory were never freed", entry.second.bytes,
                         table == &device_memory() ? "device" : "page-locked");
        std::fflush(nullptr);
        _exit(97);
    }
} at_exit;

}  // namespace

Allocation *find_allocation(uintptr_t address, size_t bytes) { return find_in(device_memory(), address, bytes); }

bool pinned(const void *pointer) { return find_in(pinned_memory(), reinterpret_cast<uintptr_t>(pointer), 0) != nullptr; }

Result valid_host(const void *pointer, size_t bytes, const char *entry) {
    uintptr_t address = reinterpret_cast<uintptr_t>(pointer);
    if (!pointer) return INVALID_VALUE;
    if (find_in(device_memory(), address, 1)) {
        diagnose("%s: a device pointer was given as host memory", entry);
        return INVALID_VALUE;
    }
    if (pinned(pointer) && !find_in(pinned_memory(), address, bytes)) {
        diagnose("%s: %zu bytes go beyond the pinned memory they start in", entry, bytes);
        return INVALID_VALUE;
    }
    return SUCCESS;
}

void release_all(Device &device) {
    for (auto entry = device_memory().begin(); entry != device_memory().end();) {
        uintptr_t address = entry->first;
        bool its = entry->second.device == &device;
        ++entry;
        if (its) release(address);
    }
}

SOYAKU_API cuMemGetInfo_v2(size_t *available, size_t *total) {
    return enter("cuMemGetInfo_v2", nullptr, CONTEXT, [&] {
        if (!available || !total) return INVALID_VALUE;
        *available = current()->device->memory - current()->device->used;
        *total = current()->device->memory;
        return SUCCESS;
    });
}

SOYAKU_API cuMemAlloc_v2(uintptr_t *pointer, size_t bytes) {
    return enter("cuMemAlloc_v2", "alloc", CONTEXT, [&] { return allocate(pointer, bytes, true); });
}

SOYAKU_API cuMemFree_v2(uintptr_t pointer) {
    return enter("cuMemFree_v2", nullptr, CONTEXT, [&] {
        if (!pointer) return SUCCESS;
        if (!own(pointer)) return INVALID_VALUE;
        // Freeing waits for the device.
        run_all(*current());
        release(pointer);
        return after(*current(), SUCCESS);
    });
}

SOYAKU_API cuMemAllocAsync(uintptr_t *pointer, size_t bytes, void *handle) {
    return enter("cuMemAllocAsync", "alloc", CONTEXT, [&] {
        auto stream = find_stream(*current(), handle);
        if (!stream) return INVALID_HANDLE;
        Result result = allocate(pointer, bytes, false);
        if (result) return result;
        uintptr_t address = *pointer;
        return submit(stream, [address] {
            if (Allocation *allocation = find_allocation(address, 0)) allocation->usable = true;
            return SUCCESS;
        });
    });
}

SOYAKU_API cuMemFreeAsync(uintptr_t pointer, void *handle) {
    return enter("cuMemFreeAsync", nullptr, CONTEXT, [&] {
        auto stream = find_stream(*current(), handle);
        if (!stream) return INVALID_HANDLE;
        Allocation *allocation = own(pointer);
        if (!allocation) return INVALID_VALUE;
        allocation->released = true;
        return submit(stream, [pointer] {
            release(pointer);
            return SUCCESS;
        });
    });
}

SOYAKU_API cuMemHostAlloc(void **pointer, size_t bytes, unsigned) {
    return enter("cuMemHostAlloc", "hostalloc", CONTEXT, [&] {
        if (!pointer || bytes == 0) return INVALID_VALUE;
        uintptr_t address = filled_block(bytes, 4096);
        pinned_memory()[address] = Allocation{address, bytes, nullptr, true, false};
        *pointer = reinterpret_cast<void *>(address);
        return SUCCESS;
    });
}

SOYAKU_API cuMemAllocHost_v2(void **pointer, size_t bytes) { return cuMemHostAlloc(pointer, bytes, 0); }

SOYAKU_API cuMemFreeHost(void *pointer) {
    return enter("cuMemFreeHost", nullptr, CONTEXT, [&] {
        auto found = pinned_memory().find(reinterpret_cast<uintptr_t>(pointer));
        if (found == pinned_memory().end()) return INVALID_VALUE;
        // The real one waits for nothing either; copies that are still to come find the block gone.
        pinned_memory().erase(found);
        std::free(pointer);
        return SUCCESS;
    });
}
