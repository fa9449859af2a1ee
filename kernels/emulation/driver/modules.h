// Loaded modules and their functions.
#pragma once

#include "../engine.h"
#include "state.h"

struct Module;

struct Function {
    Module *module = nullptr;
    const soyaku_emulation_kernel *kernel = nullptr;
    int threads_at_most = 1024;         // __launch_bounds__
    unsigned long long pointers = 0;    // bit i: parameter i is a pointer
    int dynamic_shared_at_most = 49152;
    int static_shared = 0;
};

struct Module {
    Context *context = nullptr;
    void *handle = nullptr;
    int file = -1;
    int architecture = 0;
    std::map<std::string, std::unique_ptr<Function>> functions;
};

// Null unless it is a function of a module that is loaded.
Function *find_function(void *handle);
