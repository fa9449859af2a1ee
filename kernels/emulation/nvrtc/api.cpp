// The C interface of libnvrtc.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <memory>
#include <mutex>
#include <set>

#include "program.h"

#define SOYAKU_API extern "C" __attribute__((visibility("default"))) int

const char *setting(const char *name, const char *otherwise) {
    const char *value = std::getenv(name);
    return value && *value ? value : otherwise;
}

void compiler_version(int &major, int &minor) {
    // Two may be in one process: by default each is of the generation that its file is named after.
    Dl_info self;
    bool next = dladdr(reinterpret_cast<void *>(&compiler_version), &self) && std::strstr(self.dli_fname, "libnvrtc.so.13");
    const char *text = setting("SOYAKU_EMULATED_NVRTC_VERSION", next ? "13.0" : "12.9");
    if (std::sscanf(text, "%d.%d", &major, &minor) != 2) {
        std::fprintf(stderr, "SOYAKU_EMULATED_NVRTC_VERSION: '%s' is not like 12.9\n", text);
        std::abort();
    }
}

const std::vector<int> &supported_architectures() {
    static const std::vector<int> twelve = {50, 52, 53, 60, 61, 62, 70, 72, 75, 80, 86, 87, 89, 90, 100, 101, 103, 120, 121};
    static const std::vector<int> thirteen = {75, 80, 86, 87, 88, 89, 90, 100, 103, 110, 120, 121};
    static const std::vector<int> eleven = {35, 37, 50, 52, 53, 60, 61, 62, 70, 72, 75, 80, 86, 87, 89, 90};
    int major, minor;
    compiler_version(major, minor);
    return major >= 13 ? thirteen : major == 12 ? twelve : eleven;
}

namespace {

std::mutex lock;

std::set<Program *> &programs() {
    static auto *all = new std::set<Program *>;
    return *all;
}

Program *find(Program *program) {
    std::lock_guard<std::mutex> guard(lock);
    return programs().count(program) ? program : nullptr;
}

// SOYAKU_EMULATED_NVRTC_FAULT=CODE: every compilation ends with that.
int injected() { return std::atoi(setting("SOYAKU_EMULATED_NVRTC_FAULT", "0")); }

}  // namespace

SOYAKU_API nvrtcVersion(int *major, int *minor) {
    if (!major || !minor) return NVRTC_ERROR_INVALID_INPUT;
    compiler_version(*major, *minor);
    return NVRTC_SUCCESS;
}

SOYAKU_API nvrtcGetNumSupportedArchs(int *count) {
    if (!count) return NVRTC_ERROR_INVALID_INPUT;
    *count = static_cast<int>(supported_architectures().size());
    return NVRTC_SUCCESS;
}

SOYAKU_API nvrtcGetSupportedArchs(int *list) {
    if (!list) return NVRTC_ERROR_INVALID_INPUT;
    for (int architecture : supported_architectures()) *list++ = architecture;
    return NVRTC_SUCCESS;
}

SOYAKU_API nvrtcCreateProgram(Program **handle, const char *source, const char *name, int count, const char *const *headers,
                              const char *const *names) {
    if (!handle || !source || count < 0 || (count > 0 && (!headers || !names))) return NVRTC_ERROR_INVALID_INPUT;
    auto program = std::make_unique<Program>();
    program->source = source;
    program->name = name && *name ? name : "default_program";
    for (int i = 0; i < count; i++) program->headers[names[i]] = headers[i];
    std::lock_guard<std::mutex> guard(lock);
    *handle = program.get();
    programs().insert(program.release());
    return NVRTC_SUCCESS;
}

SOYAKU_API nvrtcDestroyProgram(Program **handle) {
    if (!handle || !find(*handle)) return NVRTC_ERROR_INVALID_PROGRAM;
    std::lock_guard<std::mutex> guard(lock);
    programs().erase(*handle);
    delete *handle;
    *handle = nullptr;
    return NVRTC_SUCCESS;
}

SOYAKU_API nvrtcCompileProgram(Program *handle, int count, const char *const *options) {
    Program *program = find(handle);
    if (!program) return NVRTC_ERROR_INVALID_PROGRAM;
    if (count < 0 || (count > 0 && !options)) return NVRTC_ERROR_INVALID_INPUT;
    program->log.clear();
    program->cubin.clear();
    if (int fault = injected()) return fault;
    Options read;
    // What NVRTC assumes without --gpu-architecture.
    read.architecture = supported_architectures().front() < 52 ? 52 : supported_architectures().front();
    if (!read_options(count, options, read, program->log)) return NVRTC_ERROR_INVALID_OPTION;
    return compile(*program, read);
}

SOYAKU_API nvrtcGetCUBINSize(Program *handle, size_t *size) {
    Program *program = find(handle);
    if (!program) return NVRTC_ERROR_INVALID_PROGRAM;
    if (!size) return NVRTC_ERROR_INVALID_INPUT;
    *size = program->cubin.size();
    return NVRTC_SUCCESS;
}

SOYAKU_API nvrtcGetCUBIN(Program *handle, char *bytes) {
    Program *program = find(handle);
    if (!program || program->cubin.empty()) return NVRTC_ERROR_INVALID_PROGRAM;
    if (!bytes) return NVRTC_ERROR_INVALID_INPUT;
    std::memcpy(bytes, program->cubin.data(), program->cubin.size());
    return NVRTC_SUCCESS;
}

SOYAKU_API nvrtcGetProgramLogSize(Program *handle, size_t *size) {
    Program *program = find(handle);
    if (!program) return NVRTC_ERROR_INVALID_PROGRAM;
    if (!size) return NVRTC_ERROR_INVALID_INPUT;
    *size = program->log.size() + 1;
    return NVRTC_SUCCESS;
}

SOYAKU_API nvrtcGetProgramLog(Program *handle, char *text) {
    Program *program = find(handle);
    if (!program) return NVRTC_ERROR_INVALID_PROGRAM;
    if (!text) return NVRTC_ERROR_INVALID_INPUT;
    std::memcpy(text, program->log.c_str(), program->log.size() + 1);
    return NVRTC_SUCCESS;
}

extern "C" __attribute__((visibility("default"))) const char *nvrtcGetErrorString(int result) {
    switch (result) {
        case NVRTC_SUCCESS: return "NVRTC_SUCCESS";
        case NVRTC_ERROR_OUT_OF_MEMORY: return "NVRTC_ERROR_OUT_OF_MEMORY";
        case NVRTC_ERROR_PROGRAM_CREATION_FAILURE: return "NVRTC_ERROR_PROGRAM_CREATION_FAILURE";
        case NVRTC_ERROR_INVALID_INPUT: return "NVRTC_ERROR_INVALID_INPUT";
        case NVRTC_ERROR_INVALID_PROGRAM: return "NVRTC_ERROR_INVALID_PROGRAM";
        case NVRTC_ERROR_INVALID_OPTION: return "NVRTC_ERROR_INVALID_OPTION";
        case NVRTC_ERROR_COMPILATION: return "NVRTC_ERROR_COMPILATION";
        case NVRTC_ERROR_INTERNAL_ERROR: return "NVRTC_ERROR_INTERNAL_ERROR";
        default: return "NVRTC_ERROR unknown";
    }
}
