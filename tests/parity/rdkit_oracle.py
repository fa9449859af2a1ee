#!/usr/bin/env python3
"""What RDKit makes of SMILES: the reference of crates/chem/tests/rdkit_parity.rs.

    rdkit_oracle.py [--jobs N] [--fast] [FILE]      one SMILES a line, from FILE or stdin

The first line of the output names the RDKit version. Then one line for each line of the input,
its fields separated by tabs:

    number  error
    number  ok  atoms  bonds  rings  fingerprint ...

atoms   separated by spaces, each Z,charge,isotope,chirality,explicit H,total H,total degree,
        aromatic,in ring,hybridization,radical electrons,mass,CIP (0, R or S)
bonds   separated by spaces, each begin,end,order,conjugated,in ring,stereo (RDKit's numbers)
rings   separated by spaces and sorted, each the sorted numbers of its atoms: the symmetrized set
fingerprint
        as many as FINGERPRINTS below; bits in hexadecimal (byte 0 first, bit 0 of a byte is 1),
        counts as id:count separated by spaces. --fast leaves them out.
"""

import argparse
import sys
from multiprocessing import Pool

from rdkit import Chem, DataStructs, RDLogger, rdBase
from rdkit.Chem import rdFingerprintGenerator

RDLogger.DisableLog("rdApp.*")


def generator(**options):
    return rdFingerprintGenerator.GetMorganGenerator(**options)


def bits(generator):
    return lambda molecule: DataStructs.BitVectToFPSText(generator.GetFingerprint(molecule))


def counts(generator, sparse=False):
    count = generator.GetSparseCountFingerprint if sparse else generator.GetCountFingerprint
    return lambda molecule: " ".join(f"{i}:{n}" for i, n in count(molecule).GetNonzeroElements().items())


ECFP4 = generator(radius=2, fpSize=2048)
ECFP6 = generator(radius=3, fpSize=1024)
CHIRAL_ECFP4 = generator(radius=2, fpSize=2048, includeChirality=True)
CHIRAL_ECFP6 = generator(radius=3, fpSize=1024, includeChirality=True)

FINGERPRINTS = [
    bits(ECFP4),
    counts(ECFP4),
    bits(ECFP6),
    counts(ECFP6),
    bits(CHIRAL_ECFP4),
    counts(CHIRAL_ECFP4),
    bits(CHIRAL_ECFP6),
    counts(CHIRAL_ECFP6),
    counts(generator(radius=4, includeChirality=True), sparse=True),
    bits(generator(radius=2, fpSize=1000, useBondTypes=False)),
    bits(generator(radius=2, fpSize=2048, countSimulation=True)),
]


def atom_text(atom):
    return (
        f"{atom.GetAtomicNum()},{atom.GetFormalCharge()},{atom.GetIsotope()},{int(atom.GetChiralTag())},"
        f"{atom.GetNumExplicitHs()},{atom.GetTotalNumHs()},{atom.GetTotalDegree()},{int(atom.GetIsAromatic())},"
        f"{int(atom.IsInRing())},{int(atom.GetHybridization())},{atom.GetNumRadicalElectrons()},"
        f"{atom.GetMass():.4f},{atom.GetProp('_CIPCode') if atom.HasProp('_CIPCode') else 0}"
    )


def bond_text(bond):
    return (
        f"{bond.GetBeginAtomIdx()},{bond.GetEndAtomIdx()},{int(bond.GetBondType())},"
        f"{int(bond.GetIsConjugated())},{int(bond.IsInRing())},{int(bond.GetStereo())}"
    )


def ring_text(molecule):
    rings = sorted(sorted(ring) for ring in molecule.GetRingInfo().AtomRings())
    return " ".join(",".join(map(str, ring)) for ring in rings)


def describe(task):
    number, smiles, with_fingerprints = task
    molecule = Chem.MolFromSmiles(smiles)
    if molecule is None:
        return f"{number}\terror"
    fields = [
        str(number),
        "ok",
        " ".join(map(atom_text, molecule.GetAtoms())),
        " ".join(map(bond_text, molecule.GetBonds())),
        ring_text(molecule),
    ]
    if with_fingerprints:
        fields.extend(fingerprint(molecule) for fingerprint in FINGERPRINTS)
    return "\t".join(fields)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", nargs="?", help="input; standard input where left out")
    parser.add_argument("--jobs", type=int, default=2, help="processes (default 2)")
    parser.add_argument("--fast", action="store_true", help="no fingerprints")
    arguments = parser.parse_args()
    source = open(arguments.file, "rb") if arguments.file else sys.stdin.buffer
    text = source.read().decode("utf-8")
    lines = text.removesuffix("\n").split("\n") if text else []
    print(f"rdkit {rdBase.rdkitVersion}")
    tasks = [(number, line, not arguments.fast) for number, line in enumerate(lines, 1)]
    with Pool(arguments.jobs) as pool:
        for line in pool.imap(describe, tasks, chunksize=64):
            print(line)


if __name__ == "__main__":
    main()
