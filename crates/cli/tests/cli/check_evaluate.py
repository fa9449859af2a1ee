"""Asks RDKit for ranked lists and measures of `soyaku similar --fusion` and `--evaluate`: check_evaluate.py FOLDER

FOLDER/cases.txt has a line for each case: name of LIBRARY.csv (name, smiles, label) and QUERIES.csv (name, smiles),
fingerprint, fusion, alpha, whether queries are left out (1 or 0), table of all compounds, measures in JSON.
"""

import csv
import json
import math
import random
import sys
from pathlib import Path

import numpy
from rdkit import Chem, DataStructs, RDLogger
from rdkit.Chem import rdFingerprintGenerator as generators
from rdkit.Chem import rdMolDescriptors
from rdkit.ML.Scoring import Scoring

RDLogger.DisableLog("rdApp.*")

MAKE = {
    "morgan2_2048": generators.GetMorganGenerator(radius=2, fpSize=2048).GetFingerprint,
    "maccs": rdMolDescriptors.GetMACCSKeysFingerprint,
}
LABELS = {"1": True, "true": True, "active": True, "0": False, "false": False, "inactive": False, "": None}
FRACTIONS = [0.005, 0.01, 0.02, 0.05, 0.1]
SHUFFLES = 100


def read(path):
    with open(path, newline="") as file:
        rows = [(row["name"], row["smiles"], row.get("label", "")) for row in csv.DictReader(file)]
    return [(index, *row, Chem.MolFromSmiles(row[1])) for index, row in enumerate(rows)]


def fuse(similarities, fusion):
    """Score, and the first of the most similar queries."""
    order = sorted(range(len(similarities)), key=lambda query: (-similarities[query], query))
    counted = {"max": 1, "mean": len(order)}.get(fusion) or min(int(fusion.removeprefix("mean:")), len(order))
    total = 0.0
    for query in order[:counted]:  # sum() of newer Pythons rounds otherwise
        total += similarities[query]
    return total / counted, order[0]


def rdkit_measures(actives, alpha):
    scores = [(active,) for active in actives]
    return [
        Scoring.CalcAUC(scores, 0),
        Scoring.CalcBEDROC(scores, 0, alpha),
        Scoring.CalcRIE(scores, 0, alpha),
        *Scoring.CalcEnrichment(scores, 0, FRACTIONS),
    ]


def measures(found):
    return [found["roc_auc"], found["bedroc"], found["rie"], *(entry["factor"] for entry in found["enrichment"])]


def midrank_auc(scores, actives):
    """Mann and Whitney's statistic with mean ranks of equals."""
    _, place, counts = numpy.unique(scores, return_inverse=True, return_counts=True)
    ranks = (numpy.cumsum(counts) - (counts - 1) / 2)[place]
    positive, negative = actives.sum(), (~actives).sum()
    return (ranks[actives].sum() - positive * (positive + 1) / 2) / (positive * negative)


def log_auc(scores, actives):
    """By numbers: the ROC curve at many points, their distance the same in log10."""
    corners = [(0.0, 0.0)]
    for score in numpy.unique(scores)[::-1]:
        above = scores >= score
        corners.append((above[~actives].mean(), above[actives].mean()))
    x, y = numpy.array(corners).T
    at = numpy.logspace(-3, 0, 400_001)
    # At a false positive rate where the curve rises, the upper end counts; which one matters to no area.
    last = numpy.append(x[1:] != x[:-1], True)
    first = numpy.append(True, x[1:] != x[:-1])
    high, low = numpy.interp(at, x[last], y[last]), numpy.interp(at, x[first], y[first])
    place = numpy.searchsorted(x[last], at, side="left").clip(1)
    left, right = x[last][place - 1], x[last][place]
    slope = (y[first][place] - y[last][place - 1]) / (right - left)
    value = y[last][place - 1] + slope * (at - left)
    assert ((value <= high + 1e-9) & (value >= low - 1e-9)).all()
    return ((value[1:] + value[:-1]) / 2).mean()


def close(mine, theirs, tolerance, what):
    assert abs(mine - theirs) <= tolerance * max(1.0, abs(theirs)), f"{what}: {mine}, expected {theirs}"
    return abs(mine - theirs)


