#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""usage: bench/peers/models.py [--rounds N] [--time-ms N] [--json] [MODEL ...]

Latency of libsedge beside LiteRT with XNNPACK (.tflite) and ONNX Runtime (.onnx), one thread each, in the same run: rounds
alternate between the two, a figure is the median of the rounds' medians with the least and largest in brackets. What a call of
the peer costs from Python is measured on a model of one tiny operator, printed and subtracted.

The last SOFTMAX of a .tflite is cut off for both, since XNNPACK does not run it. Peers come from build/venv
(tests/requirements.txt), which is made when missing. Without MODEL the models of the test data (SEDGE_TEST_DATA) are measured;
absent ones are named and skipped.
"""
import argparse
import json
import os
import pathlib
import statistics
import struct
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
DATA = pathlib.Path(os.environ.get("SEDGE_TEST_DATA", ROOT / "../shared/data")).resolve()
SEDGE = ROOT / "build/release/src/cli/sedge"
VENV_PYTHON = ROOT / "build/venv/bin/python"
NULL_TFLITE = ROOT / "tests/corpus/tflite/tanh_f32.tflite"
# model, share of the peer's time to reach
MODELS = [(DATA / "models" / name, reach) for name, reach in (
    ("mlperf-tiny/ad01_int8.tflite", 1.0), ("mlperf-tiny/kws_ref_model_int8.tflite", .50), ("mlperf-tiny/str_ww_ref_model.tflite", .55),
    ("mlperf-tiny/vww_96_int8.tflite", .35), ("mlperf-tiny/ic_pretrainedResnet_quant.tflite", .88),
    ("mlperf-tiny/ad01_fp32.tflite", 1.0), ("mlperf-tiny/kws_ref_model_float32.tflite", 1.0), ("mlperf-tiny/vww_96_float.tflite", 1.0),
    ("mlperf-tiny/ic_pretrainedResnet_float.tflite", 1.0), ("vision/mobilenet_v1_0.25_128_quant.tflite", 1.0),
    ("vision/mobilenet_v1_0.25_224_quant.tflite", 1.0), ("vision/mobilenet_v1_0.25_224_1_default_1.tflite", 1.0),
    ("vision/mobilenet_v2_1.0_224_quant.tflite", 1.0), ("onnx/mnist-8/model.onnx", 1.0), ("onnx/mnist-quantized/model.onnx", 1.0),
    ("onnx/yolox_nano.onnx", 1.0), ("onnx/ultraface_version-RFB-320.onnx", 1.0), ("onnx/face_detection_yunet_2026may.onnx", 1.0),
    ("onnx/silero_vad_16k_op15.onnx", 1.0))]


def enter_venv():
    """Starts again inside build/venv, where the peers are."""
    if pathlib.Path(sys.prefix) == ROOT / "build/venv":
        return
    subprocess.run([ROOT / "scripts/venv"], check=True)
    os.execv(VENV_PYTHON, [str(VENV_PYTHON), *sys.argv])


def median_of_calls(call, milliseconds):
    """Median of single calls in microseconds."""
    clock, times = time.perf_counter_ns, []
    for _ in range(10):
        call()
    end = clock() + milliseconds * 1_000_000
    while clock() < end or len(times) < 5:
        start = clock()
        call()
        times.append(clock() - start)
    return statistics.median(times) / 1e3


def numbers(rng, dtype, shape):
    import numpy
    kind = numpy.dtype(dtype)
    if kind.kind == "f":
        return rng.normal(size=shape).astype(kind)
    low, high = {"i1": (-128, 128), "u1": (0, 256), "i2": (-32768, 32768)}.get(kind.str[1:], (0, 2))
    return rng.integers(low, high, shape).astype(kind)


class LiteRT:
    name = "LiteRT"

    def __init__(self, model):
        import numpy
        from ai_edge_litert.interpreter import Interpreter
        self.interpreter = Interpreter(model_path=str(model), num_threads=1)
        self.interpreter.allocate_tensors()
        rng = numpy.random.default_rng(1)
        for d in self.interpreter.get_input_details():
            self.interpreter.set_tensor(d["index"], numbers(rng, d["dtype"], d["shape"]))

    def round(self, milliseconds):
        return median_of_calls(self.interpreter.invoke, milliseconds)


class OnnxRuntime:
    name = "ONNX Runtime"
    types = {"tensor(float)": "f4", "tensor(double)": "f8", "tensor(int64)": "i8", "tensor(int32)": "i4", "tensor(uint8)": "u1", "tensor(int8)": "i1"}

    def __init__(self, model, shapes=()):
        import numpy
        import onnxruntime
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
        options.log_severity_level = 3
        session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        rng, binding = numpy.random.default_rng(1), session.io_binding()
        for given in session.get_inputs():
            shape = dict(shapes).get(given.name) or [n if isinstance(n, int) else 1 for n in given.shape]
            binding.bind_cpu_input(given.name, numbers(rng, self.types[given.type], shape))
        for out in session.get_outputs():
            binding.bind_output(out.name)
        self.call = lambda: session.run_with_iobinding(binding)

    def round(self, milliseconds):
        return median_of_calls(self.call, milliseconds)


def null_onnx(folder):
    """One Identity on one number."""
    from onnx import TensorProto, helper, save
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]) for name in "xy")
    graph = helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "null", [x], [y])
    path = pathlib.Path(folder) / "null.onnx"
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return path


class Table:
    """A table of a FlatBuffer: fields by position."""

    def __init__(self, data, at):
        self.data, self.at = data, at
        self.fields = at - struct.unpack_from("<i", data, at)[0]

    def offset(self, field):
        """Where the field's value lies; 0 when it is absent."""
        place = 4 + 2 * field
        if place >= struct.unpack_from("<H", self.data, self.fields)[0]:
            return 0
        relative = struct.unpack_from("<H", self.data, self.fields + place)[0]
        return self.at + relative if relative else 0

    def number(self, field, kind="<I", default=0):
        at = self.offset(field)
        return struct.unpack_from(kind, self.data, at)[0] if at else default

    def vector(self, field):
        """Where its length lies."""
        at = self.offset(field)
        return at + self.number(field)

    def table(self, field, i):
        at = self.vector(field) + 4 + 4 * i
        return Table(self.data, at + struct.unpack_from("<I", self.data, at)[0])


