// NVRTC's options. Those that only a device's code has are accepted and have no effect; unknown ones are refused, so
// that a misspelt one shows here and not on the first real GPU.
#include <cstdlib>
#include <cstring>

#include "program.h"

namespace {

bool starts(const std::string &text, const char *with) { return text.rfind(with, 0) == 0; }

const char *const WITHOUT_EFFECT[] = {
    "--fmad=", "-fmad=", "--use_fast_math", "-use_fast_math", "--ftz=", "-ftz=", "--prec-div=", "-prec-div=",
    "--prec-sqrt=", "-prec-sqrt=", "--maxrregcount=", "-maxrregcount=", "--std=", "-std=", "--device-as-default-execution-space",
    "-default-device", "--generate-line-info", "-lineinfo", "--extra-device-vectorization", "--restrict", "-restrict",
    "--disable-warnings", "-w", "--ptxas-options", "-Xptxas", "--dopt=", "--relocatable-device-code=false",
    "--builtin-move-forward=", "--builtin-initializer-list=", "--split-compile=", "--minimal", "-minimal",
    "--no-source-include", "--no-cache", "--diag-suppress=", "-diag-suppress=", "--diag-error=", "-diag-error=",
};

bool architecture(const std::string &text, Options &options, std::string &log) {
    const char *digits = text.c_str() + 3;
    char *end = nullptr;
    options.architecture = static_cast<int>(std::strtol(digits, &end, 10));
    options.specific = *end == 'a';
    if (starts(text, "sm_") && end != digits && (*end == 0 || std::strcmp(end, "a") == 0))
        for (int supported : supported_architectures())
            if (supported == options.architecture) return true;
    log += "nvrtc: error: invalid value for --gpu-architecture (-arch)\n";
    return false;
}

}  // namespace

bool read_options(int count, const char *const *texts, Options &options, std::string &log) {
    for (int i = 0; i < count; i++) {
        std::string text = texts[i];
        auto next = [&] { return i + 1 < count ? std::string(texts[++i]) : std::string(); };
        bool known = false;
        for (const char *prefix : {"--gpu-architecture=", "-arch="})
            if (starts(text, prefix)) {
                if (!architecture(text.substr(std::strlen(prefix)), options, log)) return false;
                known = true;
            }
        if (text == "-arch" || text == "--gpu-architecture") {
            if (!architecture(next(), options, log)) return false;
            known = true;
        }
        for (const char *prefix : {"-D", "-I", "--define-macro=", "--include-path="})
            if (starts(text, prefix)) {
                std::string letter = text[1] == '-' ? (text[2] == 'd' ? "-D" : "-I") : text.substr(0, 2);
                std::string value = text.substr(std::strlen(prefix));
                options.arguments.push_back(letter + (value.empty() ? next() : value));
                known = true;
            }
        for (const char *prefix : WITHOUT_EFFECT) {
            size_t length = std::strlen(prefix);
            bool takes_more = std::strcmp(prefix, "--ptxas-options") == 0 || std::strcmp(prefix, "-Xptxas") == 0;
            if (takes_more && text == prefix) {
                next();
                known = true;
            } else if (takes_more || prefix[length - 1] == '=' ? starts(text, prefix) : text == prefix) {
                known = true;
            }
        }
        if (!known) {
            log += "nvrtc: error: unrecognized option " + text + " found\n";
            return false;
        }
    }
    return true;
}
