#!/usr/bin/env python3
"""What RDKit makes of mol blocks: the reference of crates/chem/tests/sdf_parity.rs.

    sdf_oracle.py make KIND...       one SMILES a line on stdin: writes a mol block of each kind
    sdf_oracle.py blocks             one mol block a line on stdin
    sdf_oracle.py file SDF           every record of an SD file
    sdf_oracle.py canonical          a SMILES, a tab and a mol block a line on stdin: writes the canonical SMILES of
                                     both, separated by a tab, "error" for what RDKit refuses

Line ends within a mol block or a value are written as \\x01. The first line of the output names
the RDKit version. Then one line for each mol block, its fields separated by tabs:

    block  error
    block  ok  atoms  bonds  rings

with atoms, bonds and rings as rdkit_oracle.py has them. For blocks from stdin and for a file the
block is left empty. For a file two fields follow (empty ones after an error): the title, and the properties, name\\x02value
separated by \\x03.

Kinds: see KINDS below. A SMILES that RDKit cannot read or draw gives no line.
"""

import random
import sys
from multiprocessing import Pool

from rdkit import Chem, RDLogger, rdBase
from rdkit.Chem import AllChem

from rdkit_oracle import atom_text, bond_text, ring_text

RDLogger.DisableLog("rdApp.*")


def drawn(molecule):
    AllChem.Compute2DCoords(molecule)
    return molecule


def shuffled(molecule):
    """Atoms in another order, the same for the same molecule."""
    order = list(range(molecule.GetNumAtoms()))
    random.Random(len(order)).shuffle(order)
    return Chem.RenumberAtoms(molecule, order)


def turned(block):
    """Bonds without wedge with their atoms exchanged and in the opposite order: V2000 only."""
    lines = block.split("\n")
    atoms, bonds = int(lines[3][:3]), int(lines[3][3:6])
    rows = lines[4 + atoms : 4 + atoms + bonds]
    rows = [row[3:6] + row[:3] + row[6:] if row[9:12].strip() in ("", "0") else row for row in rows]
    lines[4 + atoms : 4 + atoms + bonds] = reversed(rows)
    return "\n".join(lines)


def remarked(block):
    """Every fifth bond of those single or double is drawn as a wavy or a crossed one."""
    lines = block.split("\n")
    atoms, bonds = int(lines[3][:3]), int(lines[3][3:6])
    for number in range(4 + atoms, 4 + atoms + bonds, 5):
        row = lines[number]
        mark = {"  1": "  4", "  2": "  3"}.get(row[6:9], "  0")
        lines[number] = row[:9] + mark + row[12:]
    return "\n".join(lines)


def rewedged(block):
    """Every third single bond becomes a wedge of one kind or the other, sensible or not."""
    lines = block.split("\n")
    atoms, bonds = int(lines[3][:3]), int(lines[3][3:6])
    for number in range(4 + atoms, 4 + atoms + bonds, 3):
        row = lines[number]
        if row[6:9] == "  1":
            lines[number] = row[:9] + ("  1" if number % 2 else "  6") + row[12:]
    return "\n".join(lines)


def embedded(molecule):
    molecule = Chem.AddHs(molecule)
    if AllChem.EmbedMolecule(molecule, randomSeed=7, maxAttempts=5) != 0:
        raise ValueError("no conformation")
    return molecule


def fits_v2000(molecule):
    if molecule.GetNumAtoms() > 999 or molecule.GetNumBonds() > 999:
        raise ValueError("too large for V2000")
    return molecule


