"""A library of ESOL read with h5py, as docs/formats.md describes it; fingerprints against RDKit, bit by bit."""

import csv
import json
import sys

import h5py
import numpy
from rdkit import Chem
from rdkit.Chem import rdFingerprintGenerator

library, source = sys.argv[1:]
with open(source, newline="") as rows:
    expected = [row["smiles"] for row in csv.DictReader(rows)]

with h5py.File(library) as file:
    schema = file.attrs["soyaku_schema"]
    assert (schema.decode() if isinstance(schema, bytes) else schema) == "library/1", schema
    provenance = json.loads(file.attrs["provenance"])
    assert provenance, "empty provenance"

    offsets, data = file["smiles/offsets"][:], bytes(file["smiles/bytes"][:])
    assert offsets.dtype == numpy.uint64 and len(offsets) == len(expected) + 1
    smiles = [data[int(a) : int(b)].decode() for a, b in zip(offsets, offsets[1:])]
    assert smiles == expected

    # Line 1 of the file is the header.
    lines = file["source/line"][:]
    assert lines.tolist() == list(range(2, len(expected) + 2)), lines[:5]

    bits = file["fingerprints/morgan2_2048/bits"]
    popcount = file["fingerprints/morgan2_2048/popcount"][:]
    assert bits.shape == (len(expected), 32) and bits.dtype == numpy.uint64
    assert popcount.dtype == numpy.uint16
    # Bit b is word b // 64, bit b % 64, least significant first.
    ours = numpy.unpackbits(bits[:].astype("<u8").view(numpy.uint8), axis=1, bitorder="little")

generator = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=2048)
for row, text in enumerate(expected):
    reference = generator.GetFingerprintAsNumPy(Chem.MolFromSmiles(text))
    assert (ours[row] == reference).all(), f"row {row}: {text}"
    assert popcount[row] == reference.sum(), f"row {row}: {text}"
