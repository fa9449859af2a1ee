"""Asks RDKit for what `soyaku screen --descriptors all --alerts all --must-match ...` wrote.

usage: check_properties.py results.h5 hits.csv input
"""

import csv
import json
import sys

import h5py
from rdkit import Chem, RDLogger
from rdkit.Chem import Crippen, Descriptors, Lipinski, QED, rdMolDescriptors
from rdkit.Chem.FilterCatalog import FilterCatalog, FilterCatalogParams

RDLogger.DisableLog("rdApp.*")
results_path, hits_path, input_path = sys.argv[1:]


def lipinski(molecule):
    return (
        (Descriptors.MolWt(molecule) <= 500)
        + (Crippen.MolLogP(molecule) <= 5)
        + (rdMolDescriptors.CalcNumHBA(molecule) <= 10)
        + (rdMolDescriptors.CalcNumHBD(molecule) <= 5)
    )


OWN = {
    "Lipinski": lipinski,
    "QED": QED.qed,
    "FormalCharge": Chem.GetFormalCharge,
    "NumAtomStereoCenters": rdMolDescriptors.CalcNumAtomStereoCenters,
    "NumUnspecifiedAtomStereoCenters": rdMolDescriptors.CalcNumUnspecifiedAtomStereoCenters,
}


CATALOGUES = {}
for catalogue in ("PAINS", "BRENK", "NIH"):
    parameters = FilterCatalogParams()
    parameters.AddCatalog(getattr(FilterCatalogParams.FilterCatalogs, catalogue))
    CATALOGUES[catalogue] = FilterCatalog(parameters)


def reference(name):
    if name.endswith("_alert"):
        return lambda molecule: len(CATALOGUES[name.removesuffix("_alert")].GetMatches(molecule))
    for function in (OWN.get(name), getattr(Descriptors, name, None), getattr(Lipinski, name, None)):
        if function:
            return function
    return None


with h5py.File(results_path) as results:
    codes = json.loads(results["status"].attrs["enum"])
    status = results["status"][:]
    configuration = json.loads(results.attrs["provenance"])
    columns = {group.attrs["name"]: group[:] for group in results["descriptors"].values()}
    offsets, reasons = results["reason/offsets"][:], bytes(results["reason/bytes"][:])
wanted = [Chem.MolFromSmarts(smarts) for smarts in configuration["must_match"]]
unwanted = [Chem.MolFromSmarts(smarts) for smarts in configuration["must_not_match"]]
assert wanted and unwanted

with open(input_path, newline="") as file:
    if input_path.endswith(".csv"):
        rows = list(csv.DictReader(file))
        key = next(name for name in rows[0] if name.lower() == "smiles")
        smiles = [row[key] for row in rows]
    else:
        smiles = [line.split()[0] for line in file]
assert len(smiles) == len(status), (len(smiles), len(status))

scored = {}
for row, text in enumerate(smiles):
    molecule = Chem.MolFromSmiles(text)
    passes = (
        molecule is not None
        and all(molecule.HasSubstructMatch(query) for query in wanted)
        and not any(molecule.HasSubstructMatch(query) for query in unwanted)
    )
    reason = reasons[offsets[row] : offsets[row + 1]].decode()
    if passes:
        assert status[row] == codes["ok"], (row, text, reason)
        scored[row] = molecule
    elif molecule is not None:
        assert status[row] == codes["excluded"] and "match" in reason, (row, text, reason)
    else:
        assert status[row] == codes["invalid"], (row, text, reason)
    assert passes or all(values[row] != values[row] for values in columns.values()), (row, text)
assert len(scored) > 20, len(scored)

compared = 0
for name, values in columns.items():
    function = reference(name)
    if function is None:
        continue
    for row, molecule in scored.items():
        expected = function(molecule)
        assert abs(values[row] - expected) <= 1e-6 * max(1.0, abs(expected)), (name, smiles[row], values[row], expected)
        compared += 1
assert compared >= 23 * len(scored), compared

with open(hits_path, newline="") as file:
    hits = list(csv.DictReader(file))
assert sorted(int(hit["row"]) for hit in hits) == sorted(scored)
for hit in hits:
    molecule = scored[int(hit["row"])]
    matches = [[list(atoms) for atoms in molecule.GetSubstructMatches(query, maxMatches=100)] for query in wanted]
    alerts = [
        f"{name}: {entry.GetDescription()}"
        for name, catalogue in CATALOGUES.items()
        for entry in catalogue.GetMatches(molecule)
    ]
    assert hit["alerts"] == "; ".join(alerts), (hit["smiles"], hit["alerts"], alerts)
    found = json.loads(hit["matched_atoms"])
    same = [sorted(map(sorted, ours)) for ours in found] == [sorted(map(sorted, theirs)) for theirs in matches]
    assert same, (hit["smiles"], found, matches)
print(f"{len(smiles)} compounds, {len(scored)} scored, {compared} values, {len(hits)} hits")
