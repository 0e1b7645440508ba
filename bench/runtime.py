#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""usage: bench/runtime.py [--rounds N] [--json] [MODEL.tflite ...]

Latency of libsedge beside LiteRT (XNNPACK), one thread each, in the same run: rounds alternate between the two, a figure is
the median of the rounds' medians with the least and largest in brackets. What a call of LiteRT costs from Python is measured on
a model of one tiny operator, printed and subtracted. LiteRT comes from build/venv (tests/requirements.txt), which is made when
missing. Without MODEL the dense models of the test data (SEDGE_TEST_DATA) are measured; absent ones are named and skipped.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
DATA = pathlib.Path(os.environ.get("SEDGE_TEST_DATA", ROOT / "../shared/data")).resolve()
SEDGE = ROOT / "build/release/src/cli/sedge"
VENV_PYTHON = ROOT / "build/venv/bin/python"
NULL_MODEL = ROOT / "tests/corpus/tflite/tanh_f32.tflite"
MODELS = [DATA / "models" / name for name in (
    "mlperf-tiny/ad01_int8.tflite", "mlperf-tiny/ad01_fp32.tflite", "tflm/hello_world_int8.tflite",
    "tflm/hello_world_float.tflite")]


def enter_venv():
    """Starts again inside build/venv, where ai-edge-litert is."""
    if pathlib.Path(sys.prefix) == ROOT / "build/venv":
        return
    subprocess.run([ROOT / "scripts/venv"], check=True)
    os.execv(VENV_PYTHON, [str(VENV_PYTHON), *sys.argv])


def sedge_round(model, milliseconds):
    out = subprocess.run([SEDGE, "bench", model, "--time", f"{milliseconds}ms", "--runs", "1000000", "--json"], check=True,
                         capture_output=True, text=True).stdout
    return json.loads(out)


class LiteRT:
    def __init__(self, model):
        import numpy
        from ai_edge_litert.interpreter import Interpreter
        self.interpreter = Interpreter(model_path=str(model), num_threads=1)
        self.interpreter.allocate_tensors()
        rng = numpy.random.default_rng(1)
        for d in self.interpreter.get_input_details():
            kind = numpy.dtype(d["dtype"])
            x = rng.normal(size=d["shape"]) if kind.kind == "f" else rng.integers(-128, 128, d["shape"])
            self.interpreter.set_tensor(d["index"], x.astype(kind))

    def round(self, milliseconds):
        """Median of single calls in microseconds."""
        invoke, clock, times = self.interpreter.invoke, time.perf_counter_ns, []
        for _ in range(20):
            invoke()
        end = clock() + milliseconds * 1_000_000
        while clock() < end:
            start = clock()
            invoke()
            times.append(clock() - start)
        return statistics.median(times) / 1e3


def spread(values):
    return {"median_us": statistics.median(values), "least_us": min(values), "largest_us": max(values)}


def measure(model, rounds, milliseconds, overhead_us):
    peer = LiteRT(model)
    ours, theirs, last = [], [], None
    for _ in range(rounds):
        last = sedge_round(model, milliseconds)
        ours.append(last["median_us"])
        theirs.append(max(peer.round(milliseconds) - overhead_us, 0))
    row = {"model": model.name, "sedge": spread(ours), "litert": spread(theirs)}
    row["share"] = row["sedge"]["median_us"] / row["litert"]["median_us"] if row["litert"]["median_us"] else None
    return row | {key: last[key] for key in ("arena_bytes", "packed_bytes", "load_us", "macs", "cpu")}


def text(figures):
    return f"{figures['median_us']:8.2f} [{figures['least_us']:.2f} .. {figures['largest_us']:.2f}]"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--time-ms", type=int, default=400, help="of each round and runtime")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("models", nargs="*", type=pathlib.Path)
    args = parser.parse_args()
    if not SEDGE.exists():
        sys.exit(f"{SEDGE} is missing: run make")
    enter_venv()
    null = LiteRT(NULL_MODEL)
    overhead_us = statistics.median(null.round(args.time_ms) for _ in range(args.rounds))
    rows, skipped = [], []
    for model in args.models or MODELS:
        if model.exists():
            rows.append(measure(model, args.rounds, args.time_ms, overhead_us))
        else:
            skipped.append(str(model))
    if args.json:
        print(json.dumps({"litert_call_us": overhead_us, "models": rows, "skipped": skipped}, indent=1))
        return
    print(f"microseconds an inference, one thread; a call of LiteRT costs {overhead_us:.2f} (subtracted)")
    print(f"{'model':28} {'libsedge':>26} {'LiteRT, XNNPACK':>26}   share   arena")
    for r in rows:
        share = f"{r['share']:.2f}" if r["share"] else "-"
        print(f"{r['model']:28} {text(r['sedge']):>26} {text(r['litert']):>26}  {share:>6}  {r['arena_bytes']:>6}")
    for name in skipped:
        print(f"skipped: {name} is absent")


if __name__ == "__main__":
    main()
