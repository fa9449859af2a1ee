// Stream capture of one stream, and its replay.
#include "streams.h"

namespace {

std::map<void *, std::shared_ptr<Graph>> &graphs() {
    static auto *all = new std::map<void *, std::shared_ptr<Graph>>;
    return *all;
}

Result keep(const std::shared_ptr<Graph> &graph, void **handle) {
    if (!handle) return INVALID_VALUE;
    graphs()[graph.get()] = graph;
    *handle = graph.get();
    return SUCCESS;
}

}  // namespace

SOYAKU_API cuStreamBeginCapture_v2(void *handle, int) {
    return enter("cuStreamBeginCapture_v2", nullptr, CONTEXT, [&] {
        auto stream = find_stream(*current(), handle);
        if (!stream) return INVALID_HANDLE;
        // The legacy default stream cannot be captured, nor can one that is being captured.
        if (stream == current()->legacy || stream->capture) return STREAM_CAPTURE_UNSUPPORTED;
        stream->capture = std::make_shared<Graph>();
        return SUCCESS;
    });
}

SOYAKU_API cuStreamEndCapture(void *handle, void **graph) {
    return enter("cuStreamEndCapture", nullptr, CONTEXT, [&] {
        auto stream = find_stream(*current(), handle);
        if (!stream) return INVALID_HANDLE;
        if (!stream->capture) return INVALID_VALUE;
        std::shared_ptr<Graph> captured = std::move(stream->capture);
        stream->capture = nullptr;
        if (captured->broken) return STREAM_CAPTURE_INVALIDATED;
        return keep(captured, graph);
    });
}

SOYAKU_API cuStreamIsCapturing(void *handle, int *status) {
    return enter("cuStreamIsCapturing", nullptr, CONTEXT, [&] {
        auto stream = find_stream(*current(), handle);
        if (!stream) return INVALID_HANDLE;
        if (!status) return INVALID_VALUE;
        *status = stream->capture ? 1 : 0;
        return SUCCESS;
    });
}

SOYAKU_API cuGraphInstantiateWithFlags(void **executable, void *graph, unsigned long long) {
    return enter("cuGraphInstantiateWithFlags", nullptr, CONTEXT, [&] {
        auto found = graphs().find(graph);
        if (found == graphs().end()) return INVALID_HANDLE;
        return keep(std::make_shared<Graph>(*found->second), executable);
    });
}

SOYAKU_API cuGraphUpload(void *executable, void *) {
    return enter("cuGraphUpload", nullptr, CONTEXT, [&] { return graphs().count(executable) ? SUCCESS : INVALID_HANDLE; });
}

SOYAKU_API cuGraphLaunch(void *executable, void *handle) {
    return enter("cuGraphLaunch", "launch", CONTEXT, [&] {
        auto found = graphs().find(executable);
        auto stream = find_stream(*current(), handle);
        if (found == graphs().end() || !stream) return INVALID_HANDLE;
        for (const Work &work : found->second->work) submit(stream, work);
        return SUCCESS;
    });
}

SOYAKU_API cuGraphDestroy(void *graph) {
    return enter("cuGraphDestroy", nullptr, INITIALISED, [&] { return graphs().erase(graph) ? SUCCESS : INVALID_HANDLE; });
}

SOYAKU_API cuGraphExecDestroy(void *graph) {
    return enter("cuGraphExecDestroy", nullptr, INITIALISED, [&] { return graphs().erase(graph) ? SUCCESS : INVALID_HANDLE; });
}
