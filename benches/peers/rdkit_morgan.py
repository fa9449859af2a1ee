"""Times RDKit reading SMILES and making Morgan fingerprints (radius 2, 2048 bits).

    python rdkit_morgan.py INPUT.smi --processes 1 [--limit N] [--repeats 3]

Prints one JSON object with the molecules per second of each repeat. Several processes share the input evenly, which is
how RDKit is run on several cores from Python; starting them is not timed.
"""

import argparse
import json
import multiprocessing
import sys
import time

import rdkit
from rdkit import Chem, RDLogger
from rdkit.Chem import rdFingerprintGenerator


def fingerprint_all(smiles):
    """The number of molecules read; the fingerprints are made and dropped."""
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=2048)
    read = 0
    for text in smiles:
        molecule = Chem.MolFromSmiles(text)
        if molecule is not None:
            generator.GetFingerprint(molecule)
            read += 1
    return read


def warm_up(_):
    RDLogger.DisableLog("rdApp.*")
    return fingerprint_all(["c1ccccc1C(=O)O"] * 100)


def main():
    parser = argparse.ArgumentParser(description="time RDKit parsing and Morgan fingerprints")
    parser.add_argument("input")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--limit", type=int, default=0)
    parser.add_argument("--repeats", type=int, default=3)
    args = parser.parse_args()

    with open(args.input) as lines:
        smiles = [line.split()[0] for line in lines if line.strip()]
    if args.limit:
        smiles = smiles[: args.limit]
    shares = [smiles[i :: args.processes] for i in range(args.processes)]

    with multiprocessing.Pool(args.processes) as pool:
        pool.map(warm_up, range(args.processes), chunksize=1)
        seconds = []
        for _ in range(args.repeats):
            started = time.perf_counter()
            read = sum(pool.map(fingerprint_all, shares, chunksize=1))
            seconds.append(time.perf_counter() - started)

    median = sorted(seconds)[len(seconds) // 2]
    print(json.dumps({
        "peer": "rdkit",
        "versions": {"rdkit": rdkit.__version__, "python": sys.version.split()[0]},
        "processes": args.processes,
        "molecules": len(smiles),
        "read": read,
        "seconds": seconds,
        "molecules_per_second": len(smiles) / median,
        "molecules_per_second_per_core": len(smiles) / median / args.processes,
    }))


if __name__ == "__main__":
    main()
