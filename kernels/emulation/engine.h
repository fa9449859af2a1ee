// The emulated device's engine: what the fake driver calls, and what a kernel compiled as host C++ is made of.
//
// A kernel source is compiled like this (the fake NVRTC writes the wrapper; flags/ holds one response file per mode):
//
//     #include "cuda_names.h"
//     namespace {                       // what is static in an inline function or template stays in this module
//     #line 1 "tanimoto/tanimoto.cu"
//     ...the source...
//     }
//     SOYAKU_EMULATION_ENTRY(tanimoto_scan)      // one for each extern "C" __global__
//
//     c++ @flags/address -I kernels/emulation -I kernels/include -c wrapper.cpp -o wrapper.o
//     c++ -shared -Wl,-T,kernels/emulation/flags/shared.ld wrapper.o -o module.so
//
// No -fsanitize in the second: what is undefined is found when the module is loaded.
//
// `SOYAKU_EMULATION_ENTRY(name)` exports a descriptor, `soyaku_emulation_kernel_name`, that is all the driver needs.
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SOYAKU_EMULATION_VERSION 2

typedef struct { unsigned x, y, z; } soyaku_emulation_dim3;

// A kernel of a loaded module.
typedef struct {
    unsigned version;                     // SOYAKU_EMULATION_VERSION
    const char *name;
    void (*trampoline)(void **arguments); // calls the kernel with *(T0 *)arguments[0], *(T1 *)arguments[1], ...
    unsigned parameters;                  // how many
    const unsigned *parameter_sizes;      // bytes of each
    unsigned races;                       // 1: compiled with flags/race
    char *shared_begin, *shared_end;      // static shared memory of the whole module (with red zones under ASan)
} soyaku_emulation_kernel;

// What a launch ended with.
enum {
    SOYAKU_EMULATION_OK = 0,
    SOYAKU_EMULATION_BAD_LAUNCH = 1, // sizes that no device accepts: nothing ran             (CUDA_ERROR_INVALID_VALUE)
    SOYAKU_EMULATION_TRAP = 2,       // __trap()                            (CUDA_ERROR_ILLEGAL_INSTRUCTION / LAUNCH_FAILED)
    SOYAKU_EMULATION_ASSERT = 3,     // assert() in a kernel                                          (CUDA_ERROR_ASSERT)
    SOYAKU_EMULATION_BARRIER = 4,    // a barrier or warp operation that not all reach                (a hang on a device)
    SOYAKU_EMULATION_RACE = 5,       // race mode: two threads at one address, or shared memory read before written
    SOYAKU_EMULATION_MISALIGNED = 6, // an access not aligned to its size                 (CUDA_ERROR_MISALIGNED_ADDRESS)
    SOYAKU_EMULATION_UNDEFINED = 7,  // shift by 32 or more, index outside a declared array, ...
};

// Loads a module (dlopen). Makes the engine's own symbols visible to it first, however the engine itself was loaded.
// A file that is loaded twice gives the same module, as dlopen does: copy it first. Null and a message on failure.
void *soyaku_emulation_load(const char *path, char *message, size_t message_size);

// The descriptor of a kernel in a loaded module; null and a message if there is none or it is of another version.
const soyaku_emulation_kernel *soyaku_emulation_find(void *module, const char *name, char *message, size_t message_size);

// Runs a kernel to its end. `arguments` as in cuLaunchKernel: pointers to the values; they are copied before anything
// runs. Returns one of the above; `message` (never null-terminated beyond message_size) says what, in which kernel,
// block and thread, and with which seed. Launches of several threads wait for each other. Never kills the process, except that
// AddressSanitizer aborts on what it finds.
int soyaku_emulation_launch(const soyaku_emulation_kernel *kernel, void **arguments, soyaku_emulation_dim3 grid,
                            soyaku_emulation_dim3 block, size_t dynamic_shared, char *message, size_t message_size);

// Environment, read at each launch:
//   SOYAKU_EMULATION_SEED     order of threads and blocks; 0: in order of their numbers; unset: 1.
//   SOYAKU_EMULATION_SECONDS  a launch that takes longer ends the process, with a message; 0: none; unset: 600.

#ifdef __cplusplus
}
#endif
