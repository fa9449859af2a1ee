#include "source_line.h"

#include "state.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include <map>

namespace emulation {

// Asked once each: starting a program takes longer than a small launch.
static std::map<std::string, std::string> known;

void forget_source_lines() { known.clear(); }

// Characters that need no quoting in a shell.
static bool plain(const char *path) {
    for (const char *p = path; *p; ++p) {
        if (!strchr("/._-+=,", *p) && !(*p >= '0' && *p <= '9') && !((*p | 32) >= 'a' && (*p | 32) <= 'z')) return false;
    }
    return true;
}

std::string source_line(const void *return_address) {
    if (!return_address) return "";
    Dl_info module;
    if (!dladdr(return_address, &module) || !module.dli_fname) return text(" at %p", return_address);
    // One byte back: the call itself, not what follows it.
    size_t offset = (size_t)(static_cast<const char *>(return_address) - static_cast<const char *>(module.dli_fbase)) - 1;
    std::string &found = known[text("%s+%zx", module.dli_fname, offset)];
    if (found.empty() && plain(module.dli_fname)) {
        // The preloaded sanitizer would also be loaded into addr2line.
        std::string command = text("env -u LD_PRELOAD addr2line -s -e %s 0x%zx 2>/dev/null", module.dli_fname, offset);
        if (FILE *pipe = popen(command.c_str(), "r")) {
            char line[512];
            if (fgets(line, sizeof line, pipe) && line[0] != '?') {
                found = line;
                found.resize(strcspn(line, "\n"));
                size_t note = found.find(" (discriminator");
                if (note != std::string::npos) found.resize(note);
            }
            pclose(pipe);
        }
    }
    if (!found.empty()) return " at " + found;
    const char *base = strrchr(module.dli_fname, '/');
    return text(" at %s+0x%zx", base ? base + 1 : module.dli_fname, offset);
}

} // namespace emulation
