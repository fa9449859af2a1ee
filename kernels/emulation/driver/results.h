// CUDA's result codes, as the driver API's documentation numbers them. `RESULTS` has those that this driver returns
// or may be told to return; any other number can be injected as well and is then named "unknown".
#pragma once

#define SOYAKU_RESULTS(X) \
    X(SUCCESS, 0, "no error") \
    X(INVALID_VALUE, 1, "invalid argument") \
    X(OUT_OF_MEMORY, 2, "out of memory") \
    X(NOT_INITIALIZED, 3, "initialization error") \
    X(DEINITIALIZED, 4, "driver shutting down") \
    X(STUB_LIBRARY, 34, "CUDA driver is a stub library") \
    X(DEVICE_UNAVAILABLE, 46, "CUDA-capable device(s) is/are busy or unavailable") \
    X(NO_DEVICE, 100, "no CUDA-capable device is detected") \
    X(INVALID_DEVICE, 101, "invalid device ordinal") \
    X(INVALID_IMAGE, 200, "device kernel image is invalid") \
    X(INVALID_CONTEXT, 201, "invalid device context") \
    X(NO_BINARY_FOR_GPU, 209, "no kernel image is available for execution on the device") \
    X(ECC_UNCORRECTABLE, 214, "uncorrectable ECC error encountered") \
    X(INVALID_PTX, 218, "a PTX JIT compilation failed") \
    X(NVLINK_UNCORRECTABLE, 220, "uncorrectable NVLink error detected during the execution") \
    X(UNSUPPORTED_PTX_VERSION, 222, "the provided PTX was compiled with an unsupported toolchain.") \
    X(OPERATING_SYSTEM, 304, "OS call failed or operation not supported on this OS") \
    X(INVALID_HANDLE, 400, "invalid resource handle") \
    X(NOT_FOUND, 500, "named symbol not found") \
    X(NOT_READY, 600, "device not ready") \
    X(ILLEGAL_ADDRESS, 700, "an illegal memory access was encountered") \
    X(LAUNCH_OUT_OF_RESOURCES, 701, "too many resources requested for launch") \
    X(LAUNCH_TIMEOUT, 702, "the launch timed out and was terminated") \
    X(CONTEXT_IS_DESTROYED, 709, "context is destroyed") \
    X(ASSERT, 710, "device-side assert triggered") \
    X(HARDWARE_STACK_ERROR, 714, "hardware stack error") \
    X(ILLEGAL_INSTRUCTION, 715, "an illegal instruction was encountered") \
    X(MISALIGNED_ADDRESS, 716, "misaligned address") \
    X(INVALID_ADDRESS_SPACE, 717, "operation not supported on global/shared address space") \
    X(INVALID_PC, 718, "invalid program counter") \
    X(LAUNCH_FAILED, 719, "unspecified launch failure") \
    X(NOT_PERMITTED, 800, "operation not permitted") \
    X(NOT_SUPPORTED, 801, "operation not supported") \
    X(SYSTEM_NOT_READY, 802, "system not yet initialized") \
    X(SYSTEM_DRIVER_MISMATCH, 803, "system has unsupported display driver / cuda driver combination") \
    X(STREAM_CAPTURE_UNSUPPORTED, 900, "operation not permitted when stream is capturing") \
    X(STREAM_CAPTURE_INVALIDATED, 901, "operation failed due to a previous error during capture") \
    X(UNKNOWN, 999, "unknown error")

enum Result : int {
#define SOYAKU_RESULT(name, code, text) name = code,
    SOYAKU_RESULTS(SOYAKU_RESULT)
#undef SOYAKU_RESULT
};

// Errors after which the context answers nothing else until the process ends.
inline bool is_sticky(int code) {
    return code == ECC_UNCORRECTABLE || code == NVLINK_UNCORRECTABLE || code == ILLEGAL_ADDRESS || code == LAUNCH_TIMEOUT ||
           code == ASSERT || (code >= HARDWARE_STACK_ERROR && code <= LAUNCH_FAILED);
}
