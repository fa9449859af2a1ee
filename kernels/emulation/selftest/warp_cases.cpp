// Plain definitions of the warp operations, over the values that all lanes bring.
#include "launch.h"

#include <string.h>

#include <algorithm>
#include <functional>

void warp_operations(Session &session) {
    constexpr unsigned slots = 24;
    Buffer<uint32_t> in(64);
    Buffer<uint64_t> out(64 * slots, 0xdead);
    for (size_t i = 0; i < 64; ++i) in[i] = (uint32_t)session.next();
    session.run("warp_operations", 1, 64, 0, in.data, out.data);
    for (unsigned t = 0; t < 64; ++t) {
        const unsigned lane = t % 32;
        const uint32_t *v = in.data + t / 32 * 32;
        auto fold = [&](unsigned from, unsigned to, uint32_t start, std::function<uint32_t(uint32_t, uint32_t)> f) {
            for (unsigned i = from; i < to; ++i) start = f(start, v[i]);
            return start;
        };
        auto own = [&](bool inside, unsigned source) { return inside ? v[source] : v[lane]; };
        std::vector<uint64_t> want;
        want.push_back(v[(lane * 7 + 3) % 32]);
        want.push_back(v[lane / 8 * 8 + (lane + 5) % 8]);
        want.push_back(own(lane >= 3, lane - 3));
        want.push_back(own(lane % 16 >= 3, lane - 3));
        want.push_back(own(lane + 5 < 32, lane + 5));
        want.push_back(own(lane % 8 + 5 < 8, lane + 5));
        want.push_back(v[lane ^ 9]);
        // Within widths of 8, lane ^ 9 lies in the neighbouring segment: read if that is a lower one.
        want.push_back(own((lane ^ 9) < lane, lane ^ 9));
        want.push_back((uint64_t)v[31 - lane] << 20 | (31 - lane));
        want.push_back(v[lane ^ 1] & 0x7fffff);
        uint64_t odd = 0, equal = 0;
        for (unsigned i = 0; i < 32; ++i) {
            odd |= (uint64_t)(v[i] & 1) << i;
            equal |= (uint64_t)(v[i] % 5 == v[lane] % 5) << i;
        }
        want.push_back(odd);
        want.push_back(1);
        want.push_back(std::count(v, v + 32, 0u) == 0);
        want.push_back(equal);
        want.push_back(fold(0, 32, 0, [](uint32_t a, uint32_t b) { return a + b; }));
        want.push_back(*std::min_element(v, v + 32));
        want.push_back((uint64_t)(int64_t)*std::max_element((const int32_t *)v, (const int32_t *)v + 32));
        want.push_back(fold(0, 32, ~0u, [](uint32_t a, uint32_t b) { return a & (b | 0xffff); }));
        want.push_back(fold(0, 32, 0, [](uint32_t a, uint32_t b) { return a | (b & 0xff00); }));
        want.push_back(fold(0, 32, 0, [](uint32_t a, uint32_t b) { return a ^ b; }));
        if (lane < 16) {
            want.push_back((uint32_t)(fold(0, 16, 0, [](uint32_t a, uint32_t b) { return a + b; }) + v[3]));
        } else {
            want.push_back(own(lane + 4 < 32, lane + 4));
        }
        uint64_t count = 0;
        for (size_t i = 0; i < 64; ++i) count += in[i] & 1;
        want.push_back(count);
        want.push_back(0);
        want.push_back(1);
        for (unsigned slot = 0; slot < slots; ++slot) SAME("slot", slot * 100 + t, out[64 * slot + t], want[slot]);
    }
}

void warp_exits(Session &session) {
    Buffer<uint32_t> out(40, 7);
    session.run("warp_exits", 1, 40, 0, out.data);
    uint32_t there = 0;
    for (unsigned lane = 0; lane < 32; ++lane) there |= (uint32_t)(lane % 3 != 0) << lane;
    for (unsigned t = 0; t < 40; ++t) SAME("thread", t, out[t], t >= 32 ? 0xffu : t % 3 == 0 ? 7u : there);
}
