#include "shadow.h"

#include <memory>
#include <unordered_map>

namespace emulation::race {
namespace {

std::unordered_map<uintptr_t, std::unique_ptr<Page>> pages;
uintptr_t last_number = 0;
Page *last = nullptr; // accesses come in runs

} // namespace

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
