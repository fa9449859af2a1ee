// Captured work.
#pragma once

#include "state.h"

struct Graph {
    std::vector<Work> work;
};
