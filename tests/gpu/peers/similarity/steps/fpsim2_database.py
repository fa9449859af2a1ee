"""FPSim2's database of our fingerprints, as its own `create_db_file` lays one out: no SMILES is read again."""

import os
from importlib.metadata import version

import numpy
import rdkit
import tables
from FPSim2.io.backends.base import BaseStorageBackend
from FPSim2.io.backends.pytables import create_schema

from bench import popcounts


def ensure(step, rows=None):
    """The path of the database of the first rows, or all, made if it is not there yet; in the order of popcounts."""
    path = step.path(f"fpsim2-{rows or 'all'}.h5")
    if os.path.exists(path):
        return path
    bits = step.library()[:rows]
    counts = popcounts(bits)
    order = numpy.argsort(counts, kind="stable")
    table = numpy.empty((len(bits), bits.shape[1] + 2), dtype="<u8")
    table[:, 0], table[:, 1:-1], table[:, -1] = order, first_bit_highest(bits[order]), counts[order]
    with tables.open_file(path + ".tmp", mode="w") as file:
        schema = create_schema(bits.shape[1] * 64)
        rows = file.create_table(file.root, "fps", schema, "Table storing fps", expectedrows=len(table))
        rows.append(table.view(rows.dtype).ravel())
        config = file.create_vlarray(file.root, "config", atom=tables.ObjectAtom())
        for value in ("Morgan", {"radius": 2, "fpSize": 2048}, rdkit.__version__, version("FPSim2"),
                      BaseStorageBackend.calc_popcnt_bins(table)):
            config.append(value)
    os.replace(path + ".tmp", path)
    return path


def first_bit_highest(bits):
    """FPSim2 has a fingerprint's first bit as the highest of its word, we have it as the lowest."""
    octets = numpy.ascontiguousarray(bits).view(numpy.uint8)
    table = numpy.packbits(numpy.unpackbits(numpy.arange(256, dtype=numpy.uint8)[:, None], axis=1, bitorder="little"),
                           axis=1)[:, 0]
    return table[octets].view(">u8").astype("<u8")
