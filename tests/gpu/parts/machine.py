"""The machine, as its programs describe it."""

import datetime
import glob
import json
import os
import re
import shutil
import subprocess
import sys


def asked(command, seconds=60):
    """What a command prints, or nothing."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""


def facts(soyaku, commit, command, quick):
    """For the head of every file: what ran where and when. Ends the run where no GPU can be used."""
    doctor = subprocess.run([soyaku, "doctor", "--require", "cuda"], capture_output=True, text=True)
    if doctor.returncode and look_elsewhere():
        doctor = subprocess.run([soyaku, "doctor", "--require", "cuda"], capture_output=True, text=True)
    if doctor.returncode:
        raise SystemExit(f"no usable GPU: nothing was run\n{doctor.stdout}{doctor.stderr}")
    found = json.loads(asked([soyaku, "doctor", "--json"]) or "{}")
    cuda = found.get("cuda") or {}
    devices = cuda.get("devices") or []
    cpu = found.get("cpu") or {}
    return {
        "commit": commit,
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "command": command,
        "quick": quick,
        "emulated": any(is_emulated(device.get("name")) for device in devices) or "SOYAKU_EMULATION_MODE" in os.environ,
        "machine": {
            "devices": devices,
            "driver": driver_version(),
            "driver_cuda": cuda.get("driver_version"),
            "nvrtc": (found.get("nvrtc") or {}).get("version"),
            "cpu": cpu.get("model"),
            "cores": len(os.sched_getaffinity(0)),
            "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
            "nvidia_smi": nvidia_smi(),
        },
    }


def look_elsewhere():
    """The driver and NVRTC in places that only this Python or a container's maker knows: whether there are some."""
    places = ("/usr/local/nvidia/lib64", "/usr/local/nvidia/lib", "/usr/lib/wsl/lib")
    drivers = [path for path in places if os.path.exists(f"{path}/libcuda.so.1")]
    if drivers:
        os.environ["LD_LIBRARY_PATH"] = os.pathsep.join([*drivers, os.environ.get("LD_LIBRARY_PATH", "")]).rstrip(os.pathsep)
    places = [f"{sys.prefix}/lib/python3*/site-packages/nvidia/*/lib", "/usr/local/cuda*/lib64",
              "/usr/local/cuda*/targets/*/lib"]
    compilers = [path for place in places for path in sorted(glob.glob(f"{place}/libnvrtc.so.1?"), reverse=True)]
    if compilers and not os.environ.get("SOYAKU_NVRTC"):
        os.environ["SOYAKU_NVRTC"] = compilers[0]
    return bool(drivers or compilers)


def is_emulated(name):
    """Whether it is a device of kernels/emulation."""
    return str(name or "").startswith("Emulated")


def driver_version():
    """Such as 580.159.04."""
    text = asked(["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"])
    return text.split("\n")[0].strip() or None


def nvidia_smi():
    """Clocks and state, read only."""
    fields = [
        "name", "pstate", "clocks.sm", "clocks.mem", "clocks.max.sm", "clocks.max.mem", "temperature.gpu",
        "power.draw", "power.limit", "ecc.mode.current", "memory.used", "utilization.gpu", "persistence_mode",
    ]
    text = asked(["nvidia-smi", f"--query-gpu={','.join(fields)}", "--format=csv,noheader"])
    values = [value.strip() for value in text.split("\n")[0].split(",")]
    return dict(zip(fields, values)) if len(values) == len(fields) else None


def tool(name):
    """A program of the CUDA toolkit or of Nsight Compute: on the path, or where their packages put it."""
    toolkits = [os.environ.get("CUDA_HOME", ""), os.environ.get("CUDA_PATH", ""), "/usr/local/cuda",
                *newest("/usr/local/cuda-*")]
    folders = [os.path.join(toolkit, folder) for toolkit in toolkits if toolkit for folder in ("bin", "compute-sanitizer")]
    folders += newest("/opt/nvidia/nsight-compute/*") + newest(f"{sys.prefix}/lib/python3*/site-packages/nvidia/*/bin")
    paths = [shutil.which(name), *(os.path.join(folder, name) for folder in folders)]
    return next((path for path in paths if path and os.path.isfile(path) and os.access(path, os.X_OK)), None)


def newest(pattern):
    """Folders that match, the highest version first."""
    def version(path):
        return [int(number) for number in re.findall(r"\d+", path)]

    return sorted(glob.glob(pattern), key=version, reverse=True)
