"""What the parts share: the staged programs and molecules, unpacked, and how large things are to be."""

import hashlib
import json
import lzma
import os
import tarfile



class Context:
    """A stage, unpacked."""

    def __init__(self, stage, scratch, data, quick):
        self.stage, self.scratch, self.data, self.quick = stage, scratch, data, quick
        self.bin = os.path.join(scratch, "bin")
        with tarfile.open(os.path.join(stage, "bin.tar.xz")) as archive:
            # Ours, but later versions of Python want to be told.
            archive.extractall(self.bin, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))
        with open(os.path.join(stage, "commit"), encoding="utf-8") as file:
            self.commit = file.read().strip()
        self.cache = os.path.join(scratch, "cache")
        os.environ.update(SOYAKU_CACHE_DIR=self.cache, SOYAKU_TEST_DEVICE="cuda:0", SOYAKU_COMMIT=self.commit)

    def program(self, name):
        return os.path.join(self.bin, name)

    def staged(self, name):
        return os.path.join(self.stage, "data", name)

    def sized(self, quick, full):
        return quick if self.quick else full

    def similar(self, library, *arguments):
        """A search by the program, silent."""
        return [self.program("soyaku"), "--quiet", "similar", library, *arguments]


class Molecules:
    """SMILES of the stage as files, all, the first million, and a hundred thousand at random; libraries of them.

    They are kept in a folder of their own, where the next call on the same machine finds them.
    """

    def __init__(self, context):
        self.context = context
        self.all, self.first, self.some = context.sized((600, 300, 200), (None, 1_000_000, 100_000))
        with open(context.staged("molecules.smi.xz"), "rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()[:16]
        self.folder = os.path.join(context.data, f"{digest}-{self.first}-{self.some}")

    def path(self, name):
        """`all.smi`, `first.smi` or `some.smi`."""
        if not os.path.exists(os.path.join(self.folder, "some.smi")):
            self.unpack()
        return os.path.join(self.folder, name)

    def unpack(self):
        with lzma.open(self.context.staged("molecules.smi.xz")) as file:
            lines = file.read().splitlines(keepends=True)[: self.all]
        # The lowest digests: at random, and the same everywhere.
        some = sorted(lines, key=lambda line: hashlib.blake2b(line, digest_size=8).digest())[: self.some]
        os.makedirs(self.folder, exist_ok=True)
        for name, part in (("all", lines), ("first", lines[: self.first]), ("some", some)):
            with open(os.path.join(self.folder, name + ".partial"), "wb") as file:
                file.writelines(part)
            os.replace(file.name, os.path.join(self.folder, name + ".smi"))

    def count(self, name):
        with open(self.path(name + ".smi"), "rb") as file:
            return sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(1 << 24), b""))

    def library(self, recorder, name, limit):
        """The library NAME.h5, built by the program unless it is there; nothing where that fails."""
        path = os.path.join(self.folder, f"{name}-{self.context.commit.replace('/', '-')}.h5")
        if os.path.exists(path) and "+" not in self.context.commit:
            return path
        command = [self.context.program("soyaku"), "--log-format", "json", "library", "build",
                   self.path(name + ".smi"), "-o", path + ".new.h5"]
        ended = recorder.run(f"library of {name} molecules", command, limit, environment={"SOYAKU_DEVICE": "cpu"})
        if ended is None or ended.code:
            return None
        os.replace(path + ".new.h5", path)
        rows = self.count(name)
        cores = len(os.sched_getaffinity(0))
        recorder.measured("program_library_build", f"cpu:{cores}", "process", {"rows": rows}, (rows, "molecules"),
                          [ended.seconds])
        return path


def events(text):
    """The JSON lines of a program's log."""
    found = []
    for line in text.splitlines():
        if line.startswith("{"):
            try:
                found.append(json.loads(line))
            except ValueError:
                pass
    return found