def without_softmax(model, folder):
    """The model without a SOFTMAX at its end: a copy with one operator less and another output."""
    softmax, data = 25, bytearray(model.read_bytes())
    root = Table(data, struct.unpack_from("<I", data, 0)[0])
    graph = root.table(2, 0)
    operators = graph.vector(3)
    n = struct.unpack_from("<I", data, operators)[0]
    last = graph.table(3, n - 1)
    code = root.table(1, last.number(0))
    if max(code.number(0, "<b"), code.number(3, "<i")) != softmax:
        return model
    struct.pack_into("<I", data, operators, n - 1)
    data[graph.vector(2) + 4 : graph.vector(2) + 8] = data[last.vector(1) + 4 : last.vector(1) + 8]
    path = pathlib.Path(folder) / model.name
    path.write_bytes(data)
    return path


def sedge_round(model, milliseconds):
    out = subprocess.run([SEDGE, "bench", model, "--time", f"{milliseconds}ms", "--runs", "1000000", "--json"], check=False, capture_output=True, text=True)
    if out.returncode:
        raise RuntimeError(out.stderr.strip())
    return json.loads(out.stdout)


def spread(values):
    return {"median_us": statistics.median(values), "least_us": min(values), "largest_us": max(values)}


def measure(peer, model, args, overhead_us):
    ours, theirs, last = [], [], None
    for _ in range(args.rounds):
        last = sedge_round(model, args.time_ms)
        ours.append(last["median_us"])
        theirs.append(max(peer.round(args.time_ms) - overhead_us, 0))
    row = {"model": model.name, "peer": peer.name, "sedge": spread(ours), "theirs": spread(theirs)}
    row["share"] = row["sedge"]["median_us"] / row["theirs"]["median_us"] if row["theirs"]["median_us"] else None
    return row | {key: last[key] for key in ("arena_bytes", "packed_bytes", "load_us", "macs", "cpu")}


def text(figures):
    return f"{figures['median_us']:9.2f} [{figures['least_us']:.2f} .. {figures['largest_us']:.2f}]"


def show(row):
    share = f"{row['share']:.2f}" if row["share"] else "-"
    reach = f"{row['reach']:.2f}" if row["reach"] else "-"
    print(f"{row['model'][:38]:38} {text(row['sedge']):>30} {text(row['theirs']):>30} {share:>6} {reach:>6} {row['load_us']:8.0f} {row['arena_bytes']:9}", flush=True)


def run(args, folder):
    nulls = {LiteRT: NULL_TFLITE, OnnxRuntime: null_onnx(folder)}
    overhead = {kind: statistics.median(kind(null).round(args.time_ms) for _ in range(args.rounds)) for kind, null in nulls.items()}
    if not args.json:
        print("microseconds an inference, one thread; a call costs (subtracted): " + ", ".join(f"{k.name} {v:.2f}" for k, v in overhead.items()))
        print(f"{'model':38} {'libsedge':>30} {'peer':>30}  share  reach  load us     arena")
    rows, skipped = [], []
    for model, reach in [(m, None) for m in args.models] or MODELS:
        if not model.exists():
            skipped.append(f"{model}: absent")
            continue
        kind = OnnxRuntime if model.suffix == ".onnx" else LiteRT
        cut = model if kind is OnnxRuntime else without_softmax(model, folder)
        try:
            row = measure(kind(cut), cut, args, overhead[kind]) | {"reach": reach}
        except RuntimeError as error:
            skipped.append(str(error))
            continue
        rows.append(row)
        if not args.json:
            show(row)
    return {"call_us": {k.name: v for k, v in overhead.items()}, "models": rows, "skipped": skipped}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--time-ms", type=int, default=300, help="of each round and runtime")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("models", nargs="*", type=pathlib.Path)
    args = parser.parse_args()
    if not SEDGE.exists():
        sys.exit(f"{SEDGE} is missing: run make")
    enter_venv()
    with tempfile.TemporaryDirectory() as folder:
        result = run(args, folder)
    if args.json:
        print(json.dumps(result, indent=1))
        return
    for line in result["skipped"]:
        print(f"skipped: {line}")


if __name__ == "__main__":
    main()
