"""Chemprop's training on lipo: seconds of an epoch of `chemprop train` with its defaults, and where they go."""

import os
import sys
import tempfile
import time

import shared
from ensemble import quiet_lightning


def epochs_of_the_command(run, options, workers, until):
    """Starts of all epochs (no new one when `until` seconds are left) of `chemprop train`, in seconds: a callback is added to its trainer, nothing else changed
    but the log, which goes to CSV files whether or not TensorBoard is installed."""
    import chemprop.cli.train as train
    from chemprop.cli.main import main as chemprop
    from lightning import pytorch as pl

    times = {"start": [], "validation": [], "end": []}

    class Clock(pl.Callback):
        def on_train_epoch_start(self, *_):
            times["start"].append(time.perf_counter())

        def on_validation_epoch_start(self, trainer, *_):
            if not trainer.sanity_checking:
                times["validation"].append(time.perf_counter())

        def on_train_epoch_end(self, trainer, *_):
            # Fewer epochs where time is short; two that count at the least.
            if len(times["start"]) > 2 and run.left() < until:
                trainer.should_stop = True

        def on_train_end(self, *_):
            times["end"].append(time.perf_counter())

    class Trainer(pl.Trainer):
        def __init__(self, *args, callbacks=None, **keywords):
            super().__init__(*args, callbacks=[*(callbacks or []), Clock()], **keywords)

    def no_tensorboard(*_, **__):
        raise ModuleNotFoundError("not used here")

    original = train.pl, train.TensorBoardLogger
    train.pl = type("pl", (), {"Trainer": Trainer})
    train.TensorBoardLogger = no_tensorboard
    try:
        with tempfile.TemporaryDirectory() as folder:
            sys.argv = ["chemprop", "train", "-qq", "--data-path", os.path.join(options.data, "lipo.csv"), "--task-type",
                        "regression", "--output-dir", folder, "--epochs", str(options.epochs), "--accelerator",
                        options.accelerator, "--devices", "1", "--num-workers", str(workers), "--data-seed", "0"]
            chemprop()
    finally:
        train.pl, train.TensorBoardLogger = original
    return times


class Parts:
    """The same data and network, step by step."""

    def __init__(self, run, options):
        import csv

        import numpy
        from chemprop import data, models, nn
        from rdkit import Chem

        self.run, self.device = run, run.device.split(":")[0]
        with open(os.path.join(options.data, "lipo.csv"), newline="") as rows:
            rows = list(csv.DictReader(rows))
        order = numpy.random.default_rng(0).permutation(len(rows))[: int(0.8 * len(rows))]
        points = [data.MoleculeDatapoint(mol=Chem.MolFromSmiles(rows[i]["smiles"]), y=numpy.array([float(rows[i]["lipo"])]))
                  for i in order]
        self.dataset = data.MoleculeDataset(points)
        scaler = self.dataset.normalize_targets()
        self.loader = lambda: data.build_dataloader(self.dataset, 64, 0, seed=0)
        # What build_model of chemprop.cli.train makes of the command's defaults.
        self.model = models.MPNN(nn.BondMessagePassing(), nn.NormAggregation(norm=100.0),
                                 nn.RegressionFFN(output_transform=nn.UnscaleTransform.from_standard_scaler(scaler)))
        self.model.to(self.device).train()

    def steps(self, batches, backward):
        """One epoch over batches that are on the device."""
        import torch

        optimizer = torch.optim.Adam(self.model.parameters(), 1e-4)

        def epoch():
            for batch in batches:
                predictions = self.model.predictor.train_step(self.model.fingerprint(batch.bmg))
                loss = self.model.criterion(predictions, batch.Y, torch.isfinite(batch.Y), batch.w, None, None)
                if backward:
                    optimizer.zero_grad()
                    loss.backward()
                    optimizer.step()

        return epoch

    def on_device(self):
        found = []
        for batch in self.loader():
            batch.bmg.to(self.device)
            found.append(batch._replace(Y=batch.Y.to(self.device), w=batch.w.to(self.device)))
        return found


def main():
    options = shared.parser(__doc__)
    options.add_argument("--workers", default="0,8", help="loader processes; one measurement for each")
    options.add_argument("--epochs", type=int, default=6)
    options = options.parse_args()
    run = shared.Run(options)

    import rdkit.RDLogger

    rdkit.RDLogger.DisableLog("rdApp.*")
    quiet_lightning()
    parts = Parts(run, options)
    compounds = len(parts.dataset)
    name, params = "chemprop train lipo", {"batch": 64, "workers": 0, "compounds": compounds}

    # The command first: it is what the aim is about. The first epoch is not counted.
    several = [int(workers) for workers in options.workers.split(",")]
    for position, workers in enumerate(several):
        until = options.seconds * (1 - 0.6 * (position + 1) / len(several))
        if position and run.left() < until:
            break
        times = epochs_of_the_command(run, options, workers, until)
        starts = [*times["start"], times["end"][-1]]
        whole = [after - before for before, after in zip(starts, starts[1:])][1:]
        training = [validation - start for start, validation in zip(times["start"], times["validation"])][1:]
        sizes = {**params, "workers": workers}
        run.result(f"{name} epoch", "end_to_end", sizes, whole, compounds, training_s=training)

    def featurize():
        parts.dataset.cache = False
        parts.dataset.cache = True

    run.result(f"{name} featurize", "host", params, run.repeat(featurize, most=3, seconds=10.0), compounds)
    run.result(f"{name} collate", "host", params, run.repeat(lambda: sum(1 for _ in parts.loader()) and None, most=3,
                                                             seconds=5.0), compounds)
    batches = parts.on_device()
    for what, backward in (("forward", False), ("forward and backward", True)):
        epoch = parts.steps(batches, backward)
        epoch()
        samples = run.repeat(lambda: run.timed_on_device(epoch), least=2, most=10, seconds=8.0)
        run.result(f"{name} {what}", "kernel", params, samples, compounds,
                   atoms=sum(len(batch.bmg.V) for batch in batches),
                   directed_edges=sum(len(batch.bmg.E) for batch in batches))


if __name__ == "__main__":
    main()
