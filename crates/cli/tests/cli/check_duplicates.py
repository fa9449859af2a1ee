"""A library without duplicates against RDKit: first occurrences stay, the others say where those are."""

import re
import sys

import h5py
from rdkit import Chem, RDLogger

RDLogger.DisableLog("rdApp.*")
with h5py.File(sys.argv[1]) as file:
    def texts(group):
        offsets, data = group["offsets"][:], bytes(group["bytes"][:])
        return [data[int(a) : int(b)].decode() for a, b in zip(offsets, offsets[1:])]

    smiles, lines = texts(file["smiles"]), file["source/line"][:].tolist()
    rejected = file["rejected"]
    reasons = dict(zip(rejected["line"][:].tolist(), texts(rejected["reason"])))

kept, first = [], {}
for number, line in enumerate(open(sys.argv[2]), 1):
    molecule = Chem.MolFromSmiles(line.split()[0])
    if molecule is None:
        assert "duplicate" not in reasons[number]
        continue
    canonical = Chem.MolToSmiles(molecule)
    if canonical in first:
        row, before = first[canonical]
        assert reasons[number] == f"duplicate of row {row} (line {before})", reasons[number]
    else:
        first[canonical] = (len(kept), number)
        kept.append((line.split()[0], number))
        assert number not in reasons
assert kept == list(zip(smiles, lines)), (kept, smiles, lines)
