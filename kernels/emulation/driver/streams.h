// Captured work.
#pragma once

#include "state.h"

struct Graph {
    std::vector<Work> work;
    bool broken = false;  // something was called that cannot be captured
};

// A call that waits for a stream being captured: there is nothing to wait for, and the capture is lost.
inline Result break_capture(Stream &stream) {
    stream.capture->broken = true;
    return STREAM_CAPTURE_UNSUPPORTED;
}
