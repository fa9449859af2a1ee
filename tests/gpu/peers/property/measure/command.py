"""`chemprop predict` with one model: the command's own function, called again in a process that is warm."""

import csv
import os
import sys
import tempfile

import shared
from ensemble import quiet_lightning


def main():
    options = shared.parser(__doc__)
    options.add_argument("--workers", type=int, default=0)
    options.add_argument("--batch", type=int, default=64)
    options.add_argument("--cuik", action="store_true")
    options = options.parse_args()
    run = shared.Run(options)

    import numpy
    from chemprop.cli.main import main as chemprop

    quiet_lightning()
    model = shared.model_files(options)[0][0]
    texts = run.molecules()
    with tempfile.TemporaryDirectory() as folder:
        table, predictions = os.path.join(folder, "input.csv"), os.path.join(folder, "predictions.csv")

        def predict(count):
            with open(table, "w") as out:
                out.write("\n".join(["smiles", *texts[:count], ""]))
            sys.argv = ["chemprop", "predict", "-qq", "--test-path", table, "--preds-path", predictions, "--model-paths",
                        model, "--accelerator", options.accelerator, "--devices", "1", "--num-workers",
                        str(options.workers), "--batch-size", str(options.batch),
                        *(["--use-cuikmolmaker-featurization"] if options.cuik else [])]
            chemprop()

        texts = texts[: run.sized(predict, len(texts))]
        samples = run.repeat(lambda: predict(len(texts)), most=3)
        if options.save:
            with open(predictions, newline="") as rows:
                rows = [row for row in csv.DictReader(rows)]
            names = [name for name in rows[0] if name != "smiles"]
            values = numpy.array([[float(row[name]) for name in names] for row in rows])
            shared.save(options.save, names, values)
    run.result("chemprop predict", "end_to_end",
               {"models": 1, "batch": options.batch, "workers": options.workers, "cuik": int(options.cuik),
                "compounds": len(texts)}, samples, len(texts), input=options.input, saved=options.save)


if __name__ == "__main__":
    main()