KINDS = {
    "v2000": lambda m: Chem.MolToMolBlock(drawn(m)),
    "v3000": lambda m: Chem.MolToV3KMolBlock(drawn(m)),
    "shuffled": lambda m: Chem.MolToMolBlock(drawn(shuffled(m))),
    "hydrogens": lambda m: Chem.MolToMolBlock(drawn(Chem.AddHs(m))),
    "turned": lambda m: turned(Chem.MolToMolBlock(fits_v2000(drawn(Chem.AddHs(m))))),
    "aromatic": lambda m: Chem.MolToMolBlock(drawn(m), kekulize=False),
    "aromatic-hydrogens": lambda m: Chem.MolToMolBlock(drawn(Chem.AddHs(m)), kekulize=False),
    "aromatic-v3000": lambda m: Chem.MolToV3KMolBlock(drawn(m), kekulize=False),
    "remarked": lambda m: remarked(Chem.MolToMolBlock(fits_v2000(drawn(m)))),
    "rewedged": lambda m: rewedged(Chem.MolToMolBlock(fits_v2000(drawn(m)))),
    "rewedged-hydrogens": lambda m: rewedged(Chem.MolToMolBlock(fits_v2000(drawn(Chem.AddHs(m))))),
    "space": lambda m: Chem.MolToMolBlock(embedded(m)),
    "space-v3000": lambda m: Chem.MolToV3KMolBlock(embedded(m)),
    "space-bare": lambda m: Chem.MolToMolBlock(Chem.RemoveHs(embedded(m))),
    "space-remarked": lambda m: remarked(Chem.MolToMolBlock(fits_v2000(embedded(m)))),
}


def fields(molecule):
    if molecule is None:
        return ["error"]
    return [
        "ok",
        " ".join(map(atom_text, molecule.GetAtoms())),
        " ".join(map(bond_text, molecule.GetBonds())),
        ring_text(molecule),
    ]


def answer(block):
    try:
        molecule = Chem.MolFromMolBlock(block)
    except Exception:
        molecule = None
    return fields(molecule)


def canonical(line):
    smiles, block = line.split("\t")
    found = []
    for molecule in (Chem.MolFromSmiles(smiles), Chem.MolFromMolBlock(block.replace("\x01", "\n"))):
        # once more through SMILES: RDKit's first canonical SMILES is not always the same for another order of atoms
        text = "error" if molecule is None else Chem.MolToSmiles(molecule)
        again = Chem.MolFromSmiles(text) if molecule is not None else None
        found.append(text if again is None else Chem.MolToSmiles(again))
    return found


def make(task):
    smiles, kinds = task
    answers = []
    for kind in kinds:
        molecule = Chem.MolFromSmiles(smiles)
        if molecule is None:
            break
        try:
            block = KINDS[kind](molecule)
        except Exception:
            continue
        answers.append([block.replace("\n", "\x01")] + answer(block))
    return answers


def properties(molecule):
    names = molecule.GetPropNames(includePrivate=False, includeComputed=False)
    return "\x03".join(f"{name}\x02{molecule.GetProp(name)}" for name in names)


def main():
    command, arguments = sys.argv[1], sys.argv[2:]
    print(f"rdkit {rdBase.rdkitVersion}")
    if command == "file":
        with open(arguments[0], "rb") as file:
            for molecule in Chem.ForwardSDMolSupplier(file):
                found = [""] + fields(molecule)
                if molecule is None:
                    found.extend([""] * 5)
                else:
                    title = molecule.GetProp("_Name") if molecule.HasProp("_Name") else ""
                    found.extend([title, properties(molecule).replace("\n", "\x01").replace("\t", "\x04")])
                print("\t".join(found))
        return
    lines = sys.stdin.buffer.read().decode("utf-8").removesuffix("\n").split("\n")
    with Pool(2) as pool:
        if command == "make":
            tasks = [(line, arguments) for line in lines]
            for answers in pool.imap(make, tasks, chunksize=32):
                for found in answers:
                    print("\t".join(found))
        elif command == "canonical":
            for found in pool.imap(canonical, lines, chunksize=32):
                print("\t".join(found))
        else:
            for found in pool.imap(answer, [line.replace("\x01", "\n") for line in lines], chunksize=32):
                print("\t".join([""] + found))


if __name__ == "__main__":
    main()
