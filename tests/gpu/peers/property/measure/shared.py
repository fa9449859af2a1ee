"""What every measurement needs: options, molecules, time, and one line of JSON for each result."""

import argparse
import json
import os
import resource
import statistics
import time
import warnings


def parser(description):
    options = argparse.ArgumentParser(description=description)
    options.add_argument("--accelerator", choices=["gpu", "cpu"], required=True)
    options.add_argument("--data", required=True, help="folder with moses.smi, chembl.smi, lipo.csv")
    options.add_argument("--models", help="folder with ADMET-AI's models; default: that of the package")
    options.add_argument("--results", required=True, help="a line of JSON for each result is added to this file")
    options.add_argument("--seconds", type=float, default=60.0, help="when to be done, counted from the start")
    options.add_argument("--input", default="moses.smi")
    options.add_argument("--molecules", type=int, default=20_000, help="at most so many; fewer where time is short")
    options.add_argument("--save", help="write predictions to this file, to compare them")
    return options


class Run:
    """One measurement's process: its options, its clock, its results."""

    def __init__(self, options):
        self.options = options
        self.started = time.perf_counter()
        self.gpu = options.accelerator == "gpu"
        self.threads = len(os.sched_getaffinity(0))
        self.device = "cuda:0" if self.gpu else f"cpu:{self.threads}"
        warnings.filterwarnings("ignore")
        # A batch that a loader's process sends holds one open file for each of its tensors.
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        import torch

        torch.manual_seed(0)
        if "OMP_NUM_THREADS" not in os.environ:
            torch.set_num_threads(self.threads)
        if self.gpu and not torch.cuda.is_available():
            raise SystemExit("torch sees no GPU")

    def left(self):
        """Seconds until this process should be done."""
        return self.options.seconds - (time.perf_counter() - self.started)

    def molecules(self):
        return smiles(os.path.join(self.options.data, self.options.input), self.options.molecules)

    def affordable(self, items, each, fixed=0.0, *, share):
        """How many of `items`, at so many seconds each and for all, fit into that share of the time that is left: a
        multiple of 64, since a last batch of one would be dropped."""
        return min(items, max(64, int((self.left() * share - fixed) / each) // 64 * 64))

    def sized(self, work, items):
        """How many of `items` there is time for three times, by how long `work` takes with few and with some more."""
        few, more = min(64, items), min(512, items)
        work(few)
        fixed = self.repeat(lambda: work(few) and None, most=1)[0]
        if more == items:
            return items
        longer = self.repeat(lambda: work(more) and None, most=1)[0]
        each = max((longer - fixed) / (more - few), longer / more / 20)
        return self.affordable(items, each, fixed, share=0.25)

    def repeat(self, work, least=1, most=5, share=0.8, seconds=None):
        """Seconds of each run of `work`, which may return them itself; stops where time is short."""
        end = time.perf_counter() + min(self.left() * share, seconds or float("inf"))
        samples = []
        while len(samples) < least or (len(samples) < most and time.perf_counter() + min(samples) < end):
            begun = time.perf_counter()
            took = work()
            samples.append(took if isinstance(took, float) else time.perf_counter() - begun)
        return samples

    def timed_on_device(self, work):
        """Seconds of `work` on the device: by its own events on a GPU, by the clock on a CPU."""
        import torch

        if not self.gpu:
            begun = time.perf_counter()
            work()
            return time.perf_counter() - begun
        first, last = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        torch.cuda.synchronize()
        first.record()
        work()
        last.record()
        torch.cuda.synchronize()
        return first.elapsed_time(last) / 1000.0

    def result(self, op, phase, params, samples, items, item="compound", **more):
        device = f"cpu:{self.threads}" if phase == "host" else self.device
        emit(self.options.results, op, device, phase, params, samples, items, item, **more)


def identity(op, device, phase, params):
    sizes = ",".join(f"{name}={value}" for name, value in params.items())
    return f"{op.replace(' ', '_')}/{device}/{phase}/{sizes}"


def measured(op, device, phase, params, samples, items, item="compound", **more):
    """As the results of schema soyaku.bench/1 (tests/gpu/src/report.rs)."""
    median = statistics.median(samples)
    return {
        "id": identity(op, device, phase, params),
        "op": op,
        "device": device,
        "params": params,
        "phase": phase,
        "samples_s": samples,
        "median_s": median,
        "mad_s": statistics.median(abs(sample - median) for sample in samples),
        "items": items,
        "item": item,
        "items_per_s": items / median,
        **more,
    }


def emit(path, *args, **more):
    with open(path, "a") as out:
        out.write(json.dumps(measured(*args, **more)) + "\n")


def save(path, names, rows):
    """A line of JSON, then the rows as 64-bit floats: `run` reads it with the standard library."""
    with open(path, "wb") as out:
        out.write(json.dumps({"names": list(names), "rows": len(rows)}).encode() + b"\n")
        out.write(rows.astype("<f8").tobytes())


def smiles(path, limit):
    with open(path) as lines:
        found = [line.split()[0] for line in lines if line.strip()]
    return found[:limit] if limit else found


def model_files(options):
    """ADMET-AI's files of models: those of classification, then those of regression."""
    import admet_ai.constants

    folder = options.models or admet_ai.constants.DEFAULT_MODELS_DIR
    return [sorted(os.path.join(folder, kind, name) for name in os.listdir(os.path.join(folder, kind)) if name.endswith(".pt"))
            for kind in sorted(os.listdir(folder))]
