// Copies and fills. What is asked is checked at the call, and again when the stream gets there: memory may have been
// freed in between.
#include <cstring>

#include "state.h"

namespace {

Result valid_device(uintptr_t pointer, size_t bytes, const char *entry) {
    if (find_allocation(pointer, bytes)) return SUCCESS;
    diagnose("%s: %zu bytes at %#zx are not inside any device memory", entry, bytes, static_cast<size_t>(pointer));
    return INVALID_VALUE;
}

// When the work runs: the memory is still there, and its allocation was reached by its stream.
Result still_device(uintptr_t pointer, size_t bytes, const char *entry) {
    Allocation *allocation = find_allocation(pointer, bytes);
    if (allocation && allocation->usable) return SUCCESS;
    diagnose("%s: the stream got to a copy whose device memory %s", entry, allocation ? "is not allocated yet" : "was freed");
    return ILLEGAL_ADDRESS;
}

Result still_host(const void *pointer, size_t bytes, bool was_pinned, const char *entry) {
    if (!was_pinned) return SUCCESS;
    if (pinned(pointer) && valid_host(pointer, bytes, entry) == SUCCESS) return SUCCESS;
    diagnose("%s: the stream got to a copy whose pinned memory was freed", entry);
    return ILLEGAL_ADDRESS;
}

void *to_pointer(uintptr_t address) { return reinterpret_cast<void *>(address); }

Result to_device(const std::shared_ptr<Stream> &stream, uintptr_t to, const void *from, size_t bytes, const char *entry) {
    if (bytes == 0) return SUCCESS;
    if (Result result = valid_device(to, bytes, entry)) return result;
    if (Result result = valid_host(from, bytes, entry)) return result;
    if (!pinned(from)) {
        // Pageable memory is read before the call returns.
        auto staged = std::make_shared<std::vector<unsigned char>>(bytes);
        std::memcpy(staged->data(), from, bytes);
        return submit(stream, [=] {
            if (Result result = still_device(to, bytes, entry)) return result;
            std::memcpy(to_pointer(to), staged->data(), bytes);
            return SUCCESS;
        });
    }
    return submit(stream, [=] {
        if (Result result = still_device(to, bytes, entry)) return result;
        if (Result result = still_host(from, bytes, true, entry)) return result;
        std::memcpy(to_pointer(to), from, bytes);
        return SUCCESS;
    });
}

Result to_host(const std::shared_ptr<Stream> &stream, void *to, uintptr_t from, size_t bytes, const char *entry) {
    if (bytes == 0) return SUCCESS;
    if (Result result = valid_device(from, bytes, entry)) return result;
    if (Result result = valid_host(to, bytes, entry)) return result;
    bool later = pinned(to);
    Result result = submit(stream, [=] {
        if (Result gone = still_device(from, bytes, entry)) return gone;
        if (Result gone = still_host(to, bytes, later, entry)) return gone;
        std::memcpy(to, to_pointer(from), bytes);
        return SUCCESS;
    });
    // A copy to pageable memory returns when it is done.
    if (!later && !stream->capture) run_all(*stream);
    return result;
}

Result between(const std::shared_ptr<Stream> &stream, uintptr_t to, uintptr_t from, size_t bytes, const char *entry) {
    if (bytes == 0) return SUCCESS;
    if (Result result = valid_device(to, bytes, entry)) return result;
    if (Result result = valid_device(from, bytes, entry)) return result;
    return submit(stream, [=] {
        if (Result result = still_device(to, bytes, entry)) return result;
        if (Result result = still_device(from, bytes, entry)) return result;
        std::memmove(to_pointer(to), to_pointer(from), bytes);
        return SUCCESS;
    });
}

template <class Value>
Result fill(const std::shared_ptr<Stream> &stream, uintptr_t to, Value value, size_t count, const char *entry) {
    if (count == 0) return SUCCESS;
    if (to % sizeof(Value) != 0 || count > SIZE_MAX / sizeof(Value)) return INVALID_VALUE;
    size_t bytes = count * sizeof(Value);
    if (Result result = valid_device(to, bytes, entry)) return result;
    return submit(stream, [=] {
        if (Result result = still_device(to, bytes, entry)) return result;
        Value *values = static_cast<Value *>(to_pointer(to));
        for (size_t i = 0; i < count; i++) values[i] = value;
        return SUCCESS;
    });
}

// A copy on a stream, or (waiting for it) on the legacy default stream.
template <class Body>
int on_stream(const char *entry, void *handle, bool wait, const char *group, Body body) {
    return enter(entry, group, CONTEXT, [&]() -> Result {
        auto stream = find_stream(*current(), handle);
        if (!stream) return INVALID_HANDLE;
        Result result = body(stream);
        if (result || !wait) return result;
        run_all(*stream);
        return after(*current(), SUCCESS);
    });
}

using Target = std::shared_ptr<Stream>;

}  // namespace

