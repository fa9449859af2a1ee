#!/usr/bin/env python3
"""RDKit's descriptors of SMILES: the reference of crates/chem/tests/descriptor_parity.rs.

    descriptor_oracle.py [--jobs N] < SMILES     one a line

The first line of the output names the RDKit version, the second the descriptors. Then one line for
each SMILES: `error`, or the values in the order of the names, separated by tabs.
"""

import argparse
import sys
from multiprocessing import Pool

from rdkit import Chem, RDLogger, rdBase
from rdkit.Chem import QED, Crippen, Descriptors, Lipinski, rdMolDescriptors
from rdkit.Contrib.SA_Score import sascorer

RDLogger.DisableLog("rdApp.*")


def lipinski(molecule):
    """Fulfilled rules, as ADMET-AI 2.0.1 counts them (admet_ai.physchem.lipinski_rule_of_five)."""
    return (
        int(Descriptors.MolWt(molecule) <= 500)
        + int(Crippen.MolLogP(molecule) <= 5)
        + int(rdMolDescriptors.CalcNumHBA(molecule) <= 10)
        + int(rdMolDescriptors.CalcNumHBD(molecule) <= 5)
    )


# the last one assigns stereochemistry anew: what comes after it would see a changed molecule
DESCRIPTORS = {
    "MolWt": Descriptors.MolWt,
    "ExactMolWt": Descriptors.ExactMolWt,
    "MolLogP": Crippen.MolLogP,
    "MolMR": Crippen.MolMR,
    "TPSA": rdMolDescriptors.CalcTPSA,
    "NumHAcceptors": Lipinski.NumHAcceptors,
    "NumHDonors": Lipinski.NumHDonors,
    "Lipinski": lipinski,
    "NumRotatableBonds": Lipinski.NumRotatableBonds,
    "RingCount": Lipinski.RingCount,
    "NumAromaticRings": Lipinski.NumAromaticRings,
    "NumAliphaticRings": Lipinski.NumAliphaticRings,
    "NumSaturatedRings": Lipinski.NumSaturatedRings,
    "NumHeterocycles": Lipinski.NumHeterocycles,
    "NumAromaticHeterocycles": Lipinski.NumAromaticHeterocycles,
    "FractionCSP3": Lipinski.FractionCSP3,
    "HeavyAtomCount": Lipinski.HeavyAtomCount,
    "NumHeteroatoms": Lipinski.NumHeteroatoms,
    "NHOHCount": Lipinski.NHOHCount,
    "NOCount": Lipinski.NOCount,
    "FormalCharge": Chem.GetFormalCharge,
    "NumAtomStereoCenters": rdMolDescriptors.CalcNumAtomStereoCenters,
    "NumUnspecifiedAtomStereoCenters": rdMolDescriptors.CalcNumUnspecifiedAtomStereoCenters,
    "NumSpiroAtoms": rdMolDescriptors.CalcNumSpiroAtoms,
    "NumBridgeheadAtoms": rdMolDescriptors.CalcNumBridgeheadAtoms,
    "QED": QED.qed,
    "SAscore": sascorer.calculateScore,
}


def value(function, molecule):
    try:
        return repr(function(molecule))
    except (ValueError, RuntimeError, ZeroDivisionError) as error:
        return type(error).__name__


def describe(smiles):
    molecule = Chem.MolFromSmiles(smiles)
    if molecule is None:
        return "error"
    return "\t".join(value(function, molecule) for function in DESCRIPTORS.values())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=2, help="processes (default 2)")
    arguments = parser.parse_args()
    text = sys.stdin.buffer.read().decode("utf-8")
    lines = text.removesuffix("\n").split("\n") if text else []
    print(f"rdkit {rdBase.rdkitVersion}")
    print("\t".join(DESCRIPTORS))
    sascorer.readFragmentScores()  # once, before the processes part
    with Pool(arguments.jobs) as pool:
        for line in pool.imap(describe, lines, chunksize=64):
            print(line)


if __name__ == "__main__":
    main()
