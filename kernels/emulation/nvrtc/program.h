// A program being compiled by the fake NVRTC.
#pragma once

#include <map>
#include <string>
#include <vector>

enum NvrtcResult : int {
    NVRTC_SUCCESS = 0,
    NVRTC_ERROR_OUT_OF_MEMORY = 1,
    NVRTC_ERROR_PROGRAM_CREATION_FAILURE = 2,
    NVRTC_ERROR_INVALID_INPUT = 3,
    NVRTC_ERROR_INVALID_PROGRAM = 4,
    NVRTC_ERROR_INVALID_OPTION = 5,
    NVRTC_ERROR_COMPILATION = 6,
    NVRTC_ERROR_INTERNAL_ERROR = 11,
};

struct Program {
    std::string name;
    std::string source;
    std::map<std::string, std::string> headers;
    std::string log;
    std::string cubin;
};

struct Options {
    int architecture = 0;  // 90 for sm_90
    bool specific = false; // sm_90a
    std::vector<std::string> arguments;  // -D and -I, for the host compiler
};

const char *setting(const char *name, const char *otherwise);
void compiler_version(int &major, int &minor);
const std::vector<int> &supported_architectures();

// options.cpp: false and a line in the log for an option that NVRTC does not know.
bool read_options(int count, const char *const *texts, Options &options, std::string &log);

// wrapper.cpp: the source as the host compiler gets it.
std::string wrap(const Program &program);

// host.cpp: runs the host compiler; the CUBIN and the log are put into the program.
NvrtcResult compile(Program &program, const Options &options);
