#!/usr/bin/env python3
"""Write src/element_table.rs and src/isotope_table.rs from RDKit's periodic table.

Run with the RDKit whose answers the crate reproduces:
    python scripts/make_tables.py
Only facts are taken: symbols, weights, outer electrons, allowed valences, isotope masses.
"""

import pathlib

import rdkit
from rdkit import Chem
from rdkit.Chem import rdqueries

TABLE = Chem.GetPeriodicTable()
SOURCE = pathlib.Path(__file__).resolve().parent.parent / "src"
METAL = rdqueries.MAtomQueryAtom()
HEADER = (
    f"// Written by scripts/make_tables.py from RDKit {rdkit.__version__}; do not edit.\n"
)


def is_metal(number):
    editable = Chem.RWMol()
    editable.AddAtom(Chem.Atom(number))
    return len(list(editable.GetMol().GetAtomsMatchingQuery(METAL))) > 0


def elements():
    lines = [
        "//! Element data: one row per atomic number.\n",
        HEADER,
        "\nuse crate::elements::Element;\n\n",
        "pub(crate) static ELEMENTS: [Element; 119] = [\n",
    ]
    for number in range(119):
        valences = list(TABLE.GetValenceList(number))
        assert 1 <= len(valences) <= 4
        padded = valences + [-1] * (4 - len(valences))
        lines.append(
            f'    Element {{ symbol: "{TABLE.GetElementSymbol(number)}", '
            f"weight: {TABLE.GetAtomicWeight(number)!r}, "
            f"outer_electrons: {TABLE.GetNOuterElecs(number)}, "
            f"valences: {padded}, valence_count: {len(valences)}, "
            f"is_metal: {str(is_metal(number)).lower()} }},\n"
        )
    lines.append("];\n")
    return "".join(lines)


def isotopes():
    rows, offsets = [], [0]
    for number in range(119):
        for mass_number in range(1, 400):
            mass = TABLE.GetMassForIsotope(number, mass_number)
            if mass:
                rows.append((mass_number, mass))
        offsets.append(len(rows))
    lines = [
        "//! Masses of isotopes, by element and mass number.\n",
        HEADER,
        "\n/// Rows of element `z` are `OFFSETS[z]..OFFSETS[z + 1]`.\n",
        f"pub(crate) static OFFSETS: [u16; {len(offsets)}] = [\n",
    ]
    for start in range(0, len(offsets), 16):
        lines.append("    " + ", ".join(map(str, offsets[start : start + 16])) + ",\n")
    lines.append("];\n\n/// Mass number and mass, ascending within an element.\n")
    lines.append(f"pub(crate) static ISOTOPES: [(u16, f64); {len(rows)}] = [\n")
    for start in range(0, len(rows), 5):
        chunk = ", ".join(f"({number}, {mass!r})" for number, mass in rows[start : start + 5])
        lines.append("    " + chunk + ",\n")
    lines.append("];\n")
    return "".join(lines)


if __name__ == "__main__":
    (SOURCE / "element_table.rs").write_text(elements())
    (SOURCE / "isotope_table.rs").write_text(isotopes())
