#include "shadow.h"

#include <memory>
#include <unordered_map>

namespace emulation::race {
namespace {

std::unordered_map<uintptr_t, std::unique_ptr<Page>> pages;
uintptr_t last_number = 0;
Page *last = nullptr; // accesses come in runs

} // namespace

void Group::add(const Stamp &now) {
    if (latest.valid && latest.block != now.block) other_block = latest;
    if (!latest.valid || latest.block != now.block || latest.epoch != now.epoch) {
        latest = now;
        other_warp.valid = false;
        lanes.clear();
    } else if (other_warp.valid) {
        return;
    } else if (latest.thread / 32 != now.thread / 32) {
        other_warp = latest;
        latest = now;
        lanes.clear();
    } else {
        if (lanes.empty() && latest.thread != now.thread) {
            lanes.assign(32, 0);
            lanes[latest.thread % 32] = latest.clock;
        }
        if (!lanes.empty()) lanes[now.thread % 32] = now.clock;
        latest = now;
    }
}

void Page::split() {
    Cell *bytes = new Cell[page_bytes];
    for (uintptr_t i = 0; i < page_bytes; ++i) bytes[i] = cells[i / 4];
    delete[] cells;
    cells = bytes;
    step = 1;
}

Page *find_page(uintptr_t number, bool create) {
    if (last && number == last_number) return last;
    auto found = pages.find(number);
    if (found == pages.end()) {
        if (!create) return nullptr;
        found = pages.emplace(number, std::make_unique<Page>()).first;
    }
    last = found->second.get(), last_number = number;
    return last;
}

void forget_all() {
    pages.clear();
    last = nullptr;
}

} // namespace emulation::race
