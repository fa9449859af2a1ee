// Streams: queues of work. Normally each piece runs as it is submitted. With SOYAKU_EMULATED_LAZY=1 nothing runs until
// something waits for it, so that a result read without waiting, or a buffer reused before its copy, shows.
#include "streams.h"

std::shared_ptr<Stream> find_stream(Context &context, void *handle) {
    if (handle == nullptr || handle == reinterpret_cast<void *>(1)) return context.legacy;
    if (handle == reinterpret_cast<void *>(2)) return context.per_thread;
    auto found = context.streams.find(static_cast<Stream *>(handle));
    return found == context.streams.end() ? nullptr : found->second;
}

Result after(Context &context, Result result) { return context.device->sticky ? context.device->sticky : result; }

void run_until(Stream &stream, uint64_t position) {
    while (stream.done < position && !stream.queue.empty()) {
        Work work = std::move(stream.queue.front());
        stream.queue.pop_front();
        stream.done += 1;
        // After a sticky error nothing runs any more; the work is taken off all the same.
        if (stream.context->device->sticky) continue;
        Result result = work();
        if (result) stream.context->device->sticky = result;
    }
}

void run_all(Context &context) {
    auto streams = context.streams;
    for (auto &stream : streams) run_all(*stream.second);
}

namespace {

void push(Stream &stream, Work work) {
    stream.queue.push_back(std::move(work));
    stream.submitted += 1;
}

void push_wait(Stream &stream, const std::shared_ptr<Stream> &other) {
    if (other.get() == &stream || other->done == other->submitted) return;
    uint64_t position = other->submitted;
    push(stream, [other, position] {
        run_until(*other, position);
        return SUCCESS;
    });
}

}  // namespace

Result submit(const std::shared_ptr<Stream> &stream, Work work) {
    if (stream->capture) {
        stream->capture->work.push_back(std::move(work));
        return SUCCESS;
    }
    Context &context = *stream->context;
    // The legacy default stream waits for every blocking stream, and they for it.
    if (stream == context.legacy) {
        for (auto &other : context.streams)
            if (other.second->blocking) push_wait(*stream, other.second);
    } else if (stream->blocking) {
        push_wait(*stream, context.legacy);
    }
    push(*stream, std::move(work));
    if (!state().lazy) run_all(*stream);
    return SUCCESS;
}

namespace {

Result make_stream(void **handle, unsigned flags) {
    if (!handle || flags > 1) return INVALID_VALUE;
    auto stream = std::make_shared<Stream>();
    stream->context = current();
    stream->blocking = flags == 0;
    current()->streams[stream.get()] = stream;
    *handle = stream.get();
    return SUCCESS;
}

template <class Body>
int of_stream(const char *entry, const char *group, void *handle, Body body) {
    return enter(entry, group, CONTEXT, [&]() -> Result {
        auto stream = find_stream(*current(), handle);
        return stream ? body(stream) : INVALID_HANDLE;
    });
}

}  // namespace

SOYAKU_API cuStreamCreate(void **stream, unsigned flags) {
    return enter("cuStreamCreate", nullptr, CONTEXT, [&] { return make_stream(stream, flags); });
}

SOYAKU_API cuStreamCreateWithPriority(void **stream, unsigned flags, int) {
    return enter("cuStreamCreateWithPriority", nullptr, CONTEXT, [&] { return make_stream(stream, flags); });
}

SOYAKU_API cuStreamDestroy_v2(void *handle) {
    return of_stream("cuStreamDestroy_v2", nullptr, handle, [&](std::shared_ptr<Stream> &stream) {
        if (stream == current()->legacy || stream == current()->per_thread) return INVALID_HANDLE;
        run_all(*stream);
        current()->streams.erase(stream.get());
        return SUCCESS;
    });
}

SOYAKU_API cuStreamSynchronize(void *handle) {
    return of_stream("cuStreamSynchronize", "sync", handle, [&](std::shared_ptr<Stream> &stream) {
        if (stream->capture) return break_capture(*stream);
        run_all(*stream);
        return after(*current(), SUCCESS);
    });
}

SOYAKU_API cuStreamQuery(void *handle) {
    return of_stream("cuStreamQuery", nullptr, handle, [&](std::shared_ptr<Stream> &stream) {
        if (stream->done == stream->submitted) return after(*current(), SUCCESS);
        run_all(*stream);
        return after(*current(), NOT_READY);
    });
}

SOYAKU_API cuStreamWaitEvent(void *handle, Event *handle_of_event, unsigned) {
    return of_stream("cuStreamWaitEvent", nullptr, handle, [&](std::shared_ptr<Stream> &stream) {
        auto found = state().events.find(handle_of_event);
        if (found == state().events.end()) return INVALID_HANDLE;
        std::shared_ptr<Stream> other = found->second->stream;
        uint64_t position = found->second->position;
        // An event that was never recorded is waited for by nobody.
        if (!other || other == stream) return SUCCESS;
        return submit(stream, [other, position] {
            run_until(*other, position);
            return SUCCESS;
        });
    });
}

SOYAKU_API cuStreamGetCtx(void *handle, Context **context) {
    return of_stream("cuStreamGetCtx", nullptr, handle, [&](std::shared_ptr<Stream> &stream) {
        if (!context) return INVALID_VALUE;
        *context = stream->context;
        return SUCCESS;
    });
}

SOYAKU_API cuLaunchHostFunc(void *handle, void (*function)(void *), void *data) {
    return of_stream("cuLaunchHostFunc", nullptr, handle, [&](std::shared_ptr<Stream> &stream) {
        if (!function) return INVALID_VALUE;
        return submit(stream, [function, data] {
            function(data);
            return SUCCESS;
        });
    });
}
