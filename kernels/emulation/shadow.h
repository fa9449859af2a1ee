// What the race detector remembers of memory: the accesses of each byte, or of each word where nothing smaller was used.
#pragma once
#include <stddef.h>
#include <stdint.h>

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

// The last write, and up to three reads since: the latest, another one of the same block, preferably of another warp,
// and the latest of another block.
struct Cell {
    Stamp write, read, neighbour, foreign;
    Stamp copy; // valid: of the asynchronous copy that has not arrived
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
