// Random programs, each judged by the race detector and by a plain definition: two accesses of one word by different
// threads, one of them a write, one of them not atomic, and no chain of program order and barriers from one to the other.
#include "launch.h"

#include <bitset>
#include <string>
#include <thread>

namespace {

constexpr unsigned threads = 64, words = 8, most_rows = 6, blocks = 2;
using Before = std::bitset<threads * most_rows>;

struct Script {
    uint32_t rows;
    Buffer<uint8_t> operations, words, after;
    Script(uint32_t rows) : rows(rows), operations(blocks * rows * threads), words(blocks * rows * threads), after(rows) {}

    bool raced() {
        for (unsigned block = 0; block < blocks; ++block) {
            // before[t]: the accesses (row * threads + thread) of this block that come before what t does next.
            std::vector<Before> before(threads);
            for (uint32_t row = 0; row < rows; ++row) {
                for (unsigned t = 0; t < threads; ++t) {
                    if (conflict(block, row, t, before[t])) return true;
                }
                for (unsigned t = 0; t < threads; ++t) before[t].set(row * threads + t);
                join(after[row], before);
            }
        }
        return false;
    }

  private:
    static bool writes(unsigned operation) { return (operation & 15) == 2 || (operation & 15) == 3; }
    static bool atomic(unsigned operation) { return (operation & 15) == 3 || (operation & 15) == 4; }

    // With an access of an earlier row, or of the same row by a thread that was looked at before, or of another block.
    bool conflict(unsigned block, uint32_t row, unsigned t, const Before &before) {
        const size_t here = (size_t)(block * rows + row) * threads + t;
        for (size_t there = 0; there < here; ++there) {
            const unsigned a = operations[here], b = operations[there];
            if ((a & 15) == 0 || (b & 15) == 0 || (a & 16) != (b & 16) || words[here] != words[there]) continue;
            if ((!writes(a) && !writes(b)) || (atomic(a) && atomic(b))) continue;
            const unsigned block_there = (unsigned)(there / threads / rows);
            if (block_there != block) {
                if (a & 16) return true;
            } else if (there % threads != t && !before[there - (size_t)block * rows * threads]) {
                return true;
            }
        }
        return false;
    }
    static void join(unsigned kind, std::vector<Before> &before) {
        const unsigned group = kind == 1 ? threads : kind == 2 || kind == 4 ? 32 : kind == 3 ? 16 : 1;
        for (unsigned first = 0; first < threads; first += group) {
            if (kind == 4 && first / 32 % 2 == 1) continue;
            Before all;
            for (unsigned t = first; t < first + group; ++t) all |= before[t];
            for (unsigned t = first; t < first + group; ++t) before[t] = all;
        }
    }
};

} // namespace

void scripted(Session &session) {
    unsigned with_race = 0, rounds = 300;
    for (unsigned round = 0; round < rounds; ++round) {
        Script script(1 + (uint32_t)(session.next() % most_rows));
        // Sparse enough that about half of the programs have no race.
        const unsigned busy = 2 + (unsigned)(session.next() % 12);
        for (size_t i = 0; i < script.operations.size; ++i) {
            const uint64_t x = session.next();
            if (x % (threads * script.rows) >= busy) continue;
            const unsigned draw = (unsigned)(x >> 20) % 8;
            script.operations[i] = (uint8_t)(draw < 4 ? 1 : draw < 5 ? 2 : draw < 7 ? 3 : 4);
            if ((x >> 30) % 6 == 0) script.operations[i] |= 16;
            script.words[i] = (uint8_t)((x >> 40) % words);
        }
        for (uint32_t row = 0; row < script.rows; ++row) script.after[row] = (uint8_t)(session.next() % 6);
        Buffer<uint32_t> global(words), out(blocks * threads);
        const Outcome outcome =
            session.launch("scripted", {blocks, 1, 1}, {threads, 1, 1}, 0, script.operations.data, script.words.data,
                           script.after.data, script.rows, global.data, out.data);
        const bool raced = script.raced();
        with_race += raced;
        if (session.finds_races()) {
            if (outcome.code != 0 && outcome.code != SOYAKU_EMULATION_RACE) Session::stop(outcome.code, outcome.message.c_str());
            SAME(outcome.message.c_str(), round, outcome.code == SOYAKU_EMULATION_RACE, raced);
        } else if (outcome.code != 0) {
            Session::stop(outcome.code, outcome.message.c_str());
        }
    }
    SAME("programs with a race: enough of both kinds", with_race, with_race > rounds / 5 && with_race < 4 * rounds / 5, true);
}

void indices(Session &session) {
    const unsigned sizes[][6] = {{5, 3, 2, 4, 3, 2}, {1, 1, 1, 1, 1, 1}, {1, 1, 7, 33, 1, 1}, {97, 1, 1, 1, 5, 64}};
    for (const auto &s : sizes) {
        const unsigned n = s[3] * s[4] * s[5], grid = s[0] * s[1] * s[2];
        Buffer<uint32_t> counts((size_t)n * grid);
        const Outcome outcome = session.launch("indices", {s[0], s[1], s[2]}, {s[3], s[4], s[5]}, 0, counts.data);
        if (outcome.code) Session::stop(outcome.code, outcome.message.c_str());
        for (size_t i = 0; i < counts.size; ++i) {
            SAME("count", i, counts[i], (uint32_t)(1 + i % n % s[3] + 100 * (i / n / (s[0] * s[1]))));
        }
    }
}

// A failed launch leaves nothing behind; launches of several threads of the host wait for each other.
void again(Session &session) {
    Buffer<uint32_t> in(34, 2), out(64);
    for (unsigned round = 0; round < 3; ++round) {
        for (uint32_t mistake = 1; mistake <= 8; ++mistake) {
            const Outcome outcome = session.launch("faults", {1, 1, 1}, {32, 1, 1}, 0, in.data, mistake, out.data);
            SAME("failed launch", mistake, outcome.code != 0, true);
        }
        for (uint32_t mistake = 1; mistake <= 3; ++mistake) {
            const Outcome outcome = session.launch("barriers", {1, 1, 1}, {64, 1, 1}, 0, mistake, out.data);
            SAME("failed barrier", mistake, outcome.code != 0, true);
        }
        std::vector<std::thread> hosts;
        for (unsigned host = 0; host < 3; ++host) {
            hosts.emplace_back([&session] {
                Session own{session.module};
                warp_operations(own);
                matrix_product(own);
                with_mistake(own, "tree_sum", 0);
            });
        }
        for (auto &host : hosts) host.join();
    }
    const Outcome outcome = session.launch("faults", {1, 1, 1}, {32, 33, 1}, 0, in.data, 0u, out.data);
    SAME(outcome.message.c_str(), 0, outcome.code, (int)SOYAKU_EMULATION_BAD_LAUNCH);
}
