#!/usr/bin/env python3
"""Write data/fragment_scores.bin from the fragment scores that come with RDKit (Contrib/SA_Score).

Run with the RDKit whose answers the crate reproduces:
    python scripts/make_fragment_scores.py
The format is described in data/README.md.
"""

import gzip
import pathlib
import pickle

from rdkit import RDConfig

TARGET = pathlib.Path(__file__).resolve().parent.parent / "data" / "fragment_scores.bin"


class Bits:
    """Bits, the lowest of a byte first."""

    def __init__(self):
        self.bytes, self.word, self.length = bytearray(), 0, 0

    def put(self, value, width):
        self.word |= value << self.length
        self.length += width
        while self.length >= 8:
            self.bytes.append(self.word & 255)
            self.word >>= 8
            self.length -= 8

    def rice(self, value, width):
        """The upper part as that many ones and a zero, the lower part as it is."""
        ones = value >> width
        self.put((1 << ones) - 1, ones + 1)
        self.put(value & ((1 << width) - 1), width)

    def finish(self):
        self.put(0, -self.length % 8)
        return bytes(self.bytes)


def main():
    with gzip.open(pathlib.Path(RDConfig.RDContribDir) / "SA_Score" / "fpscores.pkl.gz") as file:
        rows = [(round(row[0] * 10000), sorted(row[1:])) for row in pickle.load(file)]
    rows.sort()
    bits = Bits()
    bits.put(len(rows), 16)
    for score, identifiers in rows:
        gaps = [after - before - 1 for before, after in zip([-1, *identifiers], identifiers)]
        width = min(range(32), key=lambda width: sum((gap >> width) + 1 + width for gap in gaps))
        bits.put(score & 0xFFFF, 16)
        bits.put(len(identifiers), 20)
        bits.put(width, 5)
        for gap in gaps:
            bits.rice(gap, width)
    TARGET.write_bytes(bits.finish())
    print(f"{sum(len(row[1]) for row in rows)} fragments, {len(rows)} scores, {TARGET.stat().st_size} bytes")


if __name__ == "__main__":
    main()
