"""Writes the committed inputs of a fuzz target as files, one an input, for libFuzzer.

    python3 scripts/fuzz_seeds.py TARGET FOLDER
"""

import hashlib
import pathlib
import re
import shutil
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
# lists of other tests that are inputs, too, one a line and not escaped
LISTS = {"smiles": ["odd.smi", "stereo_scaffolds.smi"], "smarts": ["smarts.txt"]}
ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t"}


def unescape(line: bytes) -> bytes:
    """Takes back Rust's `escape_ascii`."""

    def byte(match: re.Match) -> bytes:
        what = match.group(1)
        return bytes([int(what[1:], 16)]) if len(what) == 3 else ESCAPES.get(what, what)

    return re.sub(rb"\\(x[0-9a-fA-F]{2}|.)", byte, line)


def main() -> None:
    target, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    lines = (ROOT / "fuzz/corpus" / f"{target}.txt").read_bytes().splitlines()
    inputs = [unescape(line) for line in lines]
    for name in LISTS.get(target, []):
        inputs += (ROOT / "crates/chem/tests/data" / name).read_bytes().split(b"\n")
    for text in inputs:
        (folder / hashlib.sha1(text).hexdigest()).write_bytes(text)
    regressions = ROOT / "fuzz/regressions" / target
    for path in regressions.glob("*") if regressions.is_dir() else []:
        shutil.copy(path, folder / path.name)


if __name__ == "__main__":
    main()
