"""nvMolKit's cross similarity on the GPU: whole matrices, and what a user adds to get the best or the near of each query."""

import contextlib

import h5py
import hits
import numpy
import nvmolkit
import pool
import synthetic
import torch
from bench import Step, check_of, evenly, tanimoto, wall, words32
from nvmolkit.fingerprints import MorganFingerprintGenerator
from nvmolkit.similarity import crossTanimotoSimilarity, crossTanimotoSimilarityMemoryConstrained

TOOL = f"nvMolKit {nvmolkit.__version__}"
DEVICE = "cuda:0"
# nvMolKit divides in doubles, and so do we; this leaves room for another rounding.
PRECISION = 1e-12


def timed(step, work, **effort):
    """Seconds of some runs, of the device and on the wall; what a run leaves behind is given back before the next."""
    kernel = []

    def run():
        begin, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        torch.cuda.synchronize()

        def all_of_it():
            begin.record()
            work()
            end.record()
            torch.cuda.synchronize()

        seconds = wall(all_of_it)
        kernel.append(begin.elapsed_time(end) / 1e3)
        return seconds

    samples = step.repeat(run, **effort)
    return kernel[-len(samples):], samples


def add_both(step, op, params, work, check, both=True, **notes):
    """Results by the device's clock and by the clock on the wall, with memory as it comes and with memory kept.

    Without `both` a run or two are enough, with memory kept where that can be.
    """
    effort = {"most": 10} if both else {"warm_up": 0, "least": 2, "most": 2}
    for variant, memory in [(None, contextlib.nullcontext(True)), ("memory kept", pool.kept())]:
        with memory as set_up:
            if not set_up or not (both or variant or not pool.possible()):
                continue
            kernel, walled = timed(step, work, **effort)
        more = {**notes, "variant": variant} if variant else notes
        step.add(TOOL, op, DEVICE, "kernel", params, "pairs", kernel, check=check, **more)
        step.add(TOOL, op, DEVICE, "end_to_end", params, "pairs", walled, check=check, **more)


def on_gpu(bits):
    return torch.from_numpy(words32(bits).view(numpy.int32)).to("cuda")


def same_fingerprints(step, library):
    """Our fingerprints beside RDKit's and nvMolKit's of the same SMILES: bit order and all."""
    from rdkit import Chem
    from rdkit.Chem import rdFingerprintGenerator

    rows = evenly(min(100, len(library)), len(library))
    molecules = [Chem.MolFromSmiles(smiles) for smiles in step.smiles(rows)]
    ours = words32(library[rows])
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=2048)
    packed = []
    one_by_one = wall(lambda: packed.extend(generator.GetFingerprintAsNumPy(molecule) for molecule in molecules))
    rdkit = numpy.packbits(numpy.stack(packed), axis=1, bitorder="little").view("<u4")
    params, peer = {"rows": len(rows), "bits": 2048}, []
    generator = MorganFingerprintGenerator(radius=2, fpSize=2048)
    samples = [wall(lambda: peer.append(generator.GetFingerprints(molecules).numpy())) for _ in range(3)]
    step.add("RDKit", "fingerprints, same bits", "cpu:1", "check", params, "rows", [one_by_one],
             check=check_of(ours, rdkit))
    step.add(TOOL, "fingerprints, same bits", DEVICE, "check", params, "rows", samples,
             check=check_of(ours, peer[-1].view("<u4")))


def cross(step, library):
    """All similarities of n compounds with n, in doubles on the device: what the function gives."""
    for size in step.sizes["cross"]:
        params = {"rows": size, "queries": size, "bits": 2048}
        try:
            fingerprints = on_gpu(library[:size])
            rows = evenly(min(size, 16), size)
            got = crossTanimotoSimilarity(fingerprints).torch()[rows].cpu().numpy()
            expected = tanimoto(library[rows], library[:size])
            check = check_of(expected, got, PRECISION)
            del got
            add_both(step, "tanimoto_cross", params, lambda: crossTanimotoSimilarity(fingerprints), check)
        except Exception as error:  # memory, above all: smaller sizes stand
            step.fail(TOOL, "tanimoto_cross", error, params=params)
        fingerprints = None
        torch.cuda.empty_cache()
    size = step.sizes["constrained"]
    params = {"rows": size, "queries": size, "bits": 2048}
    some = numpy.ascontiguousarray(words32(library[:size])).view(numpy.int32)
    expected = tanimoto(library[:4], library[:size])
    got = crossTanimotoSimilarityMemoryConstrained(some)[:4]
    samples = step.repeat(lambda: wall(lambda: crossTanimotoSimilarityMemoryConstrained(some)), most=5)
    step.add(TOOL, "tanimoto_cross, to the host", DEVICE, "end_to_end", params, "pairs", samples,
             check=check_of(expected, got, PRECISION))


