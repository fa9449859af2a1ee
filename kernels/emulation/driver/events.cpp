// Events: positions in a stream, with the time at which the stream passed them.
#include <chrono>

#include "state.h"

namespace {

template <class Body>
int of_event(const char *entry, const char *group, Event *handle, Body body) {
    return enter(entry, group, CONTEXT, [&]() -> Result {
        auto found = state().events.find(handle);
        return found == state().events.end() ? INVALID_HANDLE : body(found->second);
    });
}

bool passed(const Event &event) { return !event.stream || event.stream->done >= event.position; }

}  // namespace

SOYAKU_API cuEventCreate(Event **handle, unsigned flags) {
    return enter("cuEventCreate", nullptr, CONTEXT, [&] {
        if (!handle || flags > 7) return INVALID_VALUE;
        auto event = std::make_shared<Event>();
        event->context = current();
        event->timed = (flags & 2) == 0;
        state().events[event.get()] = event;
        *handle = event.get();
        return SUCCESS;
    });
}

SOYAKU_API cuEventDestroy_v2(Event *handle) {
    return of_event("cuEventDestroy_v2", nullptr, handle, [&](std::shared_ptr<Event>) {
        state().events.erase(handle);
        return SUCCESS;
    });
}

SOYAKU_API cuEventRecord(Event *handle, void *stream_handle) {
    return of_event("cuEventRecord", nullptr, handle, [&](std::shared_ptr<Event> event) {
        auto stream = find_stream(*current(), stream_handle);
        if (!stream || event->context != current()) return INVALID_HANDLE;
        event->stream = stream;
        event->asked = false;
        Result result = submit(stream, [event] {
            auto now = std::chrono::steady_clock::now().time_since_epoch();
            event->milliseconds = std::chrono::duration<double, std::milli>(now).count();
            return SUCCESS;
        });
        event->position = stream->submitted;
        return result;
    });
}

SOYAKU_API cuEventQuery(Event *handle) {
    return of_event("cuEventQuery", nullptr, handle, [&](std::shared_ptr<Event> event) {
        if (passed(*event)) return after(*current(), SUCCESS);
        // Asked again, the device has got there: who polls does not poll for ever.
        if (event->asked) run_until(*event->stream, event->position);
        event->asked = true;
        return after(*current(), passed(*event) ? SUCCESS : NOT_READY);
    });
}

SOYAKU_API cuEventSynchronize(Event *handle) {
    return of_event("cuEventSynchronize", "sync", handle, [&](std::shared_ptr<Event> event) {
        if (event->stream) run_until(*event->stream, event->position);
        return after(*current(), SUCCESS);
    });
}

SOYAKU_API cuEventElapsedTime(float *milliseconds, Event *start, Event *end) {
    return of_event("cuEventElapsedTime", nullptr, start, [&](std::shared_ptr<Event> first) {
        auto second = state().events.find(end);
        if (!milliseconds) return INVALID_VALUE;
        if (second == state().events.end() || !first->timed || !second->second->timed) return INVALID_HANDLE;
        if (!first->stream || !second->second->stream) return INVALID_HANDLE;
        if (!passed(*first) || !passed(*second->second)) return NOT_READY;
        *milliseconds = static_cast<float>(second->second->milliseconds - first->milliseconds);
        return SUCCESS;
    });
}

SOYAKU_API cuEventElapsedTime_v2(float *milliseconds, Event *start, Event *end) {
    return cuEventElapsedTime(milliseconds, start, end);
}
