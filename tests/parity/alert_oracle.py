#!/usr/bin/env python3
"""The structural alerts that RDKit finds: the reference of crates/chem/tests/alert_parity.rs.

    alert_oracle.py [--jobs N] < SMILES

The first line of the output names the RDKit version. Then comes one line for each SMILES: `error`, or
for PAINS, BRENK and NIH, separated by `|`, the entries that match, in the order of the catalogue and
separated by `;`: `name:places:crc`. The places are those that differ in their atoms, of which the
catalogue's own `GetFilterMatches` shows one; the checksum is that of the places as text, atoms sorted and
separated by commas, places sorted as lists of numbers and separated by slashes. Both are left out (`name:-`) where the pattern has more than three parts, which can
be placed in millions of ways, and the checksum is 0 where there are more places than are listed.
"""

import argparse
import re
import sys
import zlib
from multiprocessing import Pool

from rdkit import Chem, RDLogger, rdBase
from rdkit.Chem import FilterCatalog

RDLogger.DisableLog("rdApp.*")

NAMES = ("PAINS", "BRENK", "NIH")
CATALOGS = []
PATTERNS = {}
MOST = 1000


def read_catalogs():
    for name in NAMES:
        parameters = FilterCatalog.FilterCatalogParams()
        parameters.AddCatalog(getattr(FilterCatalog.FilterCatalogParams.FilterCatalogs, name))
        catalog = FilterCatalog.FilterCatalog(parameters)
        CATALOGS.append(catalog)
        for number in range(catalog.GetNumEntries()):
            entry = catalog.GetEntryWithIdx(number)
            PATTERNS[name, entry.GetDescription()] = pattern_of(entry)


def pattern_of(entry):
    """The pattern of an entry, which gives it away only inside its own serialization."""
    data = entry.Serialize()
    (found,) = re.finditer(rb" (\d+) (?=\xef\xbe\xad\xde)", data)
    return Chem.Mol(data[found.end() :][: int(found[1])])


def describe_entry(molecule, catalog, entry):
    name = entry.GetDescription()
    pattern = PATTERNS[catalog, name]
    if len(Chem.GetMolFrags(pattern)) > 3:
        return f"{name}:-"
    matches = molecule.GetSubstructMatches(pattern, uniquify=True, maxMatches=MOST)
    if len(matches) == MOST:
        return f"{name}:{MOST}:0"
    places = sorted(map(sorted, matches))
    shown = [sorted(pair[1] for pair in match.atomPairs) for match in entry.GetFilterMatches(molecule)]
    assert shown and all(place in places for place in shown), (name, shown, places)
    text = "/".join(",".join(map(str, place)) for place in places)
    return f"{name}:{len(places)}:{zlib.crc32(text.encode())}"


def describe(smiles):
    molecule = Chem.MolFromSmiles(smiles)
    if molecule is None:
        return "error"
    return "|".join(
        ";".join(describe_entry(molecule, name, entry) for entry in catalog.GetMatches(molecule))
        for name, catalog in zip(NAMES, CATALOGS)
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
