"""The made-up fingerprints of `gpu-report` (tests/gpu/src/fingerprints.rs, recipe synthetic:v1), bit for bit."""

import numpy

RECIPE = "synthetic:v1"
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


def below(draws, limit):
    """The high half of the product with a limit under 2^32."""
    low = (draws & numpy.uint64(0xFFFFFFFF)) * numpy.uint64(limit)
    high = (draws >> numpy.uint64(32)) * numpy.uint64(limit)
    return (high + (low >> numpy.uint64(32))) >> numpy.uint64(32)
