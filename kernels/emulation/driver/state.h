// What the emulated driver keeps: devices, contexts, streams, memory. One lock guards all of it; kernels run under it
// too, one after another. That is slow and simple, and it is what a test wants.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "results.h"

#define SOYAKU_API extern "C" __attribute__((visibility("default"))) int

struct Context;
struct Graph;

using Work = std::function<Result()>;

// Work in the order it was given. Positions count what was put in since the stream was made, so "all before me" is a
// number, and work that waits for another stream runs that stream up to a number.
struct Stream {
    Context *context = nullptr;
    bool blocking = false;  // whether it is ordered with the legacy default stream
    std::deque<Work> queue;
    uint64_t submitted = 0;
    uint64_t done = 0;
    std::shared_ptr<Graph> capture;
};

struct Event {
    Context *context = nullptr;
    std::shared_ptr<Stream> stream;  // null: never recorded
    uint64_t position = 0;
    double milliseconds = 0;
    bool timed = true;
    bool asked = false;  // a query was answered "not ready" before
};

struct Device {
    std::string name;
    std::string uuid_text;  // "GPU-..." or "MIG-..."
    unsigned char uuid[16] = {};
    int physical = 0;
    size_t memory = 0;
    size_t used = 0;
    Context *primary = nullptr;
    unsigned retained = 0;
    Result sticky = SUCCESS;
};

struct Context {
    Device *device = nullptr;
    unsigned flags = 0;
    std::shared_ptr<Stream> legacy;
    std::shared_ptr<Stream> per_thread;
    std::map<Stream *, std::shared_ptr<Stream>> streams;  // every stream of the context, the two above among them
};

struct State {
    std::recursive_mutex lock;
    bool initialised = false;
    bool lazy = false;
    std::deque<Device> devices;  // those that CUDA_VISIBLE_DEVICES lets through, in its order
    std::set<Context *> contexts;
    std::map<Event *, std::shared_ptr<Event>> events;
};

State &state();

// The context current to this thread; null without one.
Context *&current();

// Says on standard error what a caller did wrong: the codes of the API alone do not tell.
void diagnose(const char *format, ...) __attribute__((format(printf, 1, 2)));

const char *setting(const char *name, const char *otherwise);

// Loads the devices that the environment describes and hides those it hides.
std::deque<Device> visible_devices();
void capability(int &major, int &minor);
int driver_version();
int multiprocessors();
int shared_memory_per_block_at_most();

// What SOYAKU_EMULATED_FAULT asks of this call. `group` is its second name ("alloc", "memcpy", ...), or null.
Result injected(const char *entry, const char *group);

// streams.cpp
std::shared_ptr<Stream> find_stream(Context &context, void *handle);
Result submit(const std::shared_ptr<Stream> &stream, Work work);
void run_until(Stream &stream, uint64_t position);
void run_all(Context &context);
inline void run_all(Stream &stream) { run_until(stream, stream.submitted); }
Result after(Context &context, Result result);  // the result, or the sticky error which the work has left

// memory.cpp
struct Allocation {
    uintptr_t address = 0;
    size_t bytes = 0;
    Device *device = nullptr;
    bool usable = false;   // stream-ordered memory is usable once the stream got there
    bool released = false; // given back in stream order, and the stream has not got there
};
Allocation *find_allocation(uintptr_t address, size_t bytes);
bool pinned(const void *pointer);
Result valid_host(const void *pointer, size_t bytes, const char *entry);
void release_all(Device &device);

// modules.cpp
void unload_all(Context &context);

enum Needs { NOTHING, INITIALISED, CONTEXT };

// Every entry point: the lock, what it needs, what is injected, what is sticky.
template <class Body>
int enter(const char *entry, const char *group, Needs needs, Body body) {
    std::lock_guard<std::recursive_mutex> guard(state().lock);
    Context *context = current();
    if (needs >= INITIALISED && !state().initialised) return NOT_INITIALIZED;
    if (needs >= CONTEXT) {
        if (!context || !state().contexts.count(context)) return INVALID_CONTEXT;
        if (context->device->sticky) return context->device->sticky;
    }
    if (Result fault = injected(entry, group)) {
        if (is_sticky(fault) && context) context->device->sticky = fault;
        return fault;
    }
    try {
        return body();
    } catch (const std::bad_alloc &) {
        return OUT_OF_MEMORY;
    }
}

SOYAKU_API cuDeviceGetAttribute(int *value, int which, int device);