def best(queries, rows, count, chunk):
    """The best `count` of each query: a matrix of some queries at a time, and torch.topk."""
    found = []
    for start in range(0, len(queries), chunk):
        similarity = crossTanimotoSimilarity(queries[start : start + chunk], rows).torch()
        found.append(torch.topk(similarity, count, dim=1))
    return torch.cat([top.values for top in found]), torch.cat([top.indices for top in found])


def near(queries, rows, threshold, chunk):
    """All pairs of at least that similarity: a matrix of some queries at a time, and nonzero."""
    found = []
    for start in range(0, len(queries), chunk):
        similarity = crossTanimotoSimilarity(queries[start : start + chunk], rows).torch()
        pairs = (similarity >= threshold).nonzero()
        found.append((pairs[:, 0] + start, pairs[:, 1], similarity[pairs[:, 0], pairs[:, 1]]))
    return tuple(torch.cat(parts) for parts in zip(*found))


def many(step, rows, queries, source, compare):
    """Top 10 and 0.7 and more of many queries, as one writes it with nvMolKit, which has neither."""
    chunk = max(1, min(len(queries), int(step.sizes["matrix_bytes"]) // (8 * len(rows))))
    params = {"rows": len(rows), "queries": len(queries), "bits": 2048}
    rows, queries = on_gpu(rows), on_gpu(queries)
    top, checks = step.sizes["top"], {}
    if compare:
        expected = hits.read(step.path("many-top.csv"))
        values, indices = (tensor.cpu().numpy() for tensor in best(queries, rows, top, chunk))
        listed = values > 0  # a compound with nothing in common is no hit of ours
        query = numpy.repeat(numpy.arange(len(values)), listed.sum(axis=1))
        checks["top"] = hits.check_top(expected, hits.make(query, indices[listed], values[listed]), PRECISION)
        expected = hits.read(step.path("many-at-least.csv"))
        got = hits.make(*(tensor.cpu().numpy() for tensor in near(queries, rows, 0.7, chunk)))
        checks["near"] = hits.check_all(expected, got, PRECISION)
    notes = {"input": source, "chunk": chunk}
    add_both(step, f"tanimoto_many, top {top}", params, lambda: best(queries, rows, top, chunk), checks.get("top"),
             both=compare, **notes)
    add_both(step, "tanimoto_many, 0.7 and more", params, lambda: near(queries, rows, 0.7, chunk), checks.get("near"),
             both=compare, **notes)


def neighbors(step, library):
    """All pairs of 0.7 and more of some compounds, beside `soyaku similar --all-pairs`."""
    count = step.sizes["fused"]
    params = {"rows": count, "queries": count, "bits": 2048}
    fingerprints = on_gpu(library[:count])
    chunk = max(1, int(step.sizes["matrix_bytes"]) // (8 * count))
    with h5py.File(step.path("fused-0.7-graph.h5")) as file:
        indptr = file["indptr"][:].astype(numpy.int64)
        expected = hits.make(numpy.repeat(numpy.arange(count), numpy.diff(indptr)), file["indices"][:], file["data"][:])
    got = hits.make(*(tensor.cpu().numpy() for tensor in near(fingerprints, fingerprints, 0.7, chunk)))
    check = hits.check_all(expected, got[got["query"] != got["row"]], PRECISION)
    add_both(step, "neighbors, 0.7 and more", params, lambda: near(fingerprints, fingerprints, 0.7, chunk), check,
             chunk=chunk)


def main():
    step = Step()
    library = step.library()
    if step.settings["part"] == "many":
        same_fingerprints(step, library)
        count, asked = step.sizes["many"]
        many(step, library[:count], library[:asked], "library", True)
        # As gpu-report asks our own kernels: the same op, parameters and input.
        count, asked = step.sizes["synthetic"]
        # The rows and the queries of gpu-report's work of these names (tests/gpu/src/workloads/many.rs).
        many(step, synthetic.make(count, 32, 7), synthetic.make(asked, 32, 8), synthetic.RECIPE, False)
    else:
        try:
            neighbors(step, library)
        except Exception as error:
            step.fail(TOOL, "neighbors, 0.7 and more", error)
        cross(step, library)


main()
