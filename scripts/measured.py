"""Predicted against measured aqueous solubility: python measured.py HITS.csv ESOL.csv (standard library only)."""

import csv
import math
import sys

TASK, MEASURED = "Solubility_AqSolDB", "logSolubility"


def correlation(x, y):
    mean_x, mean_y = sum(x) / len(x), sum(y) / len(y)
    covariance = sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y))
    return covariance / math.sqrt(sum((a - mean_x) ** 2 for a in x) * sum((b - mean_y) ** 2 for b in y))


def main():
    hits, esol = sys.argv[1:]
    with open(esol, newline="") as rows:
        measured = [(row["smiles"], float(row[MEASURED])) for row in csv.DictReader(rows)]
    with open(hits, newline="") as rows:
        pairs = []
        for row in csv.DictReader(rows):
            smiles, value = measured[int(row["row"])]
            if smiles != row["smiles"]:
                sys.exit(f"{hits}: row {row['row']} is {row['smiles']}, but {smiles} in {esol}")
            pairs.append((float(row[TASK]), value))
    if not pairs:
        sys.exit(f"{hits}: no rows")

    predicted, values = zip(*pairs)
    rmse = math.sqrt(sum((p - v) ** 2 for p, v in pairs) / len(pairs))
    print(f"{len(pairs)} of {len(measured)} compounds: RMSE {rmse:.2f} log10(mol/L), "
          f"Pearson r {correlation(predicted, values):.3f}\n")

    print("measured log S     n   mean predicted")
    for low in range(-12, 2, 2):
        inside = [p for p, v in pairs if low <= v < low + 2]
        if inside:
            mean = sum(inside) / len(inside)
            print(f"{low:>5} to {low + 2:>3} {len(inside):>8} {mean:>12.2f}   {'#' * max(0, round((12 + mean) * 3))}")
    print("\nThe model was trained on a collection that contains these compounds (data/README.md): this checks the\n"
          "program, not the model.")


if __name__ == "__main__":
    main()
