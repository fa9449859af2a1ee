#!/usr/bin/env python3
"""Scaffolds by RDKit: the reference of crates/chem/tests/scaffold_parity.rs.

    scaffold_oracle.py [--jobs N] [--random N]      one SMILES a line, from stdin
    scaffold_oracle.py [--jobs N] --read

The first line of the output names the RDKit version. Then one line for each line of the input:
`error` where RDKit does not read it, or these fields, separated by tabs:

canonical  RDKit's canonical SMILES of the molecule
scaffold   of MurckoScaffold.GetScaffoldForMol, all bonds beside configured double bonds marked
generic    of MurckoScaffold.MakeScaffoldGeneric of that
random ... as many SMILES of the molecule as --random says, its atoms in random order

RDKit does not perceive a scaffold anew, so that the text is read once more and written again. A
scaffold without atoms is an empty text; `error: ...` where RDKit raises or cannot read its own text.

With --read the answer is the canonical SMILES alone, and the canonical SMILES of that.
"""

import argparse
import sys
from multiprocessing import Pool

from rdkit import Chem, RDLogger, rdBase
from rdkit.Chem.Scaffolds import MurckoScaffold

RDLogger.DisableLog("rdApp.*")


def reread(make):
    try:
        text = Chem.MolToSmiles(make())
    except Exception as error:
        return f"error: {type(error).__name__}"
    molecule = Chem.MolFromSmiles(text)
    return f"error: cannot read {text}" if molecule is None else Chem.MolToSmiles(molecule)


def describe(task):
    smiles, count, seed = task
    molecule = Chem.MolFromSmiles(smiles)
    if molecule is None:
        return "error"
    canonical = Chem.MolToSmiles(molecule)
    # a configuration goes with its marks: without this, those that the text of the molecule happens to have
    Chem.SetDoubleBondNeighborDirections(molecule)
    fields = [
        canonical,
        reread(lambda: MurckoScaffold.GetScaffoldForMol(molecule)),
        reread(lambda: MurckoScaffold.MakeScaffoldGeneric(MurckoScaffold.GetScaffoldForMol(molecule))),
    ]
    if count:
        fields.extend(Chem.MolToRandomSmilesVect(molecule, count, randomSeed=seed))
    return "\t".join(fields)


def read(smiles):
    molecule = Chem.MolFromSmiles(smiles)
    if molecule is None:
        return "error"
    canonical = Chem.MolToSmiles(molecule)
    return f"{canonical}\t{Chem.CanonSmiles(canonical)}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=2, help="processes (default 2)")
    parser.add_argument("--random", type=int, default=0, help="random SMILES of every molecule")
    parser.add_argument("--read", action="store_true", help="only read and write")
    arguments = parser.parse_args()
    text = sys.stdin.buffer.read().decode("utf-8")
    lines = text.removesuffix("\n").split("\n") if text else []
    print(f"rdkit {rdBase.rdkitVersion}")
    tasks = [(line, arguments.random, seed) for seed, line in enumerate(lines, 1)]
    with Pool(arguments.jobs) as pool:
        answers = (
            pool.imap(read, lines, chunksize=64)
            if arguments.read
            else pool.imap(describe, tasks, chunksize=64)
        )
        for line in answers:
            print(line)


if __name__ == "__main__":
    main()
