"""Other programs on the same machine and the same input: each folder of tests/gpu/peers has a program `run`.

    run --output DIR --soyaku BIN --data DIR --seconds N

It writes a file of schema soyaku.bench/1 to DIR: results, each with its `tool`, and comparisons whose baseline is the
peer's. Exit code 77: what it needs is not staged in target/gpu-peers-NAME. `--data` holds moses.smi and, where it could
be built, moses.h5, for those who ask for them.
"""

import glob
import os
import sys

from .context import Molecules
from .recorder import FAILED, NOT_RUN, PASSED, SKIPPED, TIMEOUT

HERE = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "peers")
STAGES = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(HERE))), "target")
NOT_STAGED = 77
MOST_OF_LOG = 4 << 20
# Others bring their own.
WANT_MOLECULES = {"similarity"}


def run(context, recorder, only=()):
    folders = sorted(os.path.dirname(path) for path in glob.glob(os.path.join(HERE, "*", "run")))
    folders = [folder for folder in folders if not only or os.path.basename(folder) in only]
    if not folders:
        recorder.note("peers", SKIPPED, f"(no program in {os.path.relpath(HERE)})")
        return
    for index, folder in enumerate(folders):
        name = os.path.basename(folder)
        output = os.path.join(context.scratch, f"peers-{name}")
        os.makedirs(output, exist_ok=True)
        data = given(context, recorder, name)
        # Their shares of the time; what one leaves is for the next.
        seconds = (recorder.left() - 10) / (len(folders) - index)
        if seconds < context.sized(1, 30):
            recorder.note(f"peers: {name}", NOT_RUN, f"{max(recorder.left(), 0):.0f} s are left")
            continue
        # By this interpreter, which is the one with torch.
        command = [sys.executable, os.path.join(folder, "run"), "--output", output, "--soyaku", context.program("soyaku"),
                   "--data", data, "--seconds", str(int(seconds)), *context.sized(["--quick"], [])]
        recorder.run(f"peers: {name}", command, seconds + 5, lambda ended: judged(ended, output))
        for path in sorted(glob.glob(os.path.join(output, "*.json"))):
            recorder.add_report(path)
        # What their steps printed: a traceback is nowhere else.
        for path in sorted(glob.glob(os.path.join(output, "*.log"))):
            keep_end(path, os.path.join(recorder.output, f"steps-{os.path.basename(path)}"))


def keep_end(path, kept):
    with open(path, "rb") as log, open(kept, "wb") as end:
        log.seek(max(0, os.path.getsize(path) - MOST_OF_LOG))
        end.write(log.read())


def given(context, recorder, name):
    """The folder of input: all molecules and a library of them, for those who are staged and ask for it."""
    data = os.path.join(context.scratch, f"peers-data-{name}")
    os.makedirs(data)
    if name in WANT_MOLECULES and os.path.isdir(os.path.join(STAGES, f"gpu-peers-{name}")):
        molecules = Molecules(context)
        os.symlink(molecules.path("all.smi"), os.path.join(data, "moses.smi"))
        library = molecules.library(recorder, "all", 240)
        if library:
            os.symlink(library, os.path.join(data, "moses.h5"))
    return data


def judged(ended, output):
    if ended.code == NOT_STAGED:
        return SKIPPED, "(not staged)"
    written = glob.glob(os.path.join(output, "*.json"))
    if ended.timed_out:
        return TIMEOUT, f"{len(written)} files"
    return (PASSED, f"({len(written)} files)") if ended.code == 0 and written else (FAILED, f"exit code {ended.code}")
