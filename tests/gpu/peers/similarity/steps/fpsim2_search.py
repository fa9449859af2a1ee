"""FPSim2's engines, one query at a time against the whole library: its CUDA engine, or that of the CPU."""

import h5py
import hits
import numpy
from bench import Step, wall

import FPSim2
import fpsim2_database

TOOL = f"FPSim2 {FPSim2.__version__}"
# FPSim2 gives similarities in single precision.
PRECISION = 1e-6


def found(results):
    """Hits of several queries from what FPSim2 gives for each."""
    lengths = [len(result) for result in results]
    return hits.make(numpy.repeat(numpy.arange(len(results)), lengths),
                     numpy.concatenate([result["mol_id"] for result in results]),
                     numpy.concatenate([result["coeff"] for result in results]))


def on_gpu(step, queries, path):
    import cupy  # first: FPSim2 itself keeps silent about what is wrong with it
    from FPSim2 import FPSim2CudaEngine

    engine = FPSim2CudaEngine(path)
    rows = len(engine.fps)
    for threshold in ("0.7", "0.5"):
        op, params = f"tanimoto_scan, {threshold} and more", {"rows": rows, "bits": 2048}
        got = found([engine.similarity(query, float(threshold)) for query in queries])
        check = hits.check_all(hits.read(step.path(f"scan-{threshold}.csv")), got, PRECISION)
        samples = step.repeat(lambda: each(queries, lambda query: engine.similarity(query, float(threshold))))
        step.add(TOOL, op, "cuda:0", "end_to_end", params, "rows", samples, check=check)

    # Its scan alone, without reading a SMILES, on the library several times over: each row that often, so that the order
    # of popcounts stays. One thread has a 32-bit number among all, so that 67 million rows are its end.
    for times in step.sizes["replicas"]:
        bins = [(count, (first * times, last * times)) for count, (first, last) in engine.storage.popcnt_bins]
        many = FPSim2CudaEngine.__new__(FPSim2CudaEngine)
        many.__dict__.update(engine.__dict__, cuda_db=repeated(cupy, engine.cuda_db, times),
                             cuda_ids=repeated(cupy, engine.cuda_ids, times),
                             cuda_db_popcnts=repeated(cupy, engine.cuda_db_popcnts, times), storage=Bins(bins))
        loaded = [engine.load_query(query) for query in queries]
        for threshold in ("0.7", "0.5"):
            op, params = f"tanimoto_scan, {threshold} and more", {"rows": rows * times, "bits": 2048}
            search = lambda query: many._raw_kernel_search(query, float(threshold))
            expected = hits.read(step.path(f"scan-{threshold}.csv"))
            got = sum(len(search(query)[0]) for query in loaded)
            samples = step.repeat(lambda: each(loaded, search))
            step.add(TOOL, op, "cuda:0", "end_to_end", params, "rows", samples, replicas=times,
                     check={"compared": len(expected) * times, "mismatches": abs(got - len(expected) * times)})


def repeated(cupy, array, times):
    """Each row so many times, one after the other (cupy.repeat along an axis takes a launch a row)."""
    wide = cupy.broadcast_to(array[:, None], (len(array), times, *array.shape[1:]))
    return cupy.ascontiguousarray(wide).reshape(len(array) * times, *array.shape[1:])


class Bins:
    """What an engine asks its storage for while searching."""

    def __init__(self, popcnt_bins):
        self.popcnt_bins = popcnt_bins


def on_cpu(step, queries, path):
    engine = FPSim2.FPSim2Engine(path, in_memory_fps=True)
    rows, threads = len(engine.fps), step.threads
    params, device = {"rows": rows, "bits": 2048}, f"cpu:{threads}"
    for threshold in ("0.7", "0.5"):
        search = lambda query: engine.similarity(query, float(threshold), n_workers=threads)
        got = found([search(query) for query in queries])
        check = hits.check_all(hits.read(step.path(f"scan-{threshold}.csv")), got, PRECISION)
        step.add(TOOL, f"tanimoto_scan, {threshold} and more", device, "end_to_end", params, "rows",
                 step.repeat(lambda: each(queries, search)), check=check)
    search = lambda query: engine.top_k(query, k=10, threshold=0.0, n_workers=threads)
    step.add(TOOL, "tanimoto_scan, top 10", device, "end_to_end", params, "rows",
             step.repeat(lambda: each(queries, search)))
    neighbors(step, device)


def neighbors(step, device):
    """All pairs of 0.7 and more of some compounds, beside `soyaku similar --all-pairs`."""
    count = step.sizes["fused"]
    engine = FPSim2.FPSim2Engine(fpsim2_database.ensure(step, count), in_memory_fps=True)
    kept = []
    samples = step.repeat(lambda: wall(lambda: kept.append(engine.symmetric_distance_matrix(0.7, n_workers=step.threads))),
                          warm_up=0, least=1, most=1)
    matrix = kept[-1].tocoo()
    identities = engine.fps[:, 0]
    got = hits.make(identities[matrix.row], identities[matrix.col], 1 - matrix.data)
    with h5py.File(step.path("fused-0.7-graph.h5")) as file:
        lengths = numpy.diff(file["indptr"][:].astype(numpy.int64))
        expected = hits.make(numpy.repeat(numpy.arange(count), lengths), file["indices"][:], file["data"][:])
    params = {"rows": count, "queries": count, "bits": 2048}
    step.add(TOOL, "neighbors, 0.7 and more", device, "end_to_end", params, "pairs", samples,
             check=hits.check_all(expected, got[got["query"] != got["row"]], PRECISION))


def each(queries, search):
    """Seconds of one query, as the mean of all, one after the other."""
    return wall(lambda: [search(query) for query in queries]) / len(queries)


def main():
    step = Step()
    with open(step.path("queries.smi")) as lines:
        queries = [line.split()[0] for line in lines]
    {"gpu": on_gpu, "cpu": on_cpu}[step.settings["part"]](step, queries, fpsim2_database.ensure(step))


main()
