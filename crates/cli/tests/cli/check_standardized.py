"""Asks RDKit for the parents that `soyaku library build --standardize` stored.

usage: check_standardized.py library.h5 input.smi
"""

import sys

import h5py
from rdkit import Chem, RDLogger
from rdkit.Chem.MolStandardize import rdMolStandardize

RDLogger.DisableLog("rdApp.*")
library_path, input_path = sys.argv[1:]


def texts(group):
    offsets, content = group["offsets"][:], bytes(group["bytes"][:])
    return [content[start:end].decode() for start, end in zip(offsets, offsets[1:])]


with h5py.File(library_path) as library:
    smiles = texts(library["smiles"])
    lines = library["source/line"][:]
    originals = texts(library["properties/original_smiles"])
    changes = texts(library["properties/standardization"])
with open(input_path) as file:
    inputs = [line.strip() for line in file]

chooser, uncharger = rdMolStandardize.LargestFragmentChooser(), rdMolStandardize.Uncharger()
changed = 0
for text, line, original, change in zip(smiles, lines, originals, changes):
    source = inputs[line - 1]
    assert bool(original) == bool(change), (source, original, change)
    assert original in ("", source), (source, original)
    assert original or text == source, (source, text)
    molecule = rdMolStandardize.Cleanup(Chem.MolFromSmiles(source))
    expected = Chem.MolToSmiles(uncharger.uncharge(chooser.choose(molecule)))
    found = Chem.MolToSmiles(Chem.MolFromSmiles(text))
    assert found == Chem.MolToSmiles(Chem.MolFromSmiles(expected)), (source, text, expected)
    changed += bool(change)
assert len(smiles) > 500 and changed > 300, (len(smiles), changed)
print(f"{len(smiles)} compounds, {changed} changed")