def main(folder):
    folder = Path(folder)
    made, worst, compared = {}, 0.0, 0
    for case in (folder / "cases.txt").read_text().splitlines():
        data, kind, fusion, alpha, exclude, table, report = case.split()
        alpha = float(alpha)
        if (data, kind) not in made:
            library = [entry[1:] for entry in read(folder / f"{data}.csv") if entry[4] is not None]
            queries = [entry for entry in read(folder / f"{data}-queries.csv") if entry[4] is not None]
            own = [MAKE[kind](entry[4]) for entry in queries]
            prints = [MAKE[kind](entry[3]) for entry in library]
            similar = [DataStructs.BulkTanimotoSimilarity(one, own) for one in prints]
            known = [one in own for one in prints]
            made[data, kind] = library, queries, similar, known
        library, queries, similar, known = made[data, kind]
        kept = [row for row in range(len(library)) if not (exclude == "1" and known[row])]
        fused = {row: fuse(similar[row], fusion) for row in kept}
        order = sorted(kept, key=lambda row: (-fused[row][0], row))

        with open(folder / table, newline="") as file:
            header, *got = csv.reader(file)
        assert header == ["rank", "row", "name", "smiles", "score", "nearest", "nearest_name"], header
        assert len(got) == len(order), f"{case}: {len(got)} rows, expected {len(order)}"
        for rank, (cells, row) in enumerate(zip(got, order), 1):
            score, nearest = fused[row]
            place, name, smiles = queries[nearest][:3]
            expected = (rank, row, *library[row][:2], score, place, name or smiles)
            mine = (int(cells[0]), int(cells[1]), cells[2], cells[3], float(cells[4]), int(cells[5]), cells[6])
            assert mine == expected, f"{case}: {mine}, expected {expected}"

        labels = [LABELS[entry[2].strip().lower()] for entry in library]
        ranked = [row for row in order if labels[row] is not None]
        actives = numpy.array([labels[row] for row in ranked])
        scores = numpy.array([fused[row][0] for row in ranked])
        found = json.loads((folder / report).read_text())
        again = sum(known[row] and labels[row] is not None for row in range(len(library)))
        counts = {
            "compounds": len(library),
            "actives": int(actives.sum()),
            "inactives": int((~actives).sum()),
            "unlabelled": labels.count(None),
            "excluded": again if exclude == "1" else 0,
            "same_as_query": 0 if exclude == "1" else again,
            "tied": int(sum(count for count in numpy.unique(scores, return_counts=True)[1] if count > 1)),
        }
        assert found["counts"] == counts, f"{case}: {found['counts']}, expected {counts}"
        assert again > 0 and (found["alpha"], found["fusion"]) == (alpha, fusion), found

        # The same order, so the same numbers.
        for mine, theirs in zip(measures(found["in_row_order"]), rdkit_measures(actives, alpha), strict=True):
            worst = max(worst, close(mine, theirs, 1e-12, case))
        close(found["measures"]["roc_auc"], midrank_auc(scores, actives), 1e-12, case)
        close(found["measures"]["log_auc"], log_auc(scores, actives), 2e-5, case)
        close(found["in_row_order"]["log_auc"], log_auc(-numpy.arange(len(scores)), actives), 2e-5, case)
        for entry, fraction in zip(found["measures"]["enrichment"], FRACTIONS, strict=True):
            assert entry["compounds"] == math.ceil(fraction * len(scores)), case
            best = min(entry["compounds"], actives.sum()) / entry["compounds"] / actives.mean()
            close(entry["maximum"], best, 1e-12, case)

        # Equals in any order: RDKit's mean over many.
        random.seed(7)
        rows = []
        for _ in range(SHUFFLES):
            shuffled = sorted(range(len(scores)), key=lambda index: (-scores[index], random.random()))
            rows.append(rdkit_measures(actives[shuffled], alpha))
        rows = numpy.array(rows)
        error = rows.std(axis=0, ddof=1) / math.sqrt(SHUFFLES)
        for mine, mean, one in zip(measures(found["measures"]), rows.mean(axis=0), error, strict=True):
            assert abs(mine - mean) <= 5 * one + 1e-12, f"{case}: {mine}, RDKit on average {mean} +- {one}"
        compared += 1
    assert compared > 0
    print(f"{compared} evaluations compared; largest difference on the same order {worst:.1e}")


if __name__ == "__main__":
    main(*sys.argv[1:])
