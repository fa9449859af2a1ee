// What the race detector remembers of memory: the accesses of each byte, or of each word where nothing smaller was used.
#pragma once
#include <stddef.h>
#include <stdint.h>

#include <vector>

namespace emulation::race {

// One access.
struct Stamp {
    uint32_t block = 0;  // number in the grid
    uint32_t epoch = 0;  // block barriers passed
    uint32_t clock = 0;  // of the lane
    int32_t call = 0;    // return address, relative to the kernel's trampoline
    uint16_t thread = 0; // in the block
    bool valid = false, atomic = false;
};

// Accesses of one kind since the last plain write, as far as later ones can tell: all of the running block's latest
// epoch, and the latest of another block. Accesses of earlier epochs come before everything that follows in the block.
// Once two warps are known, any conflicting access of the epoch races with one of them; until then the lanes count.
struct Group {
    Stamp latest;
    Stamp other_warp; // valid: of the same epoch as `latest`
    Stamp other_block;
    std::vector<uint32_t> lanes; // clocks of the lanes of the warp of `latest`, 0: none; empty if one lane alone came

    void add(const Stamp &now);
};

struct Cell {
    Stamp write; // the last plain one: all before it are ordered before it, or it has been reported
    Stamp copy;  // valid: of the asynchronous copy that has not arrived
    Group reads;
    std::vector<Group> atomics; // none, or two: changes and reads
};

void forget_all();

constexpr uintptr_t page_bytes = 512;
struct Page {
    uintptr_t step = 4; // bytes of a cell: 4 or 1
    Cell *cells;
    Page() : cells(new Cell[page_bytes / 4]) {}
    ~Page() { delete[] cells; }
    Page(const Page &) = delete;
    void split(); // from words to bytes
};
Page *find_page(uintptr_t number, bool create);

// Calls f(cell, address) for all that lies in the range; `create`: also for what was never accessed.
template <class F> void for_cells(const void *begin, size_t size, bool create, F f) {
    uintptr_t at = reinterpret_cast<uintptr_t>(begin), end = at + size;
    while (at < end) {
        uintptr_t number = at / page_bytes, stop = (number + 1) * page_bytes < end ? (number + 1) * page_bytes : end;
        Page *page = find_page(number, create);
        if (page) {
            if (page->step == 4 && (at % 4 || stop % 4)) page->split();
            for (; at < stop; at += page->step) {
                f(page->cells[at % page_bytes / page->step], reinterpret_cast<const char *>(at));
            }
        }
        at = stop;
    }
}
} // namespace emulation::race
