// Loads and stores with cache hints, fences, atomics.
#pragma once

// Plain accesses here: both AddressSanitizer and the race detector see them.
template <class T> static inline __attribute__((unused)) T __ldg(const T *p) { return *p; }
template <class T> static inline __attribute__((unused)) T __ldca(const T *p) { return *p; }
template <class T> static inline __attribute__((unused)) T __ldcg(const T *p) { return *p; }
template <class T> static inline __attribute__((unused)) T __ldcs(const T *p) { return *p; }
template <class T> static inline __attribute__((unused)) T __ldlu(const T *p) { return *p; }
template <class T> static inline __attribute__((unused)) void __stwb(T *p, T value) { *p = value; }
template <class T> static inline __attribute__((unused)) void __stcg(T *p, T value) { *p = value; }
template <class T> static inline __attribute__((unused)) void __stcs(T *p, T value) { *p = value; }
template <class T> static inline __attribute__((unused)) void __stwt(T *p, T value) { *p = value; }

SOYAKU_SHIM void __threadfence() { soyaku_emulation_fence(); }
SOYAKU_SHIM void __threadfence_system() { soyaku_emulation_fence(); }
SOYAKU_SHIM void __threadfence_block() {}

// The engine is told first and may let other threads run; then the operation is one step.
template <class T, class Change> SOYAKU_SHIM T soyaku_atomic(T *address, Change change) {
    soyaku_emulation_atomic(address, sizeof(T));
    T old = *address;
    *address = change(old);
    return old;
}

// Those of soyaku.cuh.
template <class T> SOYAKU_SHIM T load_relaxed(const T *address) {
    soyaku_emulation_atomic_read(address, sizeof(T));
    return *address;
}

#define SOYAKU_ATOMIC(name, type, expression) \
    SOYAKU_SHIM type name(type *address, type value) { \
        return soyaku_atomic(address, [value](type old) -> type { (void)old; return expression; }); \
    }
#define SOYAKU_ATOMIC_WORDS(name, expression) \
    SOYAKU_ATOMIC(name, int, expression) \
    SOYAKU_ATOMIC(name, unsigned, expression) \
    SOYAKU_ATOMIC(name, unsigned long long, expression)

SOYAKU_ATOMIC(atomicAdd, int, (int)((unsigned)old + (unsigned)value))
SOYAKU_ATOMIC(atomicAdd, unsigned, old + value)
SOYAKU_ATOMIC(atomicAdd, unsigned long long, old + value)
SOYAKU_ATOMIC(atomicAdd, float, old + value)
SOYAKU_ATOMIC(atomicAdd, double, old + value)
SOYAKU_ATOMIC(atomicSub, int, (int)((unsigned)old - (unsigned)value))
SOYAKU_ATOMIC(atomicSub, unsigned, old - value)
SOYAKU_ATOMIC_WORDS(atomicExch, value)
SOYAKU_ATOMIC(atomicExch, float, value)
SOYAKU_ATOMIC_WORDS(atomicMin, value < old ? value : old)
SOYAKU_ATOMIC(atomicMin, long long, value < old ? value : old)
SOYAKU_ATOMIC_WORDS(atomicMax, old < value ? value : old)
SOYAKU_ATOMIC(atomicMax, long long, old < value ? value : old)
SOYAKU_ATOMIC_WORDS(atomicAnd, old & value)
SOYAKU_ATOMIC_WORDS(atomicOr, old | value)
SOYAKU_ATOMIC_WORDS(atomicXor, old ^ value)
SOYAKU_ATOMIC(atomicInc, unsigned, old >= value ? 0 : old + 1)
SOYAKU_ATOMIC(atomicDec, unsigned, (old == 0 || old > value) ? value : old - 1)
#undef SOYAKU_ATOMIC
#undef SOYAKU_ATOMIC_WORDS

#define SOYAKU_ATOMIC_CAS(type) \
    SOYAKU_SHIM type atomicCAS(type *address, type expected, type value) { \
        return soyaku_atomic(address, [=](type old) -> type { return old == expected ? value : old; }); \
    }
SOYAKU_ATOMIC_CAS(int)
SOYAKU_ATOMIC_CAS(unsigned)
SOYAKU_ATOMIC_CAS(unsigned short)
SOYAKU_ATOMIC_CAS(unsigned long long)
#undef SOYAKU_ATOMIC_CAS
