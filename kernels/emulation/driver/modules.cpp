// Modules: the image is checked as the real driver checks it, written to a file in memory and opened.
#include "modules.h"

#include <cstdio>
#include <cstring>
#include <dlfcn.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../image.h"

namespace {

std::map<void *, std::unique_ptr<Module>> &modules() {
    static auto *all = new std::map<void *, std::unique_ptr<Module>>;
    return *all;
}

// Whether the device can run it: a binary is for its own major version and for minor versions from its own on.
Result fits(const ImageHeader &header) {
    int major, minor;
    capability(major, minor);
    uint32_t here = static_cast<uint32_t>(major * 10 + minor);
    if (header.specific ? header.architecture != here : header.architecture / 10 != here / 10 || header.architecture > here)
        return NO_BINARY_FOR_GPU;
    // Binaries of a later major version of the compiler have a form that this driver does not know.
    if (static_cast<int>(header.compiler) > driver_version() / 1000) return INVALID_IMAGE;
    return SUCCESS;
}

Result check(const unsigned char *image, ImageHeader &header) {
    static const char ptx[] = ".version";
    if (std::strncmp(reinterpret_cast<const char *>(image), ptx, sizeof ptx - 1) == 0) return INVALID_PTX;
    // The image has no length: what the header says holds only once its magic is right. memcmp byte by byte from the
    // start, so that a short image is not read beyond its end.
    ImageHeader expected = start_of_image();
    size_t fixed = offsetof(ImageHeader, architecture);
    for (size_t i = 0; i < fixed; i++)
        if (image[i] != reinterpret_cast<unsigned char *>(&expected)[i]) return INVALID_IMAGE;
    std::memcpy(&header, image, sizeof header);
    if (image_checksum(header, image + sizeof header) != header.checksum) return INVALID_IMAGE;
    return fits(header);
}

Result open_module(Module &module, const unsigned char *image) {
    ImageHeader header;
    if (Result result = check(image, header)) return result;
    if (header.sanitized && !dlsym(RTLD_DEFAULT, "__asan_init")) {
        diagnose("the kernels were compiled with AddressSanitizer, and this process was started without LD_PRELOAD=libasan.so");
        return NOT_SUPPORTED;
    }
    module.file = memfd_create("kernels", MFD_CLOEXEC);
    if (module.file < 0) return OPERATING_SYSTEM;
    const unsigned char *rest = image + sizeof header;
    for (uint64_t left = header.bytes; left > 0;) {
        ssize_t written = write(module.file, rest, left);
        if (written <= 0) return OPERATING_SYSTEM;
        rest += written;
        left -= static_cast<uint64_t>(written);
    }
    char path[64], message[1024] = "";
    std::snprintf(path, sizeof path, "/proc/%ld/fd/%d", static_cast<long>(getpid()), module.file);
    module.handle = soyaku_emulation_load(path, message, sizeof message);
    if (!module.handle) {
        diagnose("%s", message);
        return INVALID_IMAGE;
    }
    module.context = current();
    module.architecture = static_cast<int>(header.architecture);
    return SUCCESS;
}

void close_module(Module &module) {
    if (module.handle) dlclose(module.handle);
    if (module.file >= 0) close(module.file);
}

Result load(void **handle, const void *image) {
    if (!handle || !image) return INVALID_VALUE;
    auto module = std::make_unique<Module>();
    Result result = open_module(*module, static_cast<const unsigned char *>(image));
    if (result) {
        close_module(*module);
        return result;
    }
    *handle = module.get();
    modules()[module.get()] = std::move(module);
    return SUCCESS;
}

std::unique_ptr<Function> describe(Module &module, const char *name) {
    char message[1024] = "";
    const soyaku_emulation_kernel *kernel = soyaku_emulation_find(module.handle, name, message, sizeof message);
    if (!kernel) return nullptr;
    auto function = std::make_unique<Function>();
    function->module = &module;
    function->kernel = kernel;
    std::string bounds = std::string("soyaku_emulation_bounds_") + name;
    if (void *value = dlsym(module.handle, bounds.c_str())) function->threads_at_most = *static_cast<const int *>(value);
    std::string pointers = std::string("soyaku_emulation_pointers_") + name;
    if (void *value = dlsym(module.handle, pointers.c_str())) function->pointers = *static_cast<const unsigned long long *>(value);
    // Not known here: the distance from shared_begin to shared_end is that of all kernels of the module, and of red
    // zones. Better none than a launch that is refused in error; the compile matrix knows the real figure.
    function->static_shared = 0;
    return function;
}

}  // namespace

Function *find_function(void *handle) {
    for (auto &module : modules())
        for (auto &function : module.second->functions)
            if (function.second.get() == handle) return function.second.get();
    return nullptr;
}

void unload_all(Context &context) {
    for (auto entry = modules().begin(); entry != modules().end();) {
        if (entry->second->context != &context) {
            ++entry;
            continue;
        }
        close_module(*entry->second);
        entry = modules().erase(entry);
    }
}

SOYAKU_API cuModuleLoadData(void **handle, const void *image) {
    return enter("cuModuleLoadData", "module", CONTEXT, [&] { return load(handle, image); });
}

SOYAKU_API cuModuleLoadDataEx(void **handle, const void *image, unsigned, int *, void **) {
    return enter("cuModuleLoadDataEx", "module", CONTEXT, [&] { return load(handle, image); });
}

SOYAKU_API cuModuleUnload(void *handle) {
    return enter("cuModuleUnload", nullptr, CONTEXT, [&] {
        auto found = modules().find(handle);
        if (found == modules().end()) return INVALID_HANDLE;
        // What still runs of it runs to its end first.
        run_all(*current());
        close_module(*found->second);
        modules().erase(found);
        return SUCCESS;
    });
}

SOYAKU_API cuModuleGetFunction(void **handle, void *module_handle, const char *name) {
    return enter("cuModuleGetFunction", nullptr, CONTEXT, [&] {
        auto found = modules().find(module_handle);
        if (found == modules().end()) return INVALID_HANDLE;
        if (!handle || !name) return INVALID_VALUE;
        std::unique_ptr<Function> &function = found->second->functions[name];
        if (!function) function = describe(*found->second, name);
        if (!function) {
            found->second->functions.erase(name);
            return NOT_FOUND;
        }
        *handle = function.get();
        return SUCCESS;
    });
}
