"""The made-up fingerprints of `gpu-report` (tests/gpu/src/fingerprints.rs, recipe synthetic:v2), bit for bit."""

import bisect

import numpy

RECIPE = "synthetic:v2"
STEP = 0x9E3779B97F4A7C15


def make(count, words, seed):
    """`count` fingerprints of `words` 64-bit words."""
    # SplitMix64 can be asked for any place of its sequence. Each row takes two draws for how many bits are set, then one
    # for each bit.
    total = int(count * (2 + 49.5 * words / 32)) + 100_000
    draws = numpy.empty(total, dtype=numpy.uint64)
    for start in range(0, total, 1 << 22):
        places = numpy.arange(start + 1, min(start + (1 << 22), total) + 1, dtype=numpy.uint64)
        z = numpy.uint64(seed ^ STEP) + places * numpy.uint64(STEP)
        z = (z ^ (z >> numpy.uint64(30))) * numpy.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> numpy.uint64(27))) * numpy.uint64(0x94D049BB133111EB)
        draws[start : start + len(places)] = z ^ (z >> numpy.uint64(31))
    dice = below(draws, 28).astype(numpy.int64)
    bits_at = (((20 + dice[:-1] + dice[1:]) * words + 31) // 32).tolist()
    starts, lengths, place = numpy.empty(count, dtype=numpy.int64), numpy.empty(count, dtype=numpy.int64), 0
    for row in range(count):
        length = bits_at[place]
        starts[row], lengths[row] = place + 2, length
        place += 2 + length
    assert place <= total, "more draws are needed"
    rows = numpy.repeat(numpy.arange(count), lengths)
    within = numpy.arange(len(rows)) - numpy.repeat(numpy.cumsum(lengths) - lengths, lengths)
    bits = below(draws[starts[rows] + within], words * 64)
    made = numpy.zeros((count, words), dtype=numpy.uint64)
    numpy.bitwise_or.at(made, (rows, (bits >> numpy.uint64(6)).astype(numpy.int64)),
                        numpy.uint64(1) << (bits & numpy.uint64(63)))
    return made


def relatives(made, count, seed):
    """Fingerprints like some of these: each lost up to a third of its bits and got half as many others."""
    state, mask, words = seed ^ 0x517CC1B727220A95, 2**64 - 1, made.shape[1]

    def draw(limit):
        nonlocal state
        state = (state + STEP) & mask
        z = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
        return ((z ^ (z >> 31)) * limit) >> 64

    rows, columns = [], []
    unpacked = numpy.unpackbits(made[numpy.arange(count) * len(made) // count].view(numpy.uint8), axis=1, bitorder="little")
    for index, row in enumerate(unpacked):
        bits = numpy.flatnonzero(row).tolist()
        for change in range(draw(len(bits) // 3 + 1)):
            place = draw(max(len(bits), 1))
            if place < len(bits):
                del bits[place]
            if change % 2 == 0:
                bit = draw(words * 64)
                at = bisect.bisect_left(bits, bit)
                if at == len(bits) or bits[at] != bit:
                    bits.insert(at, bit)
        rows.extend([index] * len(bits))
        columns.extend(bits)
    columns = numpy.array(columns)
    found = numpy.zeros((count, words), dtype=numpy.uint64)
    numpy.bitwise_or.at(found, (numpy.array(rows), columns >> 6), numpy.uint64(1) << (columns & 63).astype(numpy.uint64))
    return found


def below(draws, limit):
    """The high half of the product with a limit under 2^32."""
    low = (draws & numpy.uint64(0xFFFFFFFF)) * numpy.uint64(limit)
    high = (draws >> numpy.uint64(32)) * numpy.uint64(limit)
    return (high + (low >> numpy.uint64(32))) >> numpy.uint64(32)
