// Meetings of lanes: shuffles, votes, reductions, matrix instructions.
#include "state.h"

#include <string.h>

namespace emulation {
namespace {

std::vector<Meeting *> unused;
std::vector<std::unique_ptr<Meeting>> all;

Meeting *new_meeting() {
    if (unused.empty()) {
        all.push_back(std::make_unique<Meeting>());
        return all.back().get();
    }
    Meeting *meeting = unused.back();
    unused.pop_back();
    return meeting;
}

void let_go(Thread &t) {
    if (t.held && !(t.held->holders &= ~(1u << t.lane))) unused.push_back(t.held);
    t.held = nullptr;
}

// Ends the meeting if all live lanes of its mask are there.
bool complete(unsigned warp, Meeting *meeting) {
    if ((meeting->shared.mask & launch->living[warp]) != meeting->waiting) return false;
    meeting->shared.arrived = meeting->holders = meeting->waiting;
    if (meeting->flags & SOYAKU_MEETING_ORDERS_MEMORY) race::warp_barrier(warp, meeting->waiting);
    auto &forming = launch->forming[warp];
    for (size_t i = 0; i < forming.size(); ++i) {
        if (forming[i] == meeting) {
            forming.erase(forming.begin() + (long)i);
            break;
        }
    }
    for (unsigned lane = 32; lane-- > 0;) {
        if (!(meeting->waiting >> lane & 1)) continue;
        Thread &t = thread(warp * 32 + lane);
        t.held = meeting;
        if (&t == current) continue; // goes on by itself
        t.stage = Stage::Ready;
        launch->ready.push_back(t.number);
    }
    return true;
}

// Mostly the very same literal.
bool equal(const char *a, const char *b) { return a == b || strcmp(a, b) == 0; }

bool same(const Place &a, const Place &b) {
    return a.line == b.line && equal(a.operation, b.operation) && equal(a.file, b.file);
}

} // namespace

void thread_exits(Thread &t) {
    let_go(t);
    launch->living[t.warp] &= ~(1u << t.lane);
    auto forming = launch->forming[t.warp];
    for (Meeting *meeting : forming) {
        if (!(meeting->shared.mask >> t.lane & 1)) continue;
        if (meeting->flags & SOYAKU_MEETING_WHOLE_WARP) {
            fail_block(SOYAKU_EMULATION_BARRIER, text("thread %s has exited while others of its warp wait in %s",
                                                      name(t.index).c_str(), at(meeting->place).c_str()));
            return;
        }
        complete(t.warp, meeting);
    }
}

void free_meetings() {
    for (auto &forming : launch->forming) forming.clear();
    unused.clear();
    for (auto &meeting : all) unused.push_back(meeting.get());
}

} // namespace emulation

using namespace emulation;

extern "C" const soyaku_emulation_meeting *soyaku_emulation_meet(const char *operation, unsigned mask, int flags,
                                                                  const void *value, unsigned size, const char *file,
                                                                  int line) {
    Thread &me = *current;
    Place place{operation, file, line};
    let_go(me);
    unsigned bit = 1u << me.lane;
    if (!(mask & bit)) {
        fail(SOYAKU_EMULATION_BARRIER, text("%s: lane %u is not in the mask 0x%08x", at(place).c_str(), me.lane, mask));
    }
    if ((flags & SOYAKU_MEETING_WHOLE_WARP) && launch->living[me.warp] != ~0u) {
        fail(SOYAKU_EMULATION_BARRIER,
             text("%s needs all 32 lanes of the warp; there are 0x%08x", at(place).c_str(), launch->living[me.warp]));
    }
    Meeting *meeting = nullptr;
    for (Meeting *forming : launch->forming[me.warp]) {
        bool awaits_me = forming->shared.mask & bit, awaited = forming->waiting & mask;
        if (forming->shared.mask == mask && same(forming->place, place)) {
            meeting = forming;
        } else if (awaits_me && awaited) {
            fail(SOYAKU_EMULATION_BARRIER,
                 text("%s with mask 0x%08x, while lanes 0x%08x of its warp wait for it in %s with mask 0x%08x",
                      at(place).c_str(), mask, forming->waiting, at(forming->place).c_str(), forming->shared.mask));
        }
    }
    if (!meeting) {
        meeting = new_meeting();
        meeting->shared.mask = mask;
        meeting->shared.arrived = 0;
        meeting->place = place;
        meeting->flags = flags;
        meeting->waiting = meeting->holders = 0;
        launch->forming[me.warp].push_back(meeting);
    }
    meeting->waiting |= bit;
    if (size) memcpy(meeting->shared.lane[me.lane].bytes, value, size);
    me.place = place;
    if (complete(me.warp, meeting)) {
        if (chance.shuffle && chance.below(2)) suspend(Stage::Ready);
    } else {
        suspend(Stage::Meeting);
    }
    return &meeting->shared;
}
