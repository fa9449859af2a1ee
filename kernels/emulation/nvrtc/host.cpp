// Runs the host compiler on the wrapped source, in a folder of its own.
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../image.h"
#include "program.h"

extern char **environ;

namespace {

namespace fs = std::filesystem;

struct Folder {
    std::string path;
    Folder() {
        std::string pattern = std::string(setting("TMPDIR", "/tmp")) + "/soyaku-nvrtc-XXXXXX";
        if (mkdtemp(pattern.data())) path = pattern;
    }
    ~Folder() {
        std::error_code ignored;
        if (!path.empty()) fs::remove_all(path, ignored);
    }
};

bool write_file(const fs::path &path, const std::string &text) {
    std::error_code ignored;
    fs::create_directories(path.parent_path(), ignored);
    std::ofstream file(path, std::ios::binary);
    file << text;
    return static_cast<bool>(file.flush());
}

std::string read_file(const fs::path &path) {
    std::ifstream file(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
}

// Runs a command with its output in a file. A preloaded AddressSanitizer is for this process, not for the compiler.
bool run(const std::vector<std::string> &command, const std::string &output, std::string &log) {
    std::vector<char *> arguments, variables;
    for (const std::string &word : command) arguments.push_back(const_cast<char *>(word.c_str()));
    arguments.push_back(nullptr);
    for (char **variable = environ; *variable; variable++)
        if (std::strncmp(*variable, "LD_PRELOAD=", 11) != 0) variables.push_back(*variable);
    variables.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    posix_spawn_file_actions_adddup2(&actions, 1, 2);
    pid_t child = 0;
    int error = posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), variables.data());
    posix_spawn_file_actions_destroy(&actions);
    if (error) {
        log += command[0] + ": " + std::strerror(error) + "\n";
        return false;
    }
    int status = 0;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR) return false;
    log += read_file(output);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace

NvrtcResult compile(Program &program, const Options &options) {
    Folder folder;
    if (folder.path.empty()) return NVRTC_ERROR_INTERNAL_ERROR;
    for (const auto &header : program.headers)
        if (header.first.find("..") != std::string::npos || !write_file(fs::path(folder.path) / header.first, header.second))
            return NVRTC_ERROR_INTERNAL_ERROR;
    const std::string wrapper = folder.path + "/wrapper.cpp", object = folder.path + "/kernels.o", image = folder.path + "/kernels.so";
    if (!write_file(wrapper, wrap(program))) return NVRTC_ERROR_INTERNAL_ERROR;

    const std::string root = setting("SOYAKU_EMULATION_ROOT", SOYAKU_EMULATION_ROOT);
    const std::string mode = setting("SOYAKU_EMULATION_MODE", "address");
    const std::string cxx = setting("CXX", "c++");
    std::vector<std::string> command = {cxx, "@" + root + "/flags/" + mode, "-I", folder.path, "-I", root};
    command.insert(command.end(), options.arguments.begin(), options.arguments.end());
    command.push_back("-D__CUDA_ARCH__=" + std::to_string(options.architecture * 10));
    for (const char *word : {"-c", "-o"}) command.push_back(word);
    command.push_back(object);
    command.push_back(wrapper);
    if (!run(command, folder.path + "/log", program.log)) return NVRTC_ERROR_COMPILATION;
    if (!run({cxx, "-shared", "-Wl,-T," + root + "/flags/shared.ld", object, "-o", image}, folder.path + "/log", program.log)) return NVRTC_ERROR_COMPILATION;

    const std::string bytes = read_file(image);
    ImageHeader header = start_of_image();
    int major, minor;
    compiler_version(major, minor);
    header.architecture = static_cast<uint32_t>(options.architecture);
    header.specific = options.specific;
    header.compiler = static_cast<uint32_t>(major);
    header.sanitized = mode == "address";
    header.bytes = bytes.size();
    header.checksum = image_checksum(header, reinterpret_cast<const unsigned char *>(bytes.data()));
    program.cubin.assign(reinterpret_cast<const char *>(&header), sizeof header);
    program.cubin += bytes;
    return NVRTC_SUCCESS;
}
