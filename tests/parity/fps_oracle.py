#!/usr/bin/env python3
"""Fingerprints as FPS text from RDKit: the reference of crates/chem/tests/fps_parity.rs.

    fps_oracle.py SIZE...            one SMILES a line on stdin

The first line of the output names the RDKit version. Then one line for each SMILES: the Morgan fingerprint (radius 2)
of each size as DataStructs.BitVectToFPSText writes it, separated by tabs; empty for a SMILES that RDKit refuses.
"""

import sys

from rdkit import Chem, DataStructs, RDLogger, rdBase
from rdkit.Chem import rdFingerprintGenerator

RDLogger.DisableLog("rdApp.*")


def main():
    generators = [rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=int(size)) for size in sys.argv[1:]]
    print(f"rdkit {rdBase.rdkitVersion}")
    for line in sys.stdin:
        molecule = Chem.MolFromSmiles(line.strip())
        if molecule is None:
            print()
            continue
        print("\t".join(DataStructs.BitVectToFPSText(one.GetFingerprint(molecule)) for one in generators))


if __name__ == "__main__":
    main()
