"""The made-up fingerprints of `gpu-report` (tests/gpu/src/fingerprints.rs, recipe synthetic:v1), bit for bit."""

import numpy

RECIPE = "synthetic:v1"
STEP = 0x9E3779B97F4A7C15
# Rows at a time.
SOME = 50_000


def make(count, words, seed):
    """`count` fingerprints of `words` 64-bit words. A million of 32 words take some seconds."""
    made, place = numpy.empty((count, words), dtype=numpy.uint64), 0
    for first in range(0, count, SOME):
        rows = min(SOME, count - first)
        # At most 74 of 2,048 bits, and two draws for how many they are, then one for each.
        draws = drawn(seed, place, rows * (2 + (74 * words + 31) // 32))
        dice = below(draws, 28).astype(numpy.int64)
        bits_at = (((20 + dice[:-1] + dice[1:]) * words + 31) // 32).tolist()
        lengths, at = [], 0
        for _ in range(rows):
            length = bits_at[at]
            lengths.append(length)
            at += 2 + length
        place += at
        lengths = numpy.array(lengths)
        row = numpy.repeat(numpy.arange(rows), lengths)
        # Before each bit are those of its row and of the rows before, and two draws for each of these rows.
        bits = below(draws[numpy.arange(len(row)) + 2 * (row + 1)], words * 64).astype(numpy.int64)
        spread = numpy.zeros(rows * words * 64, dtype=bool)
        spread[row * (words * 64) + bits] = True
        made[first : first + rows] = numpy.packbits(spread, bitorder="little").view("<u8").reshape(rows, words)
    return made


def drawn(seed, start, count):
    """SplitMix64, which can be asked for any place of its sequence."""
    places = numpy.arange(start + 1, start + count + 1, dtype=numpy.uint64)
    z = numpy.uint64(seed ^ STEP) + places * numpy.uint64(STEP)
    z = (z ^ (z >> numpy.uint64(30))) * numpy.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> numpy.uint64(27))) * numpy.uint64(0x94D049BB133111EB)
    return z ^ (z >> numpy.uint64(31))


def below(draws, limit):
    """The high half of the product with a limit under 2^32."""
    low = (draws & numpy.uint64(0xFFFFFFFF)) * numpy.uint64(limit)
    high = (draws >> numpy.uint64(32)) * numpy.uint64(limit)
    return (high + (low >> numpy.uint64(32))) >> numpy.uint64(32)
