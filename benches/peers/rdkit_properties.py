"""Times RDKit on what `soyaku screen` and `soyaku library build` do beside fingerprints.

    python rdkit_properties.py physchem INPUT.smi OUT.csv    the eleven physico-chemical columns of ADMET-AI 2.0.1
    python rdkit_properties.py pains INPUT.smi OUT.csv       how many of RDKit's PAINS alerts each molecule has
    python rdkit_properties.py sdf INPUT.sdf                 reading an SD file (ForwardSDMolSupplier)
    python rdkit_properties.py write-sdf INPUT.smi OUT.sdf   makes an SD file with flat coordinates; not timed

Prints one JSON object with the seconds of the loop, without imports. OUT.csv has the values under soyaku's column names.
"""

import argparse
import csv
import json
import sys
import time

import rdkit
from rdkit import Chem, RDLogger
from rdkit.Chem import AllChem, Crippen, Descriptors, QED, rdMolDescriptors
from rdkit.Chem.FilterCatalog import FilterCatalog, FilterCatalogParams

CATALOGUES = FilterCatalogParams.FilterCatalogs


def alert_count(name):
    parameters = FilterCatalogParams()
    parameters.AddCatalog(getattr(CATALOGUES, name))
    catalogue = FilterCatalog(parameters)
    return lambda molecule: len(catalogue.GetMatches(molecule))


def lipinski(molecule):
    """As admet_ai.physchem.lipinski_rule_of_five."""
    return (
        (Descriptors.MolWt(molecule) <= 500)
        + (Crippen.MolLogP(molecule) <= 5)
        + (rdMolDescriptors.CalcNumHBA(molecule) <= 10)
        + (rdMolDescriptors.CalcNumHBD(molecule) <= 5)
    )


def columns(what):
    pains = {"PAINS_alert": alert_count("PAINS")}
    if what == "pains":
        return pains
    return {
        "MolWt": Descriptors.MolWt,
        "MolLogP": Crippen.MolLogP,
        "NumHAcceptors": rdMolDescriptors.CalcNumHBA,
        "NumHDonors": rdMolDescriptors.CalcNumHBD,
        "Lipinski": lipinski,
        "QED": QED.qed,
        "NumAtomStereoCenters": rdMolDescriptors.CalcNumAtomStereoCenters,
        "TPSA": rdMolDescriptors.CalcTPSA,
        **pains,
        "BRENK_alert": alert_count("BRENK"),
        "NIH_alert": alert_count("NIH"),
    }


def compute(what, path, out):
    functions = columns(what)
    smiles = read(path)
    rows = []
    started = time.perf_counter()
    for text in smiles:
        molecule = Chem.MolFromSmiles(text)
        if molecule is not None:
            rows.append([text] + [function(molecule) for function in functions.values()])
    seconds = time.perf_counter() - started
    with open(out, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["smiles", *functions])
        writer.writerows(rows)
    return seconds, len(rows)


def read_sdf(path):
    started = time.perf_counter()
    with open(path, "rb") as file:
        count = sum(molecule is not None for molecule in Chem.ForwardSDMolSupplier(file))
    return time.perf_counter() - started, count


def write_sdf(path, out):
    with Chem.SDWriter(out) as writer:
        for index, text in enumerate(read(path)):
            molecule = Chem.MolFromSmiles(text)
            if molecule is not None:
                AllChem.Compute2DCoords(molecule)
                molecule.SetProp("_Name", f"row-{index}")
                molecule.SetProp("smiles", text)
                writer.write(molecule)


def read(path):
    with open(path) as lines:
        return [line.split()[0] for line in lines if line.strip()]


def main():
    parser = argparse.ArgumentParser(description="time RDKit's descriptors, alerts and SD reader")
    parser.add_argument("what", choices=["physchem", "pains", "sdf", "write-sdf"])
    parser.add_argument("input")
    parser.add_argument("out", nargs="?")
    args = parser.parse_args()
    RDLogger.DisableLog("rdApp.*")
    if args.what == "write-sdf":
        return write_sdf(args.input, args.out)
    seconds, count = read_sdf(args.input) if args.what == "sdf" else compute(args.what, args.input, args.out)
    print(json.dumps({
        "peer": "rdkit",
        "versions": {"rdkit": rdkit.__version__, "python": sys.version.split()[0]},
        "molecules": count,
        "seconds": seconds,
    }))


if __name__ == "__main__":
    main()
