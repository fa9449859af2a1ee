#!/usr/bin/env python3
"""SMILES as RDKit writes them: the reference of crates/chem/tests/writer_parity.rs.

    rdkit_smiles_oracle.py [--jobs N] [--flat] [--random N]      one SMILES a line, from stdin
    rdkit_smiles_oracle.py --isomers N
    rdkit_smiles_oracle.py --orders

The first line of the output names the RDKit version. Then one line for each line of the input, its
fields separated by tabs: `error`, or

canonical   RDKit's canonical SMILES; --flat leaves isotopes and stereo out
again       the canonical SMILES of that: where it differs, RDKit itself loses something
random ...  as many SMILES as --random says, of the same molecule, its atoms in random order

With --isomers up to N stereoisomers of every molecule are listed instead, each on a line of its
own, as often as tags and marks can be combined (thus the same one several times). With --orders
the numbers of all bonds' orders in the Kekulé form, chosen by the order of the atoms.
"""

import argparse
import sys
from multiprocessing import Pool

from rdkit import Chem, RDLogger, rdBase
from rdkit.Chem.EnumerateStereoisomers import EnumerateStereoisomers, StereoEnumerationOptions

RDLogger.DisableLog("rdApp.*")


def describe(task):
    smiles, flat, count, seed = task
    molecule = Chem.MolFromSmiles(smiles)
    if molecule is None:
        return "error"
    canonical = Chem.MolToSmiles(molecule, isomericSmiles=not flat)
    again = Chem.MolFromSmiles(canonical)
    fields = [canonical, "error" if again is None else Chem.MolToSmiles(again, isomericSmiles=not flat)]
    if count:
        fields.extend(Chem.MolToRandomSmilesVect(molecule, count, randomSeed=seed))
    return "\t".join(fields)


def orders(smiles):
    molecule = Chem.MolFromSmiles(smiles)
    if molecule is None:
        return "error"
    Chem.Kekulize(molecule, clearAromaticFlags=True, canonical=False)
    return " ".join(str(int(bond.GetBondType())) for bond in molecule.GetBonds())


def isomers(smiles, count):
    options = StereoEnumerationOptions(unique=False, maxIsomers=count, rand=1)
    for isomer in EnumerateStereoisomers(Chem.MolFromSmiles(smiles), options=options):
        yield Chem.MolToSmiles(isomer, canonical=False)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=2, help="processes (default 2)")
    parser.add_argument("--flat", action="store_true", help="no isotopes, no stereo")
    parser.add_argument("--random", type=int, default=0, help="random SMILES of every molecule")
    parser.add_argument("--isomers", type=int, default=0, help="list so many stereoisomers of every molecule")
    parser.add_argument("--orders", action="store_true", help="bond orders of the Kekulé form")
    arguments = parser.parse_args()
    text = sys.stdin.buffer.read().decode("utf-8")
    lines = text.removesuffix("\n").split("\n") if text else []
    print(f"rdkit {rdBase.rdkitVersion}")
    if arguments.isomers:
        for line in lines:
            print("\n".join(isomers(line, arguments.isomers)))
        return
    tasks = [(line, arguments.flat, arguments.random, seed) for seed, line in enumerate(lines, 1)]
    with Pool(arguments.jobs) as pool:
        answers = (
            pool.imap(orders, lines, chunksize=64)
            if arguments.orders
            else pool.imap(describe, tasks, chunksize=64)
        )
        for line in answers:
            print(line)


if __name__ == "__main__":
    main()
