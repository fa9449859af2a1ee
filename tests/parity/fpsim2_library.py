"""Compares a library imported from FPSim2 with the file it came from, and with one built of the same structures:

fpsim2_library.py FPSIM2.h5 IMPORTED.h5 [BUILT.h5]

The numbers in the file of FPSim2 are rows of BUILT, whose first compounds are enough. By hand, with the Python of
FPSim2 (0.7.4, PyTables 3.11.1), which reads libraries too.
"""

import sys

import numpy as np
import tables


def reversed_bits(words):
    """Bit b of a word becomes bit 63 - b."""
    octets = np.ascontiguousarray(words).view(np.uint8).reshape(*words.shape, 8)
    return np.packbits(np.unpackbits(octets, axis=-1)[..., ::-1], axis=-1).reshape(*words.shape[:-1], -1).view("<u8")


def fingerprints(table, start, stop, bits):
    rows = table.read(start, stop)
    names = [f"f{word + 1}" for word in range(-(-bits // 64))]
    words = np.stack([rows[name] for name in names], axis=1)
    words = reversed_bits(words)[:, : len(names)] if words.size else words
    if bits % 64:
        words[:, -1] >>= np.uint64(64 - bits % 64)
    return rows["fp_id"], words, rows["popcnt"]


def only_kind(library):
    (group,) = library.root.fingerprints
    return group


source, imported = tables.open_file(sys.argv[1]), tables.open_file(sys.argv[2])
built = tables.open_file(sys.argv[3]) if len(sys.argv) > 3 else None
kind, parameters = source.root.config[0], source.root.config[1]
bits = 167 if kind == "MACCSKeys" else parameters["fpSize"]
table, group = source.root.fps, only_kind(imported)
offsets, names = imported.root.name.offsets, imported.root.name.bytes
total = len(offsets) - 1
assert total == table.nrows, (total, table.nrows)
compared = differ = beside = differ_beside = 0
reference = None if built is None else only_kind(built).bits[:]
for start in range(0, total, 50_000):
    stop = min(total, start + 50_000)
    ids, words, counts = fingerprints(table, start, stop, bits)
    ends = offsets[start : stop + 1]
    text = names[int(ends[0]) : int(ends[-1])].tobytes()
    found = [int(text[a - ends[0] : b - ends[0]]) for a, b in zip(ends.tolist(), ends[1:].tolist())]
    mine, counted = group.bits[start:stop], group.popcount[start:stop]
    same = (mine == words).all(axis=1) & (counted == counts) & (np.array(found) == ids)
    compared, differ = compared + len(ids), differ + int((~same).sum())
    if reference is not None:
        known = ids < len(reference)
        same = (mine[known] == reference[ids[known]]).all(axis=1)
        beside, differ_beside = beside + int(known.sum()), differ_beside + int((~same).sum())
print(f"{group._v_name}: {compared} rows beside FPSim2, {differ} differ; "
      f"{beside} beside those made of structures, {differ_beside} differ")
sys.exit(bool(differ or differ_beside))
