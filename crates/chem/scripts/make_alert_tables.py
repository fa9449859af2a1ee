#!/usr/bin/env python3
"""Writes the structural alerts that come with RDKit as Rust tables.

    make_alert_tables.py

Run with the RDKit that the project compares itself with. An entry of a filter catalogue gives its name
away, but its pattern only inside its own serialization, as a pickled molecule between two numbers: from
how many matches on, and up to how many, it is an alert. All entries are checked to be one pattern that
alerts from one match on, so that the tables need a name and a SMARTS only.
"""

import pathlib
import re

from rdkit import Chem, rdBase
from rdkit.Chem import FilterCatalog

FOLDER = pathlib.Path(__file__).parent.parent / "src" / "alerts"
ENDIAN = rb"\xef\xbe\xad\xde"
FROM_ONE_ON = b" 1 4294967295 "
CATALOGUES = {
    "PAINS_A": "the 16 that hit most often",
    "PAINS_B": "the 55 in between",
    "PAINS_C": "the 409 that hit least often",
    "BRENK": "unwanted functional groups",
    "NIH": "problematic functional groups",
}


def entries(catalogue):
    parameters = FilterCatalog.FilterCatalogParams()
    parameters.AddCatalog(getattr(FilterCatalog.FilterCatalogParams.FilterCatalogs, catalogue))
    catalog = FilterCatalog.FilterCatalog(parameters)
    for number in range(catalog.GetNumEntries()):
        entry = catalog.GetEntryWithIdx(number)
        data = entry.Serialize()
        (found,) = re.finditer(rb" (\d+) (?=" + ENDIAN + rb")", data)
        pickle, rest = data[found.end() :][: int(found[1])], data[found.end() + int(found[1]) :]
        name = entry.GetDescription()
        assert rest.startswith(FROM_ONE_ON) and rest.count(FROM_ONE_ON) == 1, (name, rest)
        yield name, Chem.MolToSmarts(Chem.Mol(pickle)), entry.GetProp("Reference")


def literal(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def main():
    for catalogue, what in CATALOGUES.items():
        rows = list(entries(catalogue))
        assert len({name for name, _, _ in rows}) == len(rows), "names are distinct"
        reference = rows[0][2]
        print(catalogue, len(rows), reference)
        lines = [
            f"//! {catalogue}: {what}.",
            f"// Written by scripts/make_alert_tables.py from RDKit {rdBase.rdkitVersion}; do not edit.",
            "",
            "/// Name and SMARTS of every entry.",
            "#[rustfmt::skip]",
            f"pub(super) static ENTRIES: [(&str, &str); {len(rows)}] = [",
            *(f"    ({literal(name)}, {literal(smarts)})," for name, smarts, _ in rows),
            "];",
            "",
        ]
        (FOLDER / f"{catalogue.lower()}_table.rs").write_text("\n".join(lines))


if __name__ == "__main__":
    main()
