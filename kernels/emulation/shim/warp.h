// Barriers and warp operations.
#pragma once

SOYAKU_SHIM void soyaku_syncthreads(SOYAKU_PLACE) { soyaku_emulation_barrier("__syncthreads", 0, file, line); }
SOYAKU_SHIM int soyaku_syncthreads_count(int predicate, SOYAKU_PLACE) {
    return (int)soyaku_emulation_barrier("__syncthreads_count", predicate, file, line).holding;
}
SOYAKU_SHIM int soyaku_syncthreads_and(int predicate, SOYAKU_PLACE) {
    soyaku_emulation_votes votes = soyaku_emulation_barrier("__syncthreads_and", predicate, file, line);
    return votes.holding == votes.live;
}
SOYAKU_SHIM int soyaku_syncthreads_or(int predicate, SOYAKU_PLACE) {
    return soyaku_emulation_barrier("__syncthreads_or", predicate, file, line).holding != 0;
}
#define __syncthreads soyaku_syncthreads
#define __syncthreads_count soyaku_syncthreads_count
#define __syncthreads_and soyaku_syncthreads_and
#define __syncthreads_or soyaku_syncthreads_or

SOYAKU_SHIM void __syncwarp(unsigned mask = 0xffffffffu, SOYAKU_PLACE) {
    soyaku_emulation_meet("__syncwarp", mask, SOYAKU_MEETING_ORDERS_MEMORY, 0, 0, file, line);
}

// A legal answer on any device: at least the calling lane.
SOYAKU_SHIM unsigned __activemask() { return 1u << soyaku_emulation_lane(); }

template <class T> SOYAKU_SHIM T soyaku_brought(const soyaku_emulation_meeting *meeting, unsigned lane,
                                                const char *operation, const char *file, int line) {
    if (!(meeting->arrived >> lane & 1)) {
        soyaku_emulation_fail(SOYAKU_EMULATION_BARRIER, operation, file, line);
    }
    T value;
    memcpy(&value, meeting->lane[lane].bytes, sizeof value);
    return value;
}

#define SOYAKU_SHUFFLE(name, source_expression, condition) \
    template <class T> SOYAKU_SHIM T name(unsigned mask, T value, unsigned by, int width = 32, SOYAKU_PLACE) { \
        static_assert(sizeof(T) == 4 || sizeof(T) == 8, "shuffles move words of 4 or 8 bytes"); \
        if (width < 1 || width > 32 || (width & (width - 1)) != 0) { \
            soyaku_emulation_fail(SOYAKU_EMULATION_BARRIER, #name ": the width is not a power of two up to 32", file, \
                                  line); \
        } \
        const auto *meeting = soyaku_emulation_meet(#name, mask, SOYAKU_MEETING_PLAIN, &value, sizeof value, file, line); \
        int lane = (int)soyaku_emulation_lane(), first = lane & ~(width - 1), last = first + width - 1; \
        (void)first, (void)last; \
        int source = source_expression; \
        if (!(condition)) source = lane; \
        return soyaku_brought<T>(meeting, (unsigned)source, #name " reads a lane that does not take part", file, line); \
    }
SOYAKU_SHUFFLE(__shfl_sync, first | ((int)by & (width - 1)), true)
SOYAKU_SHUFFLE(__shfl_up_sync, by > 31 ? -1 : lane - (int)by, source >= first)
SOYAKU_SHUFFLE(__shfl_down_sync, by > 31 ? 32 : lane + (int)by, source <= last)
SOYAKU_SHUFFLE(__shfl_xor_sync, lane ^ (int)(by & 31), source <= last)
#undef SOYAKU_SHUFFLE

// Calls f(lane, value) for each lane that took part, in order.
template <class T, class F> SOYAKU_SHIM void soyaku_for_lanes(const char *operation, unsigned mask, T value, F f,
                                                              const char *file, int line) {
    const auto *meeting =
        soyaku_emulation_meet(operation, mask, SOYAKU_MEETING_PLAIN, &value, sizeof value, file, line);
    for (unsigned lane = 0; lane < 32; ++lane) {
        if (meeting->arrived >> lane & 1) f(lane, soyaku_brought<T>(meeting, lane, operation, file, line));
    }
}

SOYAKU_SHIM unsigned __ballot_sync(unsigned mask, int predicate, SOYAKU_PLACE) {
    unsigned result = 0;
    soyaku_for_lanes("__ballot_sync", mask, predicate,
                     [&](unsigned lane, int p) __attribute__((no_sanitize("thread"))) {
                         if (p) result |= 1u << lane;
                     },
                     file, line);
    return result;
}
SOYAKU_SHIM int __any_sync(unsigned mask, int predicate, SOYAKU_PLACE) {
    int result = 0;
    soyaku_for_lanes("__any_sync", mask, predicate,
                     [&](unsigned, int p) __attribute__((no_sanitize("thread"))) { result |= p != 0; }, file, line);
    return result;
}
SOYAKU_SHIM int __all_sync(unsigned mask, int predicate, SOYAKU_PLACE) {
    int result = 1;
    soyaku_for_lanes("__all_sync", mask, predicate,
                     [&](unsigned, int p) __attribute__((no_sanitize("thread"))) { result &= p != 0; }, file, line);
    return result;
}
template <class T> SOYAKU_SHIM unsigned __match_any_sync(unsigned mask, T value, SOYAKU_PLACE) {
    unsigned result = 0;
    soyaku_for_lanes("__match_any_sync", mask, value,
                     [&](unsigned lane, T v) __attribute__((no_sanitize("thread"))) {
                         if (memcmp(&v, &value, sizeof v) == 0) result |= 1u << lane;
                     },
                     file, line);
    return result;
}
template <class T> SOYAKU_SHIM unsigned __match_all_sync(unsigned mask, T value, int *all, SOYAKU_PLACE) {
    unsigned result = 0;
    bool same = true;
    soyaku_for_lanes("__match_all_sync", mask, value,
                     [&](unsigned lane, T v) __attribute__((no_sanitize("thread"))) {
                         same &= memcmp(&v, &value, sizeof v) == 0;
                         result |= 1u << lane;
                     },
                     file, line);
    *all = same;
    return same ? result : 0;
}

// sm_80 and later, as on the device.
#if __CUDA_ARCH__ >= 800
#define SOYAKU_REDUCE(name, type, start, expression) \
    SOYAKU_SHIM type name(unsigned mask, type value, SOYAKU_PLACE) { \
        type total = start; \
        soyaku_for_lanes(#name, mask, value, \
                         [&](unsigned, type v) __attribute__((no_sanitize("thread"))) { total = expression; }, file, \
                         line); \
        return total; \
    }
SOYAKU_REDUCE(__reduce_add_sync, unsigned, 0, total + v)
SOYAKU_REDUCE(__reduce_add_sync, int, 0, (int)((unsigned)total + (unsigned)v))
SOYAKU_REDUCE(__reduce_min_sync, unsigned, value, v < total ? v : total)
SOYAKU_REDUCE(__reduce_min_sync, int, value, v < total ? v : total)
SOYAKU_REDUCE(__reduce_max_sync, unsigned, value, total < v ? v : total)
SOYAKU_REDUCE(__reduce_max_sync, int, value, total < v ? v : total)
SOYAKU_REDUCE(__reduce_and_sync, unsigned, ~0u, total & v)
SOYAKU_REDUCE(__reduce_or_sync, unsigned, 0, total | v)
SOYAKU_REDUCE(__reduce_xor_sync, unsigned, 0, total ^ v)
#undef SOYAKU_REDUCE
#endif