SOYAKU_API cuMemcpyHtoD_v2(uintptr_t to, const void *from, size_t bytes) {
    return on_stream("cuMemcpyHtoD_v2", nullptr, true, "memcpy", [&](Target &s) { return to_device(s, to, from, bytes, "cuMemcpyHtoD_v2"); });
}

SOYAKU_API cuMemcpyHtoDAsync_v2(uintptr_t to, const void *from, size_t bytes, void *stream) {
    return on_stream("cuMemcpyHtoDAsync_v2", stream, false, "memcpy", [&](Target &s) { return to_device(s, to, from, bytes, "cuMemcpyHtoDAsync_v2"); });
}

SOYAKU_API cuMemcpyDtoH_v2(void *to, uintptr_t from, size_t bytes) {
    return on_stream("cuMemcpyDtoH_v2", nullptr, true, "memcpy", [&](Target &s) { return to_host(s, to, from, bytes, "cuMemcpyDtoH_v2"); });
}

SOYAKU_API cuMemcpyDtoHAsync_v2(void *to, uintptr_t from, size_t bytes, void *stream) {
    return on_stream("cuMemcpyDtoHAsync_v2", stream, false, "memcpy", [&](Target &s) { return to_host(s, to, from, bytes, "cuMemcpyDtoHAsync_v2"); });
}

SOYAKU_API cuMemcpyDtoD_v2(uintptr_t to, uintptr_t from, size_t bytes) {
    return on_stream("cuMemcpyDtoD_v2", nullptr, true, "memcpy", [&](Target &s) { return between(s, to, from, bytes, "cuMemcpyDtoD_v2"); });
}

SOYAKU_API cuMemcpyDtoDAsync_v2(uintptr_t to, uintptr_t from, size_t bytes, void *stream) {
    return on_stream("cuMemcpyDtoDAsync_v2", stream, false, "memcpy", [&](Target &s) { return between(s, to, from, bytes, "cuMemcpyDtoDAsync_v2"); });
}

SOYAKU_API cuMemcpyPeerAsync(uintptr_t to, Context *, uintptr_t from, Context *, size_t bytes, void *stream) {
    return on_stream("cuMemcpyPeerAsync", stream, false, "memcpy", [&](Target &s) { return between(s, to, from, bytes, "cuMemcpyPeerAsync"); });
}

SOYAKU_API cuMemsetD8_v2(uintptr_t to, unsigned char value, size_t count) {
    return on_stream("cuMemsetD8_v2", nullptr, true, "memset", [&](Target &s) { return fill(s, to, value, count, "cuMemsetD8_v2"); });
}

SOYAKU_API cuMemsetD8Async(uintptr_t to, unsigned char value, size_t count, void *stream) {
    return on_stream("cuMemsetD8Async", stream, false, "memset", [&](Target &s) { return fill(s, to, value, count, "cuMemsetD8Async"); });
}

SOYAKU_API cuMemsetD32_v2(uintptr_t to, uint32_t value, size_t count) {
    return on_stream("cuMemsetD32_v2", nullptr, true, "memset", [&](Target &s) { return fill(s, to, value, count, "cuMemsetD32_v2"); });
}

SOYAKU_API cuMemsetD32Async(uintptr_t to, uint32_t value, size_t count, void *stream) {
    return on_stream("cuMemsetD32Async", stream, false, "memset", [&](Target &s) { return fill(s, to, value, count, "cuMemsetD32Async"); });
}
