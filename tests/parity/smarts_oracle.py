#!/usr/bin/env python3
"""What RDKit finds with SMARTS: the reference of crates/chem/tests/smarts_parity.rs.

    smarts_oracle.py [--jobs N] [--stereo] PATTERNS < SMILES     both one a line
    smarts_oracle.py --catalogs                       patterns that come with RDKit, one a line

The first line of the output names the RDKit version. Then comes one line for each pattern, `error`
or its number of atoms, and one line for each SMILES: `error`, or for each pattern that matches
`number:matches:crc`, separated by spaces. The number counts patterns from 0, and the matches are
those that differ in their atoms. The checksum is that of the matches as text: atoms sorted and
separated by commas, matches sorted as lists of numbers and separated by semicolons. With --stereo, the
marks of chirality and of double bonds in the patterns count (`useChirality`).
"""

import argparse
import csv
import pathlib
import re
import sys
import zlib
from multiprocessing import Pool

from rdkit import Chem, RDConfig, RDLogger, rdBase
from rdkit.Chem import FilterCatalog

RDLogger.DisableLog("rdApp.*")

MOST = 10_000_000
PATTERNS = []
OPTIONS = {"uniquify": True, "maxMatches": MOST, "useChirality": False}


def catalogs():
    """PAINS, BRENK and NIH as the filter catalogue holds them, and RDKit's files of SMARTS."""
    names = FilterCatalog.FilterCatalogParams.FilterCatalogs
    for name in (names.PAINS, names.BRENK, names.NIH):
        parameters = FilterCatalog.FilterCatalogParams()
        parameters.AddCatalog(name)
        catalog = FilterCatalog.FilterCatalog(parameters)
        for number in range(catalog.GetNumEntries()):
            data = catalog.GetEntryWithIdx(number).Serialize()
            # a catalogue gives no pattern away but inside its own serialization
            for found in re.finditer(rb" (\d+) (?=\xef\xbe\xad\xde)", data):
                pickle = data[found.end() : found.end() + int(found[1])]
                yield Chem.MolToSmarts(Chem.Mol(pickle))
    folder = pathlib.Path(RDConfig.RDDataDir)
    with open(folder / "Pains" / "wehi_pains.csv") as file:
        yield from (row[0] for row in csv.reader(file))
    for name in ("patty_rules.txt", "RLewis_smarts.txt"):
        for line in (folder / "SmartsLib" / name).read_text().splitlines():
            if line.strip() and not line.startswith("#"):
                yield line.split()[0]


def read_patterns(path, uses_stereo):
    OPTIONS["useChirality"] = uses_stereo
    text = pathlib.Path(path).read_bytes().decode("utf-8")
    PATTERNS[:] = [Chem.MolFromSmarts(line) for line in text.removesuffix("\n").split("\n")]


def describe(smiles):
    molecule = Chem.MolFromSmiles(smiles)
    if molecule is None:
        return "error"
    fields = []
    for number, pattern in enumerate(PATTERNS):
        if pattern is None:
            continue
        matches = molecule.GetSubstructMatches(pattern, **OPTIONS)
        if matches:
            text = ";".join(",".join(map(str, match)) for match in sorted(map(sorted, matches)))
            fields.append(f"{number}:{len(matches)}:{zlib.crc32(text.encode())}")
    return " ".join(fields)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("patterns", nargs="?", help="file of SMARTS")
    parser.add_argument("--catalogs", action="store_true", help="write RDKit's own patterns")
    parser.add_argument("--stereo", action="store_true", help="stereo of the patterns counts")
    parser.add_argument("--jobs", type=int, default=2, help="processes (default 2)")
    arguments = parser.parse_args()
    print(f"rdkit {rdBase.rdkitVersion}")
    if arguments.catalogs:
        for smarts in catalogs():
            print(smarts)
        return
    read_patterns(arguments.patterns, arguments.stereo)
    for pattern in PATTERNS:
        print("error" if pattern is None else pattern.GetNumAtoms())
    text = sys.stdin.buffer.read().decode("utf-8")
    lines = text.removesuffix("\n").split("\n") if text else []
    with Pool(arguments.jobs, read_patterns, (arguments.patterns, arguments.stereo)) as pool:
        for line in pool.imap(describe, lines, chunksize=16):
            print(line)


if __name__ == "__main__":
    main()
