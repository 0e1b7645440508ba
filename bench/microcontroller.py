#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""usage: bench/microcontroller.py [--json] [MODEL.tflite ...]

What `sedge compile` makes of a model on a Cortex-M4 and a Cortex-M55: flash (code and constants), RAM (arena and static data), stack and
instructions of one inference, counted by qemu-system-arm; every byte of the output is compared with `sedge run` first. Beside them
what is published of TensorFlow Lite Micro:

- its arena for the same model, as the test data states it (tflm_arena_used_bytes);
- the time of the MLPerf Tiny v0.5 reference, which is TensorFlow Lite Micro on a Nucleo-L4R5ZI, a Cortex-M4 at 120 MHz
  (github.com/mlcommons/tiny_results_v0.5, closed/reference/results/Nucleo-L4R5ZI/*/performance/results.txt: 100 inferences in
  18.192 s and so on). Cycles are not instructions: a Cortex-M4 needs between one and two cycles an instruction.

Fails when the code of KWS on the M4 is above 16 KB.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
DATA = pathlib.Path(os.environ.get("SEDGE_TEST_DATA", ROOT / "../shared/data")).resolve()
SEDGE = ROOT / "build/release/src/cli/sedge"
VENV_PYTHON = ROOT / "build/venv/bin/python"
sys.path.insert(0, str(ROOT / "tests/target"))
import target as rig  # noqa: E402

MODELS = [DATA / "models" / f"{name}.tflite" for name in (
    "mlperf-tiny/kws_ref_model_int8", "mlperf-tiny/ad01_int8", "mlperf-tiny/str_ww_ref_model", "mlperf-tiny/vww_96_int8",
    "mlperf-tiny/ic_pretrainedResnet_quant", "tflm/micro_speech_quantized", "wakeword/okay_nabu")]
MLPERF_MS = {"kws_ref_model_int8": 181.92, "ad01_int8": 10.052, "vww_96_int8": 600.54, "ic_pretrainedResnet_quant": 704.26}
MLPERF_HZ = 120_000_000
CODE_LIMIT = 16 * 1024
ROWS = 2


def sedge(*args):
    return json.loads(subprocess.run([SEDGE, *map(str, args), "--json"], check=True, capture_output=True, text=True).stdout)


def random_rows(model, folder):
    """Rows of seeded noise and what `sedge run` makes of them."""
    import numpy
    rng = numpy.random.default_rng(1)
    arrays, flags = [], []
    for i, end in enumerate(sedge("inspect", model)["inputs"]):
        info = numpy.iinfo(end["dtype"])
        arrays.append(rng.integers(info.min, info.max + 1, (ROWS, *end["shape"])).astype(end["dtype"]))
        numpy.save(folder / f"x{i}.npy", arrays[-1])
        flags += ["--input", f"{i}={folder}/x{i}.npy"]
    outs = [numpy.load(o["file"]) for o in sedge("run", model, *flags, "--output-dir", folder)["outputs"]]
    return [([a[i].tobytes() for a in arrays], [o[i].tobytes() for o in outs]) for i in range(ROWS)]


def tflm_arena(model):
    for path in sorted((DATA / "expected").glob("*/case.json")):
        case = json.loads(path.read_text())
        if case["model"].endswith("/" + model.name):
            return case.get("tflm_arena_used_bytes")
    return None


def measure(model, target):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name) / "model"
        sedge("compile", model, "-o", folder, "--name", "model")
        rig.write_case(folder, "model", random_rows(model, pathlib.Path(name)))
        program, objects = rig.build(target, folder)
        result, sizes = rig.run(target, program), rig.sizes(target, objects)
    if result["wrong"]:
        sys.exit(f"{model.stem} on {target.name}: {result['text']}")
    return {"model": model.stem, "target": target.name, **sizes, "flash": sizes["code"] + sizes["constants"],
            "stack": result["stack"], "instructions": result["instructions"], "tflm_arena": tflm_arena(model),
            "tflm_mlperf_ms": MLPERF_MS.get(model.stem) if target is rig.M4 else None}


def print_table(rows):
    print(f"{'model':26}{'machine':11}{'code':>7}{'constants':>11}{'RAM':>8}{'stack':>7}{'instructions':>14}"
          f"{'TFLM arena':>12}{'TFLM M4 cycles':>16}")
    for r in rows:
        cycles = f"{r['tflm_mlperf_ms'] * MLPERF_HZ / 1e3:,.0f}" if r["tflm_mlperf_ms"] else "-"
        print(f"{r['model']:26}{r['target']:11}{r['code']:>7}{r['constants']:>11}{r['ram']:>8}{r['stack']:>7}"
              f"{r['instructions']:>14,}{r['tflm_arena'] or '-':>12}{cycles:>16}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("models", nargs="*", type=pathlib.Path)
    args = parser.parse_args()
    if not SEDGE.exists():
        sys.exit(f"{SEDGE} is missing: run make")
    if pathlib.Path(sys.prefix) != ROOT / "build/venv":
        subprocess.run([ROOT / "scripts/venv"], check=True)
        os.execv(VENV_PYTHON, [str(VENV_PYTHON), *sys.argv])
    targets = [t for t in (rig.M4, rig.M55) if not t.missing]
    models = args.models or MODELS
    rows = [measure(m, t) for m in models if m.exists() for t in targets]
    skipped = [str(m) for m in models if not m.exists()] + [t.missing for t in (rig.M4, rig.M55) if t.missing]
    print(json.dumps({"rows": rows, "skipped": skipped}, indent=1)) if args.json else print_table(rows)
    for name in skipped if not args.json else ():
        print(f"skipped: {name} is absent")
    large = [r for r in rows if r["model"] == "kws_ref_model_int8" and r["target"] == rig.M4.name and r["code"] > CODE_LIMIT]
    if large:
        sys.exit(f"the code of KWS on the M4 is {large[0]['code']} bytes, the limit is {CODE_LIMIT}")


if __name__ == "__main__":
    main()
