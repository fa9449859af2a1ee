"""Is it right? Every kernel against its CPU twin, under compute-sanitizer as well, and the program on both devices."""

import os
import re

from . import machine
from .recorder import FAILED, PASSED, SKIPPED, TIMEOUT, tests

# Tests that take their device from SOYAKU_TEST_DEVICE, of every family that has kernels for a GPU: the modules that
# kernels/emulated.rs lists.
PROOF = re.compile(r"^((?P<family>\w+)::(?:parity::|cuda(?:::\w+)*::tests::(?=gpu_)))")
WITHOUT_KERNELS = {"mpnn"}
# What each tool of compute-sanitizer has to find before its silence counts.
CONTROLS = {
    "memcheck": ("out-of-bounds", "shared-out-of-bounds"),
    "racecheck": ("race",),
}


def families(context):
    """Filters of kernel-tests, small families first: one for each module of proofs."""
    listed = machine.asked([context.program("kernel-tests"), "--list"])
    found = {}
    for line in listed.splitlines():
        match = PROOF.match(line)
        if match and match["family"] not in WITHOUT_KERNELS:
            found.setdefault(match[0], []).append(line)
    return sorted(found, key=lambda name: len(found[name]))


def run(context, recorder):
    proofs = families(context)
    kernel_tests = context.program("kernel-tests")
    if not proofs:
        recorder.note("kernels against their CPU twins", FAILED, "kernel-tests lists no proofs")
    recorder.run("device layer", [context.program("device-tests"), "--skip", "emulated"], 120, tests)
    for proof in proofs:
        recorder.run(f"parity of {proof}", [kernel_tests, proof], 120, tests)
    program(context, recorder)
    devices = recorder.facts["machine"]["devices"]
    if len(devices) > 1:
        everywhere = {"SOYAKU_TEST_DEVICE": "cuda:all"}
        name = f"kernels on all {len(devices)} GPUs"
        recorder.run(name, [kernel_tests, *proofs], 180, tests, everywhere)
    else:
        recorder.note("kernels on several GPUs", SKIPPED, "(one GPU)")
    sanitizer(context, recorder, proofs)


def program(context, recorder):
    """The whole program, on both devices: the same bytes."""
    if not recorder.wants("similar"):
        return
    library, queries = context.staged("chembl.h5"), context.staged("queries.smi")
    for selection in (["--top", "50"], ["--threshold", "0.3"]):
        words = " ".join(selection)
        paths = {}
        for device in ("cpu", "cuda:0"):
            paths[device] = os.path.join(context.scratch, f"hits-{device.replace(':', '-')}.csv")
            command = context.similar(library, "--query", queries, *selection, "--device", device, "-o", paths[device])
            recorder.run(f"soyaku similar {words}, {device}", command, 120)
        recorder.note(f"hits of similar {words}, cuda and cpu", *same(*paths.values()))


def same(left, right):
    """(result, detail) of a comparison of two files, byte by byte."""
    try:
        with open(left, "rb") as a, open(right, "rb") as b:
            size = 0
            while True:
                chunks = a.read(1 << 22), b.read(1 << 22)
                if chunks[0] != chunks[1]:
                    return FAILED, f"they differ after byte {size}"
                if not chunks[0]:
                    return (PASSED, f"({size} bytes)") if size else (FAILED, "both are empty")
                size += len(chunks[0])
    except OSError as error:
        return FAILED, str(error)


def sanitizer(context, recorder, proofs):
    """Controls first: a tool that does not find a mistake made for it is not believed about the kernels."""
    path = machine.tool("compute-sanitizer")
    if not path:
        recorder.note("compute-sanitizer", SKIPPED, "(not installed)")
        return
    if context.quick:
        # All of them are checked in the same way by the tests of kernels/ on the emulated device.
        proofs = proofs[:2]
    # Errors of calls are what some of the tests provoke, and the tests look at them themselves.
    tools = {
        tool: [path, "--tool", tool, "--error-exitcode", "9", "--report-api-errors", "no"]
        for tool in CONTROLS if recorder.wants(tool)
    }
    deaf = set()
    for tool, checked in tools.items():
        for mistake in CONTROLS[tool]:
            command = [*checked, context.program("gpu-report"), "--mistake", mistake]
            ended = recorder.run(f"{tool} finds a deliberate mistake ({mistake})", command, 60, found)
            if ended is None or found(ended)[0] != PASSED:
                deaf.add(tool)
    # The sizes of these tests suit it: it slows kernels down by orders of magnitude. Small families first, each by all
    # tools, so that what is not run for lack of time is one family and not one tool.
    for proof in proofs:
        for tool, checked in tools.items():
            command = [*checked, context.program("kernel-tests"), proof, "--test-threads", "1"]
            judge = clean if tool not in deaf else unheard
            recorder.run(f"{tool} of {proof}", command, 150, judge)


def unheard(ended):
    """Of a tool that did not find what it must."""
    return FAILED, f"{clean(ended)[1]}, but this tool did not find a deliberate mistake, so its silence means nothing"


def summaries(text):
    """What the sanitizer says in the end, of each process."""
    return re.findall(r"^========= (?:ERROR|RACECHECK) SUMMARY: .*$", text, re.M)


def found(ended):
    """A mistake is found when the sanitizer says so and ends with the code it was given for that."""
    said = [line for line in summaries(ended.text) if not re.search(r"SUMMARY: 0 ", line)]
    detail = "; ".join(line.removeprefix("========= ") for line in said)
    if ended.code == 9 and said:
        return PASSED, f"({detail})"
    return FAILED, detail or f"nothing was found, exit code {ended.code}"


def clean(ended):
    """Nothing was found, and all tests passed, and the sanitizer came to its summary."""
    result, detail = tests(ended)
    said = summaries(ended.text)
    words = "; ".join(line.removeprefix("========= ") for line in said) or "no summary"
    if ended.timed_out:
        errors = len(re.findall(r"^========= (?:Invalid|Error|Race|Barrier)", ended.text, re.M))
        return (FAILED if errors else TIMEOUT), f"{detail}, {errors} errors until then"
    silent = bool(said) and all(re.search(r"SUMMARY: 0 ", line) for line in said)
    return (PASSED if result == PASSED and silent else FAILED), f"{detail}, {words}"
