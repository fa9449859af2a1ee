#!/usr/bin/env python3
"""Write the tables of src/descriptors from the data that come with RDKit.

Run with the RDKit whose answers the crate reproduces:
    python scripts/make_descriptor_tables.py
Only facts are taken: masses of the commonest isotopes, the atom types and contributions of Wildman
and Crippen (1999), and the parameters and structural alerts of Bickerton et al. (2012).
"""

import pathlib

import rdkit
from rdkit import Chem, RDConfig
from rdkit.Chem import QED

SOURCE = pathlib.Path(__file__).resolve().parent.parent / "src" / "descriptors"
HEADER = f"// Written by scripts/make_descriptor_tables.py from RDKit {rdkit.__version__}; do not edit.\n"

# where RDKit's results show that the program's own table is not the file beside it
CHANGED = {"[#1]O[!C;!N;!O;!S]": "[#1]O[!#6;!#7;!#8;!#16]", "[#1][!C;!N;!O]": "[#1][!#6;!#7;!#8]"}


def text(value):
    return '"' + value.replace("\\", "\\\\") + '"'


def number(value):
    return repr(float(value))


def isotopes():
    table = Chem.GetPeriodicTable()
    lines = ["//! Mass of the commonest isotope of every element, by atomic number.\n", HEADER, "\n"]
    lines.append("pub(super) static COMMONEST: [f64; 119] = [\n")
    lines += [f"    {number(table.GetMostCommonIsotopeMass(z))},\n" for z in range(119)]
    return lines + ["];\n"]


def crippen():
    lines = ["//! Atom types: SMARTS, contribution to logP, contribution to molar refractivity.\n", HEADER, "\n"]
    lines.append("pub(super) static TYPES: &[(&str, f64, f64)] = &[\n")
    for line in (pathlib.Path(RDConfig.RDDataDir) / "Crippen.txt").read_text().splitlines():
        if not line.startswith("#") and line.strip():
            _, smarts, log_p, refractivity, *_ = [*line.split("\t"), ""]
            smarts = CHANGED.get(smarts, smarts)
            lines.append(f"    ({text(smarts)}, {number(log_p)}, {number(refractivity or 0)}),\n")
    return lines + ["];\n"]


def qed():
    lines = ["//! Desirability functions, acceptors and structural alerts of QED.\n", HEADER, "\n"]
    lines.append("/// A, B, C, D, E, F and the maximum, of every property.\n")
    lines.append("pub(super) static DESIRABILITY: [[f64; 7]; 8] = [\n")
    for name in QED.QEDproperties._fields:
        values = ", ".join(map(number, QED.adsParameters[name]))
        lines.append(f"    // {name}\n    [{values}],\n")
    lines.append("];\n\n/// Mean weights of the properties.\npub(super) static WEIGHTS: [f64; 8] = [")
    lines.append(", ".join(map(number, QED.WEIGHT_MEAN)) + "];\n\n")
    for comment, name, patterns in (
        ("Hydrogen bond acceptors: the matches of all are added up.", "ACCEPTORS", QED.AcceptorSmarts),
        ("Structural alerts.", "ALERTS", QED.StructuralAlertSmarts),
    ):
        if name == "ACCEPTORS":
            lines.append("// counted by a function of its own, which is compared with these in its tests\n#[cfg(test)]\n")
        lines.append(f"/// {comment}\npub(super) static {name}: &[&str] = &[\n")
        lines += [f"    {text(pattern)},\n" for pattern in patterns]
        lines.append("];\n\n")
    lines[-1] = "];\n"
    return lines


for name, lines in (("isotope", isotopes()), ("crippen", crippen()), ("qed", qed())):
    (SOURCE / f"{name}_table.rs").write_text("".join(lines))
