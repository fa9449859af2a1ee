// Functions: attributes, occupancy, launches.
#include <algorithm>
#include <cstring>

#include "modules.h"

namespace {

Result result_of(int outcome) {
    switch (outcome) {
        case SOYAKU_EMULATION_OK: return SUCCESS;
        case SOYAKU_EMULATION_BAD_LAUNCH: return INVALID_VALUE;
        case SOYAKU_EMULATION_ASSERT: return ASSERT;
        case SOYAKU_EMULATION_BARRIER: return LAUNCH_TIMEOUT;
        case SOYAKU_EMULATION_MISALIGNED: return MISALIGNED_ADDRESS;
        default: return LAUNCH_FAILED;
    }
}

// A pointer to host memory, to freed memory or to nowhere is an error on a device as soon as it is followed; here it is
// one as soon as it is passed.
Result valid_pointers(const Function &function, const std::vector<std::vector<unsigned char>> &values) {
    for (size_t i = 0; i < values.size(); i++) {
        if ((function.pointers >> i & 1) == 0) continue;
        uintptr_t pointer = 0;
        std::memcpy(&pointer, values[i].data(), sizeof pointer);
        if (!pointer) continue;
        Allocation *allocation = find_allocation(pointer, 0);
        if (allocation && allocation->usable) continue;
        diagnose("kernel %s: parameter %zu (%#zx) %s", function.kernel->name, i, static_cast<size_t>(pointer),
                 allocation ? "is memory that its stream has not allocated yet" : "does not point into device memory");
        return ILLEGAL_ADDRESS;
    }
    return SUCCESS;
}

Result run(const Function &function, std::vector<std::vector<unsigned char>> values, soyaku_emulation_dim3 grid,
           soyaku_emulation_dim3 block, unsigned shared) {
    if (Result result = valid_pointers(function, values)) return result;
    std::vector<void *> arguments;
    for (auto &value : values) arguments.push_back(value.data());
    char message[2048] = "";
    int outcome = soyaku_emulation_launch(function.kernel, arguments.data(), grid, block, shared, message, sizeof message);
    if (outcome) diagnose("kernel %s: %s", function.kernel->name, message);
    return result_of(outcome);
}

Result valid_sizes(const Function &function, soyaku_emulation_dim3 grid, soyaku_emulation_dim3 block, unsigned shared) {
    if (!grid.x || !grid.y || !grid.z || !block.x || !block.y || !block.z) return INVALID_VALUE;
    if (grid.x > 2147483647u || grid.y > 65535 || grid.z > 65535) return INVALID_VALUE;
    if (block.x > 1024 || block.y > 1024 || block.z > 64) return INVALID_VALUE;
    uint64_t threads = uint64_t(block.x) * block.y * block.z;
    if (threads > 1024) return INVALID_VALUE;
    if (threads > static_cast<uint64_t>(function.threads_at_most)) return INVALID_VALUE;
    if (uint64_t(shared) + static_cast<unsigned>(function.static_shared) > static_cast<unsigned>(function.dynamic_shared_at_most))
        return INVALID_VALUE;
    return SUCCESS;
}

Result attribute(int *value, int which, const Function &function) {
    switch (which) {
        case 0: *value = function.threads_at_most; return SUCCESS;
        case 1: *value = function.static_shared; return SUCCESS;
        case 2: case 3: *value = 0; return SUCCESS;  // constant, local memory
        case 4: *value = 32; return SUCCESS;         // registers
        case 5: case 6: *value = function.module->architecture; return SUCCESS;
        case 7: *value = 0; return SUCCESS;
        case 8: *value = function.dynamic_shared_at_most - function.static_shared; return SUCCESS;
        case 9: *value = -1; return SUCCESS;         // carve-out: as the driver likes
        default: return INVALID_VALUE;
    }
}

}  // namespace

SOYAKU_API cuFuncGetAttribute(int *value, int which, void *handle) {
    return enter("cuFuncGetAttribute", nullptr, CONTEXT, [&] {
        Function *function = find_function(handle);
        if (!function) return INVALID_HANDLE;
        return value ? attribute(value, which, *function) : INVALID_VALUE;
    });
}

SOYAKU_API cuFuncSetAttribute(void *handle, int which, int value) {
    return enter("cuFuncSetAttribute", nullptr, CONTEXT, [&] {
        Function *function = find_function(handle);
        if (!function) return INVALID_HANDLE;
        if (which == 9) return value >= -1 && value <= 100 ? SUCCESS : INVALID_VALUE;
        if (which != 8 || value < 0) return INVALID_VALUE;
        if (value > shared_memory_per_block_at_most() - function->static_shared) return INVALID_VALUE;
        function->dynamic_shared_at_most = value + function->static_shared;
        return SUCCESS;
    });
}

SOYAKU_API cuFuncSetCacheConfig(void *handle, int) {
    return enter("cuFuncSetCacheConfig", nullptr, CONTEXT, [&] { return find_function(handle) ? SUCCESS : INVALID_HANDLE; });
}

SOYAKU_API cuOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(int *blocks, void *handle, int threads, size_t shared, unsigned) {
    return enter("cuOccupancyMaxActiveBlocksPerMultiprocessor", nullptr, CONTEXT, [&] {
        Function *function = find_function(handle);
        if (!function) return INVALID_HANDLE;
        if (!blocks || threads <= 0) return INVALID_VALUE;
        int limit = 0;
        cuDeviceGetAttribute(&limit, 39, 0);
        *blocks = threads > function->threads_at_most ? 0 : std::min(limit / threads, 16);
        size_t each = shared + static_cast<size_t>(function->static_shared) + 1024;
        cuDeviceGetAttribute(&limit, 81, 0);
        *blocks = std::min(*blocks, static_cast<int>(static_cast<size_t>(limit) / each));
        return SUCCESS;
    });
}

SOYAKU_API cuOccupancyMaxActiveBlocksPerMultiprocessor(int *blocks, void *handle, int threads, size_t shared) {
    return cuOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(blocks, handle, threads, shared, 0);
}

SOYAKU_API cuLaunchKernel(void *handle, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x, unsigned block_y,
                          unsigned block_z, unsigned shared, void *stream_handle, void **parameters, void **extra) {
    return enter("cuLaunchKernel", nullptr, CONTEXT, [&] {
        Function *function = find_function(handle);
        auto stream = find_stream(*current(), stream_handle);
        if (!function || !stream || function->module->context != current()) return INVALID_HANDLE;
        if (extra || (!parameters && function->kernel->parameters > 0)) return INVALID_VALUE;
        soyaku_emulation_dim3 grid = {grid_x, grid_y, grid_z}, block = {block_x, block_y, block_z};
        if (Result result = valid_sizes(*function, grid, block, shared)) return result;
        Result fault = injected("launch", nullptr);
        if (fault && !is_sticky(fault)) return fault;
        std::vector<std::vector<unsigned char>> values;
        for (unsigned i = 0; i < function->kernel->parameters; i++) {
            const unsigned char *value = static_cast<const unsigned char *>(parameters[i]);
            values.emplace_back(value, value + function->kernel->parameter_sizes[i]);
        }
        // A kernel that fails does so where it runs: the launch itself succeeds, and what follows hears of it.
        return submit(stream, [=] { return fault ? fault : run(*function, values, grid, block, shared); });
    });
}
