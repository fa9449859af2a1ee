// From a kernel to the descriptor that the driver finds by name.
#pragma once

// From the linker script flags/shared.ld.
extern "C" char soyaku_shared_begin[] __attribute__((visibility("hidden")));
extern "C" char soyaku_shared_end[] __attribute__((visibility("hidden")));

namespace soyaku_emulation {

template <class... T> struct Parameters {
    static constexpr unsigned count = sizeof...(T);
    static constexpr unsigned sizes[sizeof...(T) + 1] = {sizeof(T)..., 0};
};

template <unsigned... i> struct Indices {};
template <unsigned n, unsigned... i> struct Count : Count<n - 1, n - 1, i...> {};
template <unsigned... i> struct Count<0, i...> { using type = Indices<i...>; };

template <auto kernel> struct Trampoline;
template <class... T, void (*kernel)(T...)> struct Trampoline<kernel> {
    using Types = Parameters<T...>;

    template <unsigned... i> __attribute__((no_sanitize("thread")))
    static void unpack(void **arguments, Indices<i...>) {
        (void)arguments;
        kernel(*static_cast<T *>(arguments[i])...);
    }
    __attribute__((no_sanitize("thread"))) static void call(void **arguments) {
        unpack(arguments, typename Count<sizeof...(T)>::type());
    }
};

} // namespace soyaku_emulation

#ifdef __SANITIZE_THREAD__
#define SOYAKU_EMULATION_RACES 1
#else
#define SOYAKU_EMULATION_RACES 0
#endif

#define SOYAKU_EMULATION_ENTRY(kernel) \
    extern "C" __attribute__((visibility("default"))) const soyaku_emulation_kernel soyaku_emulation_kernel_##kernel; \
    const soyaku_emulation_kernel soyaku_emulation_kernel_##kernel = { \
        SOYAKU_EMULATION_VERSION, \
        #kernel, \
        &soyaku_emulation::Trampoline<&kernel>::call, \
        soyaku_emulation::Trampoline<&kernel>::Types::count, \
        soyaku_emulation::Trampoline<&kernel>::Types::sizes, \
        SOYAKU_EMULATION_RACES, \
        soyaku_shared_begin, \
        soyaku_shared_end, \
    };
