"""FPSim2's side of `benches/peers/fpsim2`: a database held in memory, searched for each line of standard input.

    fpsim2_server.py DATABASE.h5 THREADS

Lines and answers are those of search_server.rs. Seconds are those of FPSim2's own call, from SMILES to ranked hits.
"""

import json
import sys
import time

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
        smiles, what, number, results = line.rstrip("\n").split("\t")
        started = time.perf_counter()
        if what == "top":
            hits = engine.top_k(smiles, k=int(number), threshold=0.0, n_workers=threads)
        else:
            hits = engine.similarity(smiles, float(number), n_workers=threads)
        seconds = time.perf_counter() - started
        pairs = numpy.empty(len(hits), dtype=[("row", "<u4"), ("similarity", "<f4")])
        pairs["row"], pairs["similarity"] = hits["mol_id"], hits["coeff"]
        pairs.tofile(results)
        answer({"seconds": seconds, "hits": len(hits)})


def answer(values):
    print(json.dumps(values), flush=True)


main()
