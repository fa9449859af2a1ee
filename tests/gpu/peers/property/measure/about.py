"""Versions, and whether torch sees a GPU: one JSON object in the file that is named."""

import json
import platform
import sys

import lightning
import numpy
import pandas
import torch

import admet_ai
import chemprop
import rdkit

found = {
    "python": platform.python_version(),
    **{module.__name__: module.__version__ for module in (torch, lightning, numpy, pandas, rdkit, chemprop, admet_ai)},
    "threads": torch.get_num_threads(),
    "gpu": None,
}
if torch.cuda.is_available():
    properties = torch.cuda.get_device_properties(0)
    found["gpu"] = {"name": properties.name, "cc": f"{properties.major}.{properties.minor}",
                    "sms": properties.multi_processor_count, "memory_bytes": properties.total_memory,
                    "cuda": torch.version.cuda}
with open(sys.argv[1], "w") as out:
    json.dump(found, out)
