"""Asks RDKit for the tables of `soyaku cluster`: check_cluster.py LIBRARY.csv CASES.txt

CASES.txt has a line for each table: fingerprint, method, threshold, the table, the table of centroids.

RDKit compares distances in doubles, 1 - similarity <= 1 - threshold, where 1 - 0.7 is not the double nearest to 0.3.
Similarities are fractions of small numbers: a distance that is allowed a billionth more than the threshold takes pairs
that meet it exactly, and no others.
"""

import csv
import sys
from pathlib import Path

import numpy as np
from rdkit import Chem, DataStructs, RDLogger
from rdkit.Chem import rdFingerprintGenerator as generators
from rdkit.Chem import rdMolDescriptors
from rdkit.ML.Cluster import Butina
from rdkit.SimDivFilters import rdSimDivPickers

RDLogger.DisableLog("rdApp.*")

MAKE = {
    "morgan2_2048": generators.GetMorganGenerator(radius=2, fpSize=2048).GetFingerprint,
    "torsion_1024": generators.GetTopologicalTorsionGenerator(fpSize=1024).GetFingerprint,
    "maccs": rdMolDescriptors.GetMACCSKeysFingerprint,
}
BLUR = 1e-9


def butina(fingerprints, distance, reordering=False):
    count = len(fingerprints)
    matrix = np.zeros((count, count))
    for row in range(1, count):
        matrix[row, :row] = 1 - np.array(DataStructs.BulkTanimotoSimilarity(fingerprints[row], fingerprints[:row]))
    matrix += matrix.T
    return Butina.ClusterData(matrix, count, distance + BLUR, isDistData=True, reordering=reordering)


def recounted(fingerprints, distance):
    """Members in the order of rows, as in all other tables: after the centroid."""
    return [[members[0], *sorted(members[1:])] for members in butina(fingerprints, distance, True)]


def leader(fingerprints, distance):
    leaders = list(rdSimDivPickers.LeaderPicker().LazyBitVectorPick(fingerprints, len(fingerprints), distance + BLUR))
    members = [[leader] for leader in leaders]
    numbers = {leader: number for number, leader in enumerate(leaders)}
    heads = [fingerprints[leader] for leader in leaders]
    for row, fingerprint in enumerate(fingerprints):
        if row not in numbers:
            # The first of those that are largest.
            similarities = DataStructs.BulkTanimotoSimilarity(fingerprint, heads)
            members[int(np.argmax(similarities))].append(row)
    return members


def main(library_path, cases_path):
    with open(library_path, newline="") as file:
        rows = [(row["name"], row["smiles"]) for row in csv.DictReader(file)]
    # A library holds what is a molecule.
    library = [(*row, molecule) for row in rows if (molecule := Chem.MolFromSmiles(row[1])) is not None]
    made = {}
    compared = 0
    for case in Path(cases_path).read_text().splitlines():
        kind, method, threshold, table, centroids = case.split()
        if kind not in made:
            made[kind] = [MAKE[kind](molecule) for *_, molecule in library]
        fingerprints = made[kind]
        clusters = {"butina": butina, "recounted": recounted, "leader": leader}[method](fingerprints, 1 - float(threshold))
        expected = [None] * len(library)
        for number, members in enumerate(clusters):
            similarities = DataStructs.BulkTanimotoSimilarity(
                fingerprints[members[0]], [fingerprints[row] for row in members]
            )
            assert list(members[1:]) == sorted(members[1:])
            for row, similarity in zip(members, similarities):
                is_centroid = row == members[0]
                similarity = 1.0 if is_centroid else similarity
                name, smiles, _ = library[row]
                expected[row] = (row, name, smiles, number, len(members), is_centroid, similarity)
        folder = Path(cases_path).parent
        with open(folder / table, newline="") as file:
            header, *got = csv.reader(file)
        assert header == ["row", "name", "smiles", "cluster", "cluster_size", "is_centroid", "similarity"], header
        got = [
            (int(row), name, smiles, int(cluster), int(size), is_centroid == "true", float(similarity))
            for row, name, smiles, cluster, size, is_centroid, similarity in got
        ]
        assert len(got) == len(expected), f"{case}: {len(got)} rows, of {len(expected)}"
        for mine, theirs in zip(got, expected):
            assert mine == theirs, f"{case}: {mine}, RDKit {theirs}"
        with open(folder / centroids, newline="") as file:
            header, *got = csv.reader(file)
        assert header == ["cluster", "cluster_size", "row", "name", "smiles"], header
        heads = [
            [str(number), str(len(members)), str(members[0]), *library[members[0]][:2]]
            for number, members in enumerate(clusters)
        ]
        assert got == heads, f"{case}: centroids"
        compared += len(expected)
        print(f"{case}: {len(expected)} compounds in {len(clusters)} clusters are RDKit's", flush=True)
    assert compared > 0


if __name__ == "__main__":
    main(*sys.argv[1:])
