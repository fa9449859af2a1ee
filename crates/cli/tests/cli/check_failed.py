"""The rows of compounds that failed, read with h5py: python check_failed.py RESULTS.h5 ROWS STATUS:ROW:WORD..."""

import json
import sys

import h5py
import numpy

results, rows, *failed = sys.argv[1:]
with h5py.File(results) as file:
    status = file["status"][:]
    names = {v: k for k, v in json.loads(file["status"].attrs["enum"]).items()}
    offsets, data = file["reason/offsets"][:], bytes(file["reason/bytes"][:])
    reasons = [data[int(a) : int(b)].decode() for a, b in zip(offsets, offsets[1:])]
    assert len(status) == len(reasons) == int(rows), (len(status), len(reasons))
    expected = {}
    for text in failed:
        name, row, word = text.split(":")
        expected[int(row)] = (name, word)
    for row, code in enumerate(status):
        name, word = expected.get(row, ("ok", ""))
        assert names[int(code)] == name, (row, names[int(code)], name)
        assert word in reasons[row] and bool(reasons[row]) == (name != "ok"), (row, reasons[row])
    bad = status != 0
    columns = [file["similarity/max"][:]]
    for task in file["predictions"]:
        columns += [file[f"predictions/{task}/mean"][:], file[f"predictions/{task}/std"][:]]
    for values in columns:
        assert numpy.isnan(values[bad]).all() and numpy.isfinite(values[~bad]).all(), values
