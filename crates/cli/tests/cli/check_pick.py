"""Asks RDKit for the picks of `soyaku pick`: check_pick.py LIBRARY.h5 CASES.txt

CASES.txt has a line for each table: fingerprint, number of picks, the seed (or start=ROW,ROW,...), the threshold (or -),
the table.
"""

import csv
import sys
from pathlib import Path

import h5py
import numpy as np
from rdkit import DataStructs
from rdkit.SimDivFilters.rdSimDivPickers import MaxMinPicker


def fingerprints(library, kind):
    found = []
    for words in library[f"fingerprints/{kind}/bits"][:]:
        bits = DataStructs.ExplicitBitVect(64 * len(words))
        bits.SetBitsFromList(np.flatnonzero(np.unpackbits(words.view(np.uint8), bitorder="little")).tolist())
        found.append(bits)
    return found


def main(library_path, cases_path):
    library = h5py.File(library_path)
    made, compared = {}, 0
    for case in Path(cases_path).read_text().splitlines():
        kind, count, seed, threshold, table = case.split()
        if kind not in made:
            made[kind] = fingerprints(library, kind)
        bits = made[kind]
        start = [int(row) for row in seed[6:].split(",")] if seed.startswith("start=") else []
        seed, count = 0 if start else int(seed), int(count) + len(start)
        picker = MaxMinPicker()
        if threshold == "-":
            picks = picker.LazyBitVectorPick(bits, len(bits), count, start, seed)
        else:
            # RDKit's is a distance, at which it stops.
            picks, _ = picker.LazyBitVectorPickWithThreshold(bits, len(bits), count, 1 - float(threshold), start, seed)
        picks = list(picks)
        with open(Path(cases_path).parent / table, newline="") as file:
            rows = list(csv.DictReader(file))
        got = [int(row["row"]) for row in rows]
        assert got == picks[len(start) :], f"{case}: {got}, RDKit {picks[len(start):]}"
        for place, row in enumerate(rows):
            before = picks[: len(start) + place]
            nearest = max(DataStructs.BulkTanimotoSimilarity(bits[got[place]], [bits[pick] for pick in before]), default=None)
            similarity = float(row["max_similarity"]) if row["max_similarity"] else None
            assert similarity == nearest, f"{case}, pick {place}: {similarity}, RDKit {nearest}"
        compared += len(got)
    assert compared > 0
    print(f"{compared} picks compared")


if __name__ == "__main__":
    main(*sys.argv[1:])
