#!/usr/bin/env python3
"""The structural alerts that RDKit finds: the reference of crates/chem/tests/alert_parity.rs.

    alert_oracle.py [--jobs N] < SMILES

The first line of the output names the RDKit version. Then comes one line for each SMILES: `error`, or
for PAINS, BRENK and NIH, separated by `|`, the entries that match, in the order of the catalogue and
separated by `;`: `name:places:crc`. The places are those that differ in their atoms; the checksum is
that of the places as text, atoms sorted and separated by commas, places sorted as lists of numbers and
separated by slashes.
"""

import argparse
import sys
import zlib
from multiprocessing import Pool

from rdkit import Chem, RDLogger, rdBase
from rdkit.Chem import FilterCatalog

RDLogger.DisableLog("rdApp.*")

NAMES = ("PAINS", "BRENK", "NIH")
CATALOGS = []


def read_catalogs():
    for name in NAMES:
        parameters = FilterCatalog.FilterCatalogParams()
        parameters.AddCatalog(getattr(FilterCatalog.FilterCatalogParams.FilterCatalogs, name))
        CATALOGS.append(FilterCatalog.FilterCatalog(parameters))


def entry(molecule, found):
    places = [sorted(pair[1] for pair in match.atomPairs) for match in found.GetFilterMatches(molecule)]
    places = sorted({tuple(place) for place in places})
    text = "/".join(",".join(map(str, place)) for place in places)
    return f"{found.GetDescription()}:{len(places)}:{zlib.crc32(text.encode())}"


def describe(smiles):
    molecule = Chem.MolFromSmiles(smiles)
    if molecule is None:
        return "error"
    return "|".join(
        ";".join(entry(molecule, found) for found in catalog.GetMatches(molecule)) for catalog in CATALOGS
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=2, help="processes (default 2)")
    arguments = parser.parse_args()
    print(f"rdkit {rdBase.rdkitVersion}")
    text = sys.stdin.buffer.read().decode("utf-8")
    lines = text.removesuffix("\n").split("\n") if text else []
    with Pool(arguments.jobs, read_catalogs) as pool:
        for line in pool.imap(describe, lines, chunksize=16):
            print(line)


if __name__ == "__main__":
    main()
