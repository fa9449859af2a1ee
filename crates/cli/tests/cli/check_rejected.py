"""What a library keeps about lines that are no molecules."""

import sys

import h5py

with h5py.File(sys.argv[1]) as file:
    def texts(group):
        offsets, data = group["offsets"][:], bytes(group["bytes"][:])
        return [data[int(a) : int(b)].decode() for a, b in zip(offsets, offsets[1:])]

    rejected = file["rejected"]
    assert rejected["line"][:].tolist() == [2, 3, 5], rejected["line"][:]
    text, reason = texts(rejected["text"]), texts(rejected["reason"])
    assert text == ["C1CC", "", "not-a-molecule"], text
    assert all(len(r) > 5 for r in reason), reason
    assert texts(file["smiles"]) == ["CCO", "c1ccccc1"]
    assert file["source/line"][:].tolist() == [1, 4]
