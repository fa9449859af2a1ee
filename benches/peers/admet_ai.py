"""Times ADMET-AI on a file of SMILES and writes its predictions.

    python admet_ai.py INPUT.smi PREDICTIONS.csv --threads 1 [--workers 0] [--limit N]

Prints one JSON object: versions, counts, seconds for importing, loading the ten models and predicting. Physico-chemical
descriptors and DrugBank percentiles are off, so that only the parsing of SMILES, the featurization and the 41 model
outputs are timed: the same work that `soyaku screen` does.
"""

import argparse
import json
import os
import sys
import time

# This file is named after the package that it calls: keep its own folder out of the search path.
here = os.path.dirname(os.path.abspath(__file__))
sys.path = [folder for folder in sys.path if os.path.abspath(folder or ".") != here]


def read_smiles(path, limit):
    with open(path) as lines:
        smiles = [line.split()[0] for line in lines if line.strip()]
    return smiles[:limit] if limit else smiles


def main():
    parser = argparse.ArgumentParser(description="time ADMET-AI on a file of SMILES")
    parser.add_argument("input")
    parser.add_argument("output")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--workers", type=int, default=0, help="data loader processes; 0 is ADMET-AI's default on a CPU")
    parser.add_argument("--limit", type=int, default=0)
    args = parser.parse_args()

    # Before torch and numpy are imported, or their thread pools ignore it.
    os.environ["CUDA_VISIBLE_DEVICES"] = ""
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[name] = str(args.threads)

    started = time.perf_counter()
    import logging
    import warnings

    import chemprop
    import rdkit
    import torch
    from admet_ai import ADMETModel
    from importlib.metadata import version

    torch.set_num_threads(args.threads)
    rdkit.RDLogger.DisableLog("rdApp.*")
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore")
    imported = time.perf_counter()

    model = ADMETModel(include_physchem=False, drugbank_path=None, num_workers=args.workers)
    loaded = time.perf_counter()

    smiles = read_smiles(args.input, args.limit)
    predicting = time.perf_counter()
    # Progress bars and warnings go to standard error: standard output is the report.
    stdout, sys.stdout = sys.stdout, sys.stderr
    predictions = model.predict(smiles)
    sys.stdout = stdout
    predicted = time.perf_counter()

    predictions.to_csv(args.output, index_label="smiles")
    print(json.dumps({
        "peer": "admet-ai",
        "versions": {"admet-ai": version("admet-ai"), "chemprop": chemprop.__version__, "torch": torch.__version__,
                     "rdkit": rdkit.__version__, "python": sys.version.split()[0]},
        "threads": args.threads,
        "workers": args.workers,
        "molecules": len(smiles),
        "predicted": len(predictions),
        "seconds": {"import": imported - started, "load": loaded - imported, "predict": predicted - predicting},
        "molecules_per_second": len(smiles) / (predicted - predicting),
    }))


if __name__ == "__main__":
    main()
