#!/usr/bin/env python3
"""SMILES out of downloaded packages, one a line: for the comparisons in crates/chem/tests.

    smiles_sets.py drugbank target/oracles     the approved drugs of the ADMET-AI wheel
    smiles_sets.py admet target/oracles        the same with ADMET-AI's physico-chemical columns, after tabs; a header
    smiles_sets.py nci target/oracles          the first 5,000 of NCI, as in RDKit's package
    smiles_sets.py moses target/oracles        all of MOSES, after `scripts/bootstrap moses`

Ends with 3 and says what is missing where a set is not there.
"""

import csv
import io
import pathlib
import sys
import zipfile


def missing(what):
    print(what, file=sys.stderr)
    sys.exit(3)


PHYSICO_CHEMICAL = [
    "molecular_weight",
    "logP",
    "hydrogen_bond_acceptors",
    "hydrogen_bond_donors",
    "Lipinski",
    "QED",
    "stereo_centers",
    "tpsa",
    "PAINS_alert",
    "BRENK_alert",
    "NIH_alert",
]


def drugbank_rows(oracles):
    wheel = next(iter(sorted(oracles.glob("admet_ai-*.whl"))), None)
    if wheel is None:
        missing(f"{oracles}/admet_ai-*.whl (scripts/bootstrap admet)")
    with zipfile.ZipFile(wheel) as archive:
        table = archive.read("admet_ai/resources/data/drugbank_approved.csv").decode()
    return list(csv.DictReader(io.StringIO(table)))


def drugbank(oracles):
    return [row["smiles"] for row in drugbank_rows(oracles)]


def admet(oracles):
    columns = ["smiles", *PHYSICO_CHEMICAL]
    return ["\t".join(columns)] + ["\t".join(row[column] for column in columns) for row in drugbank_rows(oracles)]


def nci(_):
    from rdkit import RDConfig

    path = pathlib.Path(RDConfig.RDDataDir) / "NCI" / "first_5K.smi"
    if not path.is_file():
        missing(str(path))
    return [line.split()[0] for line in path.read_text().splitlines() if line.strip()]


def moses(oracles):
    path = oracles / "moses" / "moses.smi"
    if not path.is_file():
        missing(f"{path} (scripts/bootstrap moses)")
    return path.read_text().splitlines()


def main():
    name, oracles = sys.argv[1:]
    sets = {"drugbank": drugbank, "admet": admet, "nci": nci, "moses": moses}
    sys.stdout.write("".join(f"{smiles}\n" for smiles in sets[name](pathlib.Path(oracles))))


if __name__ == "__main__":
    main()
