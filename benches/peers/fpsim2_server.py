"""FPSim2's side of `benches/peers/fpsim2`: a database held in memory, searched for each line of standard input.

    fpsim2_server.py DATABASE.h5 THREADS

Lines and answers are those of search_server.rs. Seconds are those of FPSim2's own calls, from SMILES to ranked hits:
many queries are a call each, as it has none for several.
"""

import json
import os
import sys
import time

os.environ["TQDM_DISABLE"] = "1"  # no bar for all pairs

import FPSim2
import numpy
import rdkit
from FPSim2 import FPSim2Engine


def main():
    database, threads = sys.argv[1], int(sys.argv[2])
    started = time.perf_counter()
    engine = FPSim2Engine(database, in_memory_fps=True)
    load = time.perf_counter() - started
    versions = {"FPSim2": FPSim2.__version__, "rdkit": rdkit.__version__}
    answer({"rows": int(engine.fps.shape[0]), "load_seconds": load, "versions": versions})
    for line in sys.stdin:
        queries, what, number, results = line.rstrip("\n").split("\t")
        if queries == "*":
            started = time.perf_counter()
            matrix = engine.symmetric_distance_matrix(float(number), n_workers=threads)
            seconds = time.perf_counter() - started
            matrix = matrix.tocoo()
            found = numpy.empty(matrix.nnz, dtype=[("query", "<u4"), ("row", "<u4"), ("similarity", "<f4")])
            found["query"], found["row"] = engine.fps[matrix.row, 0], engine.fps[matrix.col, 0]
            found["similarity"] = 1 - matrix.data
            found.tofile(results)
            answer({"seconds": seconds, "hits": len(found)})
            continue
        if queries.startswith("@"):
            with open(queries[1:]) as file:
                queries = file.read().splitlines()
        else:
            queries = [queries]
        started = time.perf_counter()
        if what == "top":
            hits = [engine.top_k(smiles, k=int(number), threshold=0.0, n_workers=threads) for smiles in queries]
        else:
            hits = [engine.similarity(smiles, float(number), n_workers=threads) for smiles in queries]
        seconds = time.perf_counter() - started
        found = numpy.empty(
            sum(map(len, hits)), dtype=[("query", "<u4"), ("row", "<u4"), ("similarity", "<f4")]
        )
        found["query"] = numpy.repeat(numpy.arange(len(hits)), list(map(len, hits)))
        found["row"] = numpy.concatenate([part["mol_id"] for part in hits])
        found["similarity"] = numpy.concatenate([part["coeff"] for part in hits])
        found.tofile(results)
        answer({"seconds": seconds, "hits": len(found)})


def answer(values):
    print(json.dumps(values), flush=True)


main()
