// Primary contexts: retained per device, current per thread.
#include "streams.h"

namespace {

Context *make_context(Device &device) {
    Context *context = new Context;
    context->device = &device;
    for (std::shared_ptr<Stream> *slot : {&context->legacy, &context->per_thread}) {
        *slot = std::make_shared<Stream>();
        (*slot)->context = context;
        (*slot)->blocking = true;
        context->streams[slot->get()] = *slot;
    }
    state().contexts.insert(context);
    return context;
}

// Everything that belongs to the context goes with it. The context itself stays allocated, so that a handle used too
// late is recognised and not reused.
void destroy_context(Context *context) {
    run_all(*context);
    unload_all(*context);
    release_all(*context->device);
    for (auto event = state().events.begin(); event != state().events.end();)
        event = event->second->context == context ? state().events.erase(event) : std::next(event);
    context->streams.clear();
    state().contexts.erase(context);
}

Device *device_at(int ordinal) {
    if (ordinal < 0 || ordinal >= static_cast<int>(state().devices.size())) return nullptr;
    return &state().devices[static_cast<size_t>(ordinal)];
}

}  // namespace

SOYAKU_API cuDevicePrimaryCtxRetain(Context **context, int ordinal) {
    return enter("cuDevicePrimaryCtxRetain", nullptr, INITIALISED, [&] {
        Device *device = device_at(ordinal);
        if (!device) return INVALID_DEVICE;
        if (!context) return INVALID_VALUE;
        if (!device->primary) device->primary = make_context(*device);
        device->retained += 1;
        *context = device->primary;
        return SUCCESS;
    });
}

SOYAKU_API cuDevicePrimaryCtxRelease_v2(int ordinal) {
    return enter("cuDevicePrimaryCtxRelease_v2", nullptr, INITIALISED, [&] {
        Device *device = device_at(ordinal);
        if (!device) return INVALID_DEVICE;
        if (device->retained == 0) return INVALID_CONTEXT;
        device->retained -= 1;
        if (device->retained == 0) {
            destroy_context(device->primary);
            device->primary = nullptr;
        }
        return SUCCESS;
    });
}

SOYAKU_API cuDevicePrimaryCtxGetState(int ordinal, unsigned *flags, int *active) {
    return enter("cuDevicePrimaryCtxGetState", nullptr, INITIALISED, [&] {
        Device *device = device_at(ordinal);
        if (!device) return INVALID_DEVICE;
        if (flags) *flags = device->primary ? device->primary->flags : 0;
        if (active) *active = device->primary != nullptr;
        return SUCCESS;
    });
}

SOYAKU_API cuCtxSetCurrent(Context *context) {
    return enter("cuCtxSetCurrent", nullptr, INITIALISED, [&] {
        if (context && !state().contexts.count(context)) return INVALID_CONTEXT;
        current() = context;
        return SUCCESS;
    });
}

SOYAKU_API cuCtxGetCurrent(Context **context) {
    return enter("cuCtxGetCurrent", nullptr, INITIALISED, [&] {
        if (!context) return INVALID_VALUE;
        *context = current();
        return SUCCESS;
    });
}

SOYAKU_API cuCtxGetDevice(int *ordinal) {
    return enter("cuCtxGetDevice", nullptr, CONTEXT, [&] {
        if (!ordinal) return INVALID_VALUE;
        for (size_t i = 0; i < state().devices.size(); i++)
            if (&state().devices[i] == current()->device) *ordinal = static_cast<int>(i);
        return SUCCESS;
    });
}

SOYAKU_API cuCtxSynchronize() {
    return enter("cuCtxSynchronize", "sync", CONTEXT, [&] {
        for (auto &stream : current()->streams)
            if (stream.second->capture) return break_capture(*stream.second);
        run_all(*current());
        return after(*current(), SUCCESS);
    });
}

SOYAKU_API cuCtxGetFlags(unsigned *flags) {
    return enter("cuCtxGetFlags", nullptr, CONTEXT, [&] {
        if (!flags) return INVALID_VALUE;
        *flags = current()->flags;
        return SUCCESS;
    });
}

SOYAKU_API cuCtxSetFlags(unsigned flags) {
    return enter("cuCtxSetFlags", nullptr, CONTEXT, [&] {
        current()->flags = flags;
        return SUCCESS;
    });
}

SOYAKU_API cuCtxGetStreamPriorityRange(int *least, int *greatest) {
    return enter("cuCtxGetStreamPriorityRange", nullptr, CONTEXT, [&] {
        if (least) *least = 0;
        if (greatest) *greatest = -5;
        return SUCCESS;
    });
}
