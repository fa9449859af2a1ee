#!/usr/bin/env python3
"""Fingerprints by RDKit: the reference of crates/chem/tests/fingerprint_parity.rs.

    fingerprint_oracle.py [--jobs N] KIND [KIND ...]      one SMILES a line from stdin

The first line of the output names the RDKit version. Then one line for each line of the input: `error`, or one field
for each kind named, separated by tabs. Bits are hexadecimal (byte 0 first, bit 0 of a byte is 1), counts id:count
separated by spaces, and `exception` stands where RDKit raises one.
"""

import argparse
import sys
from multiprocessing import Pool

from rdkit import Chem, DataStructs, RDLogger, rdBase
from rdkit.Chem.MACCSkeys import GenMACCSKeys
from rdkit.Chem.rdFingerprintGenerator import (
    GetAtomPairGenerator,
    GetMorganFeatureAtomInvGen,
    GetMorganGenerator,
    GetRDKitFPGenerator,
    GetTopologicalTorsionGenerator,
)

RDLogger.DisableLog("rdApp.*")


def bits(generator):
    return lambda molecule: DataStructs.BitVectToFPSText(generator.GetFingerprint(molecule))


def counts(generator):
    return lambda molecule: count_text(generator.GetCountFingerprint(molecule))


def sparse(generator):
    return lambda molecule: count_text(generator.GetSparseCountFingerprint(molecule))


def count_text(vector):
    return " ".join(f"{i}:{n}" for i, n in vector.GetNonzeroElements().items())


def feature_morgan(**options):
    return GetMorganGenerator(atomInvariantsGenerator=GetMorganFeatureAtomInvGen(), **options)


KINDS = {
    "morgan": bits(GetMorganGenerator(radius=2)),
    "morgan3-counts": counts(GetMorganGenerator(radius=3, fpSize=1024)),
    "morgan-chiral": bits(GetMorganGenerator(radius=2, includeChirality=True)),
    "feature": bits(feature_morgan(radius=2)),
    "feature-counts": counts(feature_morgan(radius=2)),
    "feature3": bits(feature_morgan(radius=3, fpSize=1024)),
    "feature3-counts": counts(feature_morgan(radius=3, fpSize=1024)),
    "feature-chiral": bits(feature_morgan(radius=2, includeChirality=True)),
    "feature3-chiral-counts": counts(feature_morgan(radius=3, fpSize=1024, includeChirality=True)),
    "feature-sparse": sparse(feature_morgan(radius=4)),
    "maccs": lambda molecule: DataStructs.BitVectToFPSText(GenMACCSKeys(molecule)),
    "atom-pair": bits(GetAtomPairGenerator()),
    "atom-pair-plain": bits(GetAtomPairGenerator(countSimulation=False, fpSize=1000)),
    "atom-pair-counts": counts(GetAtomPairGenerator(fpSize=1024)),
    "atom-pair-sparse": sparse(GetAtomPairGenerator()),
    "atom-pair-chiral": bits(GetAtomPairGenerator(includeChirality=True, fpSize=1000)),
    "atom-pair-chiral-sparse": sparse(GetAtomPairGenerator(includeChirality=True)),
    "atom-pair-range": counts(GetAtomPairGenerator(minDistance=2, maxDistance=5)),
    "torsion": bits(GetTopologicalTorsionGenerator()),
    "torsion-plain": bits(GetTopologicalTorsionGenerator(countSimulation=False, fpSize=1000)),
    "torsion-counts": counts(GetTopologicalTorsionGenerator(fpSize=1024)),
    "torsion-sparse": sparse(GetTopologicalTorsionGenerator()),
    "torsion-chiral": bits(GetTopologicalTorsionGenerator(includeChirality=True, fpSize=1000)),
    "path": bits(GetRDKitFPGenerator()),
    "path-sparse": sparse(GetRDKitFPGenerator(maxPath=5)),
    "path-simulation": bits(GetRDKitFPGenerator(maxPath=4, countSimulation=True, numBitsPerFeature=6, fpSize=1000)),
    "path-plain-counts": counts(GetRDKitFPGenerator(minPath=2, maxPath=5, useHs=False, useBondOrder=False)),
    "path-linear": bits(GetRDKitFPGenerator(branchedPaths=False)),
    "path-linear-sparse": sparse(GetRDKitFPGenerator(branchedPaths=False, minPath=3, maxPath=6, useHs=False)),
    "path-linear-short": sparse(GetRDKitFPGenerator(branchedPaths=False, maxPath=3, numBitsPerFeature=1)),
    "torsion-chiral-sparse": sparse(GetTopologicalTorsionGenerator(includeChirality=True)),
}


def describe(task):
    smiles, kinds = task
    molecule = Chem.MolFromSmiles(smiles)
    if molecule is None:
        return "error"
    fields = []
    for kind in kinds:
        try:
            fields.append(KINDS[kind](molecule))
        except Exception:
            fields.append("exception")
    return "\t".join(fields)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kinds", nargs="+", choices=KINDS, metavar="KIND", help=", ".join(KINDS))
    parser.add_argument("--jobs", type=int, default=2, help="processes (default 2)")
    arguments = parser.parse_args()
    text = sys.stdin.buffer.read().decode("utf-8")
    lines = text.removesuffix("\n").split("\n") if text else []
    print(f"rdkit {rdBase.rdkitVersion}")
    with Pool(arguments.jobs) as pool:
        for line in pool.imap(describe, [(line, arguments.kinds) for line in lines], chunksize=64):
            print(line)


if __name__ == "__main__":
    main()
