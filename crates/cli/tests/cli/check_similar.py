"""Asks RDKit for the tables of `soyaku similar`: check_similar.py LIBRARY.csv QUERIES.csv CASES.txt

CASES.txt has a line for each table: fingerprint, `top` or `threshold`, the number, the table.
"""

import csv
import sys
from pathlib import Path

from rdkit import Chem, DataStructs, RDLogger
from rdkit.Chem import rdFingerprintGenerator as generators
from rdkit.Chem import rdMolDescriptors

RDLogger.DisableLog("rdApp.*")

MAKE = {
    "morgan2_2048": generators.GetMorganGenerator(radius=2, fpSize=2048).GetFingerprint,
    "torsion_1024": generators.GetTopologicalTorsionGenerator(fpSize=1024).GetFingerprint,
    "maccs": rdMolDescriptors.GetMACCSKeysFingerprint,
}


def read(path):
    with open(path, newline="") as file:
        rows = [(row["name"], row["smiles"]) for row in csv.DictReader(file)]
    return [(index, name, smiles, Chem.MolFromSmiles(smiles)) for index, (name, smiles) in enumerate(rows)]


def main(library_path, queries_path, cases_path):
    # A library holds what is a molecule, a query keeps the row of its file.
    library = [entry[1:] for entry in read(library_path) if entry[3] is not None]
    queries = [entry for entry in read(queries_path) if entry[3] is not None]
    compared = 0
    for case in Path(cases_path).read_text().splitlines():
        kind, how, number, table = case.split()
        make = MAKE[kind]
        fingerprints = [make(molecule) for _, _, molecule in library]
        expected = []
        for place, name, smiles, molecule in queries:
            similarities = DataStructs.BulkTanimotoSimilarity(make(molecule), fingerprints)
            order = sorted(range(len(library)), key=lambda row: (-similarities[row], row))
            if how == "top":
                order = order[: int(number)]
            else:
                order = [row for row in order if similarities[row] >= float(number)]
            for rank, row in enumerate(order, 1):
                found = library[row]
                expected.append((place, name or smiles, rank, row, found[0], found[1], similarities[row]))
        with open(Path(cases_path).parent / table, newline="") as file:
            got = list(csv.reader(file))
        assert got[0] == ["query", "query_name", "rank", "row", "name", "smiles", "similarity"], got[0]
        got = [(int(q), label, int(rank), int(row), *texts, float(s)) for q, label, rank, row, *texts, s in got[1:]]
        assert len(got) == len(expected), f"{case}: {len(got)} hits, RDKit {len(expected)}"
        for mine, theirs in zip(got, expected):
            assert mine == theirs, f"{case}: {mine}, RDKit {theirs}"
        compared += len(got)
    assert compared > 0
    print(f"{compared} hits compared")


if __name__ == "__main__":
    main(*sys.argv[1:])
