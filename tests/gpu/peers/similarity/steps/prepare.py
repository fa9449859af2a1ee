"""Cuts the libraries that the other steps read from the one that was given, with `soyaku` and h5py.

Where fewer compounds are given than the sizes ask for, the sizes are made smaller: prepared.json says what they are.
library.h5 and library.smi (SMILES), fingerprints.npy (its fingerprints), queries.smi and query.smi (some compounds evenly
spread, and the first of them), and NAME.h5 of the first compounds for `many`, `many-queries`, `fused` and `matrix`.
"""

import json
import lzma
import os
import shutil
import subprocess

import h5py
import numpy
from bench import Step, evenly


def main():
    step = Step()
    given, library = step.settings["library"], step.path("library.h5")
    if given.endswith(".h5"):
        os.symlink(os.path.abspath(given), library)
    else:
        if given.endswith(".xz"):
            with lzma.open(given) as source, open(step.path("given.smi"), "wb") as target:
                shutil.copyfileobj(source, target, 1 << 20)
            given = step.path("given.smi")
        build(step, given, library)
    with h5py.File(library) as file:
        fingerprints = file["fingerprints/morgan2_2048/bits"][:]
        offsets, text = file["smiles/offsets"][:], file["smiles/bytes"][:].tobytes()
    smiles = [text[start:end].decode() for start, end in zip(offsets[:-1], offsets[1:])]
    numpy.save(step.path("fingerprints.npy"), fingerprints)
    write(step.path("library.smi"), smiles)
    step.sizes = capped(step.sizes, len(smiles))
    queries = [smiles[row] for row in evenly(step.sizes["queries"], len(smiles))]
    write(step.path("queries.smi"), queries)
    write(step.path("query.smi"), queries[:1])
    many, asked = step.sizes["many"]
    for name, count in [("many", many), ("many-queries", asked), ("fused", step.sizes["fused"]),
                        ("matrix", step.sizes["matrix"])]:
        write(step.path(f"{name}.smi"), smiles[:count])
        build(step, step.path(f"{name}.smi"), step.path(f"{name}.h5"))
        with h5py.File(step.path(f"{name}.h5")) as file:
            made = file["fingerprints/morgan2_2048/bits"]
            if made.shape[0] != count or not numpy.array_equal(made[-1], fingerprints[count - 1]):
                raise SystemExit(f"{name}.h5 is not of the first {count} compounds")
    with open(step.path("prepared.json"), "w") as file:
        json.dump({"rows": len(smiles), "sizes": step.sizes}, file)


def capped(sizes, rows):
    """No size larger than the library, each once."""
    least = lambda value: list(dict.fromkeys(min(one, rows) for one in value)) if isinstance(value, list) else min(value, rows)
    given = {name: least(value) for name, value in sizes.items() if name not in ("matrix_bytes", "replicas", "top")}
    for name in ("many", "synthetic", "bulk"):  # two sizes that may be equal
        given[name] = [min(one, rows) for one in sizes[name]]
    return {**sizes, **given}


def build(step, source, target):
    subprocess.run([step.settings["soyaku"], "library", "build", source, "-o", target, "--fingerprint", "morgan2_2048",
                    "--threads", str(step.threads), "--quiet"], check=True)


def write(path, lines):
    with open(path, "w") as file:
        file.writelines(line + "\n" for line in lines)


main()
