"""Compares graphs of `soyaku similar --all-pairs` and `--knn` with RDKit: check_pairs.py LIBRARY.h5 CASES.txt

CASES.txt has a line for each graph: measure, `threshold` or `knn`, the number, the graph. The library has morgan2_2048.
"""

import sys
from pathlib import Path

import h5py
import numpy
from rdkit import Chem, DataStructs, RDLogger
from rdkit.Chem import rdFingerprintGenerator as generators

RDLogger.DisableLog("rdApp.*")


def similarities(measure, query, fingerprints):
    if measure == "tanimoto":
        return DataStructs.BulkTanimotoSimilarity(query, fingerprints)
    if measure == "dice":
        return DataStructs.BulkDiceSimilarity(query, fingerprints)
    if measure == "cosine":
        return DataStructs.BulkCosineSimilarity(query, fingerprints)
    alpha, beta = measure.removeprefix("tversky:").split(",")
    return DataStructs.BulkTverskySimilarity(query, fingerprints, float(alpha), float(beta))


def read_smiles(path):
    with h5py.File(path) as library:
        offsets, text = library["smiles/offsets"][:], library["smiles/bytes"][:].tobytes()
    return [text[start:end].decode() for start, end in zip(offsets, offsets[1:])]


class Graph:
    def __init__(self, case, folder, count):
        self.case = case
        self.measure, self.how, self.number, name = case.split()
        with h5py.File(folder / name) as graph:
            attributes = dict(graph.attrs)
            self.indptr, self.indices, self.data = graph["indptr"][:], graph["indices"][:], graph["data"][:]
        assert attributes["soyaku_schema"] == "neighbors/1"
        assert (attributes["measure"], attributes["fingerprint"]) == (self.measure, "morgan2_2048")
        assert attributes["rows"] == count
        assert str(attributes["k" if self.how == "knn" else "threshold"]) == self.number
        dtypes = self.indptr.dtype, self.indices.dtype, self.data.dtype
        assert dtypes == (numpy.uint64, numpy.uint32, numpy.float64), dtypes
        assert len(self.indptr) == count + 1 and self.indptr[0] == 0
        assert self.indptr[-1] == len(self.indices) == len(self.data) > 0, case

    def check(self, row, expected_of_row):
        # RDKit sums up Tversky's denominator in doubles.
        tolerance = 1e-12 if self.measure.startswith("tversky") else 0
        if self.how == "threshold":
            expected = numpy.flatnonzero(expected_of_row >= float(self.number) - tolerance)
        else:
            # Equal fractions differ in the last digit where a root or a sum of doubles is below the line.
            exact = self.measure in ("tanimoto", "dice")
            order = expected_of_row if exact else numpy.round(expected_of_row, 13)
            expected = numpy.argsort(-order, kind="stable")[: int(self.number)]
            expected = expected[expected_of_row[expected] > 0]
        got = slice(int(self.indptr[row]), int(self.indptr[row + 1]))
        told = f"{self.case}, row {row}"
        assert numpy.array_equal(self.indices[got], expected), f"{told}: {self.indices[got]}, RDKit {expected}"
        difference = numpy.abs(self.data[got] - expected_of_row[expected]).max(initial=0)
        assert difference <= tolerance, f"{told}: {difference}"


def main(library_path, cases_path):
    make = generators.GetMorganGenerator(radius=2, fpSize=2048).GetFingerprint
    fingerprints = [make(Chem.MolFromSmiles(smiles)) for smiles in read_smiles(library_path)]
    cases = Path(cases_path).read_text().splitlines()
    graphs = [Graph(case, Path(cases_path).parent, len(fingerprints)) for case in cases]
    for row, fingerprint in enumerate(fingerprints):
        for measure in sorted({graph.measure for graph in graphs}):
            expected = numpy.array(similarities(measure, fingerprint, fingerprints))
            expected[row] = -1
            for graph in graphs:
                if graph.measure == measure:
                    graph.check(row, expected)
    for graph in graphs:
        print(f"{graph.case}: {len(graph.indices)} neighbours of {len(fingerprints)} compounds compared")


if __name__ == "__main__":
    main(*sys.argv[1:])
