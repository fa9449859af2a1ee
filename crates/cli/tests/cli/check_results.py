"""results.h5 read with h5py, as docs/formats.md describes it, against the hit list, the input and RDKit."""

import csv
import sys

import h5py
import numpy
from rdkit import Chem, DataStructs
from rdkit.Chem import rdFingerprintGenerator

results, hits, source, drugs = sys.argv[1:]
with open(source, newline="") as rows:
    smiles = [row["smiles"] for row in csv.DictReader(rows)]
with open(hits, newline="") as rows:
    hits = list(csv.DictReader(rows))
with open(drugs) as lines:
    actives = [line.split() for line in lines if line.strip()]

with h5py.File(results) as file:
    schema = file.attrs["soyaku_schema"]
    assert (schema.decode() if isinstance(schema, bytes) else schema) == "results/1", schema
    assert (file["status"][:] == 0).all(), "a compound of ESOL failed"
    assert file["source/line"][:].tolist() == list(range(2, len(smiles) + 2))
    means = {task: file[f"predictions/{task}/mean"][:] for task in file["predictions"]}
    similarity, nearest = file["similarity/max"][:], file["similarity/nearest"][:]

for values in means.values():
    assert values.dtype == numpy.float32 and values.shape == (len(smiles),)
    assert numpy.isfinite(values).all()
    assert values.std() > 0, "all predictions are equal"

generator = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=2048)
known = [generator.GetFingerprint(Chem.MolFromSmiles(text)) for text, _ in actives]
for row, text in enumerate(smiles):
    expected = DataStructs.BulkTanimotoSimilarity(generator.GetFingerprint(Chem.MolFromSmiles(text)), known)
    assert abs(similarity[row] - max(expected)) <= 1e-6, f"row {row}: {similarity[row]} against {max(expected)}"
    assert expected[nearest[row]] == max(expected), f"row {row}: nearest is {nearest[row]}"

for hit in hits:
    row = int(hit["row"])
    assert hit["smiles"] == smiles[row], hit
    for task, values in means.items():
        assert numpy.float32(hit[task]) == values[row], (task, hit[task], values[row])
    assert numpy.float32(hit["max_similarity"]) == similarity[row], hit
    assert hit["nearest"] == actives[nearest[row]][1], hit
