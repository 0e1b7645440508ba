#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""usage: bench/arm/count.py [MODEL...]     instructions of one inference on 64-bit ARM, counted under qemu-user

Without models: those of MLPerf Tiny in the test data, and two with deeper convolutions. For each model and set of CPU extensions: instructions, those of
each MAC, the operators that take most; then the pointwise convolutions: instructions for each 16 MACs, which is what one
dot product computes. Builds build/aarch64-release.
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build/aarch64-release/bench"
DATA = pathlib.Path(os.environ.get("SEDGE_TEST_DATA", ROOT / "../shared/data")).resolve()
CPUS = "neon", "neon,dotprod"
MODELS = ("mlperf-tiny/ad01_int8.tflite", "mlperf-tiny/kws_ref_model_int8.tflite", "mlperf-tiny/str_ww_ref_model.tflite", "mlperf-tiny/vww_96_int8.tflite",
          "mlperf-tiny/ic_pretrainedResnet_quant.tflite", "tflm/person_detect.tflite", "vision/movenet_single_pose_lightning_ptq.tflite")


def count(model, cpus):
    """[(type, kernel, MACs, depth of a pointwise convolution or 0, instructions)] in the order of the operators"""
    with tempfile.NamedTemporaryFile() as log:
        command = ["qemu-aarch64", "-L", "/usr/aarch64-linux-gnu", "-plugin", str(BUILD / "libcount_plugin.so"), "-d", "plugin", "-D",
                   log.name, str(BUILD / "count"), str(model), cpus]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        if run.returncode:
            raise SystemExit(f"{model}: {run.stderr}")
        marks = [tuple(map(int, line.split())) for line in log.read().decode().splitlines()]
    begin = max(i for i, (n, _) in enumerate(marks) if n == 0)
    at = [instructions for _, instructions in marks[begin:]]
    marker = at[1] - at[0]
    ops = [line.split() for line in run.stdout.splitlines()]
    assert len(at) == len(ops) + 2, f"{len(at)} markers for {len(ops)} operators"
    return [(kind, kernel, int(macs), int(depth), at[i + 2] - at[i + 1] - marker) for i, (kind, kernel, macs, depth) in enumerate(ops)]


def report(model):
    """Prints the table of one model; returns its pointwise convolutions with dot products."""
    name, pointwise = pathlib.Path(model).name, []
    for cpus in CPUS:
        ops = count(model, cpus)
        total, macs = sum(op[4] for op in ops), sum(op[2] for op in ops)
        most = {}
        for kind, _, _, _, instructions in ops:
            most[kind] = most.get(kind, 0) + instructions
        shares = ", ".join(f"{kind} {100 * n // max(total, 1)} %" for kind, n in sorted(most.items(), key=lambda m: -m[1])[:3])
        print(f"{name:32} {cpus:13} {total:11} {total / max(macs, 1):8.3f}   {shares}")
        pointwise += [(name, cpus, depth, macs, instructions) for _, kernel, macs, depth, instructions in ops if depth and "s8" in kernel]
    return pointwise


def main():
    for tool in "qemu-aarch64", "aarch64-linux-gnu-gcc":
        if not shutil.which(tool):
            print(f"skipped: instructions on ARM ({tool} is missing)")
            return
    subprocess.run([ROOT / "scripts/build", "aarch64-release"], check=True)
    subprocess.run(["ninja", "-C", BUILD.parent, "bench/count", "bench/libcount_plugin.so"], stdout=subprocess.DEVNULL, check=True)
    models = sys.argv[1:] or [DATA / "models" / m for m in MODELS]
    models = [m for m in models if pathlib.Path(m).exists() or print(f"skipped: {m} (not there)")]
    print(f"{'model':32} {'CPU':13} {'instructions':>11} {'each MAC':>8}   most of them")
    pointwise = [p for m in models for p in report(m)]
    print("\npointwise convolutions of int8: instructions for each 16 MACs")
    for cpus in CPUS:
        by_depth = {}
        for _, c, depth, macs, instructions in pointwise:
            if c == cpus:
                n, of = by_depth.get(depth, (0, 0))
                by_depth[depth] = n + instructions, of + macs
        print(f"  {cpus:13} " + ", ".join(f"K = {depth}: {16 * n / of:.2f}" for depth, (n, of) in sorted(by_depth.items())))


main()
