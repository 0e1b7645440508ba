# SPDX-License-Identifier: Apache-2.0
"""sedge compile: what it writes runs on a Cortex-M4, a Cortex-M55 and this machine with the same bits as sedge run."""
import json
import subprocess
import sys

import numpy as np
import pytest
from conftest import BUILD, DATA, ROOT

sys.path.insert(0, str(ROOT / "tests/target"))
import target as rig  # noqa: E402

MODELS = DATA / "models"
needs_data = pytest.mark.skipif(not MODELS.is_dir(), reason=f"{MODELS} is absent")

# model, the case whose inputs are used (else random ones), rows on a microcontroller
ON_TARGETS = [
    ("mlperf-tiny/kws_ref_model_int8", "kws01", 4),
    ("mlperf-tiny/ad01_int8", "ad01", 4),
    ("mlperf-tiny/str_ww_ref_model", "str_ww_int8.calibration45", 6),
    ("tflm/micro_speech_quantized", "micro_speech_quantized.yes", 1),
    ("tflm/hello_world_int8", "hello_world_int8.sine64", 64),
    ("mlperf-tiny/ic_pretrainedResnet_quant", None, 1),
    ("mlperf-tiny/vww_96_int8", "vww_96_int8.cat", 1),
    ("wakeword/okay_nabu", "wakeword_okay_nabu.speech", 12),
]


def inputs_of(sedge, model, case, rows):
    """Arrays of `rows` steps for the inputs: real ones where there are some, random ones else."""
    if case == "kws01":
        files = sorted((DATA / "inputs/kws01").glob("*.bin"))[:rows]
        return [np.stack([np.fromfile(f, np.int8).reshape(1, 49, 10, 1) for f in files])]
    if case == "ad01":
        x = np.fromfile(DATA / "inputs/ad01/normal_id_01_00000000_hist_librosa.bin", np.float32)
        windows = np.stack([x[i * 128:i * 128 + 640] for i in range(rows)])[:, None]
        return [np.clip(np.round(windows / 0.39101523) + 89, -128, 127).astype(np.int8)]
    if case:
        x = np.load(DATA / "expected" / case / "input_0.npy")
        shape = sedge.ok("inspect", model, "--json").json["inputs"][0]["shape"]
        return [x.reshape(-1, *shape)[:rows]]
    rng = np.random.default_rng(1)
    return [random_array(rng, end, rows) for end in sedge.ok("inspect", model, "--json").json["inputs"]]


def random_array(rng, end, rows):
    kind, shape = np.dtype(end["dtype"]), (rows, *end["shape"])
    if kind.kind == "f":
        return rng.normal(size=shape).astype(kind)
    info = np.iinfo(kind)
    return rng.integers(info.min, info.max + 1, shape).astype(kind)


def host_rows(sedge, model, arrays):
    """What `sedge run` makes of a sequence: [(bytes of the inputs, bytes of the outputs)] a row."""
    flags = []
    for i, a in enumerate(arrays):
        np.save(sedge.cwd / f"x{i}.npy", a)
        flags += ["--input", f"{i}={sedge.cwd}/x{i}.npy"]
    out = sedge.ok("run", model, *flags, "--output-dir", sedge.cwd / "y", "--json").json["outputs"]
    outs = [np.load(o["file"]) for o in out]
    return [([a[i].tobytes() for a in arrays], [o[i].tobytes() for o in outs]) for i in range(len(arrays[0]))]


def compiled(sedge, model, case, rows, name="model"):
    """The folder with the sources and case.h."""
    folder = sedge.cwd / name
    sedge.ok("compile", model, "-o", folder, "--name", name)
    rig.write_case(folder, name, host_rows(sedge, model, inputs_of(sedge, model, case, rows)))
    return folder


def check(target, folder, extra=()):
    program, _ = rig.build(target, folder, extra)
    result = rig.run(target, program)
    assert result["wrong"] == 0, result["text"]
    return result


@needs_data
@pytest.mark.parametrize("target", [rig.M4, rig.M55], ids=lambda t: t.name)
@pytest.mark.parametrize("model, case, rows", ON_TARGETS, ids=lambda v: v.split("/")[1] if isinstance(v, str) and "/" in v else "")
def test_a_microcontroller_gives_the_bits_of_the_host(sedge, model, case, rows, target):
    if target.missing:
        pytest.skip(f"{target.missing} is not installed")
    folder = compiled(sedge, MODELS / f"{model}.tflite", case, rows)
    result = check(target, folder)
    assert result["rows"] == rows and result["instructions"] > 0


def compilable():
    """Models of the test data."""
    return sorted(p for p in MODELS.glob("*/*.tflite")) + sorted((MODELS / "tflm-single-op").glob("*/*.tflite"))


@needs_data
@pytest.mark.parametrize("model", compilable(), ids=lambda p: p.stem)
def test_this_machine_gives_the_same_bits_or_names_what_is_missing(sedge, model):
    """Every model, native, under the sanitizers and with all warnings."""
    opens = sedge("inspect", model, "--json")
    if opens.code:
        pytest.skip(f"sedge does not open it: {opens.err.strip()}")
    result = sedge("compile", model, "-o", sedge.cwd / "refused", "--json")
    if result.code:
        assert result.code == 3 and "operator " in result.err and len(result.err.strip().splitlines()) == 1, result.err
        return
    folder = compiled(sedge, model, case_of(model), 2 if model.stat().st_size > 100_000 else 8)
    check(rig.HOST, folder)


def case_of(model):
    """A case with inputs in a file for this model, or None."""
    for path in sorted((DATA / "expected").glob("*/case.json")):
        case = json.loads(path.read_text())
        inputs = case["inputs"]
        if case["model"].endswith("/" + model.name) and len(inputs) == 1 and inputs[0]["file"] == "input_0.npy":
            return path.parent.name
    return None


@needs_data
@pytest.mark.parametrize("name", ["kws_ref_model_int8", "str_ww_ref_model", "ad01_int8"])
def test_plain_c_gives_the_same_bits_on_a_microcontroller(sedge, name):
    if rig.M4.missing:
        pytest.skip(f"{rig.M4.missing} is not installed")
    folder = compiled(sedge, MODELS / f"mlperf-tiny/{name}.tflite", None, 1)
    check(rig.M4, folder, ["-DSEDGE_MICRO_PORTABLE=1"])


@needs_data
@pytest.mark.parametrize("target", [rig.M4, rig.M55], ids=lambda t: t.name)
def test_kernels_of_an_instruction_set_equal_plain_c(sedge, target):
    if target.missing:
        pytest.skip(f"{target.missing} is not installed")
    folder = sedge.cwd / "edges"
    sedge.ok("compile", MODELS / "mlperf-tiny/kws_ref_model_int8.tflite", "-o", folder, "--name", "kws")
    (folder / "kws.c").unlink()
    result = rig.run(target, rig.build_edges(target, folder))
    assert result["wrong"] == 0 and result["rows"] > 0, result["text"]


@needs_data
def test_what_is_missing_is_named(sedge):
    sedge.refuses("compile", MODELS / "tflm/trained_lstm_int8.tflite", "-o", "out", code=3,
                  words=["trained_lstm_int8.tflite", "operator 0 UNIDIRECTIONAL_SEQUENCE_LSTM", "microcontrollers"])
    assert not (sedge.cwd / "out").exists()


@needs_data
@pytest.mark.parametrize("name", ["test_shape", "test_size"])
def test_an_output_that_is_a_constant_of_64_bits(sedge, name):
    sedge.ok("compile", MODELS / "onnx-node" / name / "model.onnx", "-o", sedge.cwd / "out")
    subprocess.run(["cc", "-std=c11", "-Wall", "-Wextra", "-Wcast-align", "-Werror", "-c",
                    *sorted((sedge.cwd / "out").glob("*.c"))], cwd=sedge.cwd, check=True, timeout=60)


@needs_data
def test_names_and_folders(sedge):
    model = MODELS / "tflm/hello_world_int8.tflite"
    out = sedge.ok("compile", model, "-o", "a/b", "--json").json
    assert out["name"] == "hello_world_int8" and set(out["files"]) == {p.name for p in (sedge.cwd / "a/b").iterdir()}
    sedge.refuses("compile", model, "-o", "out", "--name", "7up", code=2, words=["7up", "letter"])
    (sedge.cwd / "file").write_text("")
    sedge.refuses("compile", model, "-o", "file/out", code=3, words=["file"])


@needs_data
def test_kws_fits(sedge):
    """What the issue asks of the Cortex-M4: at most 16 KB of code beyond constants, an arena within the reference's."""
    if rig.M4.missing:
        pytest.skip(f"{rig.M4.missing} is not installed")
    folder = compiled(sedge, MODELS / "mlperf-tiny/kws_ref_model_int8.tflite", None, 1)
    _, objects = rig.build(rig.M4, folder)
    sizes = rig.sizes(rig.M4, objects)
    assert sizes["code"] <= 16 * 1024
    assert sizes["ram"] <= json.loads((DATA / "expected/kws_ref_int8.kws01_1000/case.json").read_text())["tflm_arena_used_bytes"]


@needs_data
def test_a_program_links_one_models_operators(sedge):
    """The static library with the table of operators that sedge compile --only-operators writes."""
    kws, other = MODELS / "mlperf-tiny/kws_ref_model_int8.tflite", MODELS / "mlperf-tiny/ic_pretrainedResnet_quant.tflite"
    sedge.ok("compile", kws, "--only-operators", "--name", "kws", "-o", "ops")
    program = sedge.cwd / "program"
    subprocess.run(["gcc", "-g", "-fsanitize=address,undefined", "-Wall", "-Wextra", "-Werror", f"-I{ROOT}/include",
                    ROOT / "examples/embed/main.c", sedge.cwd / "ops/kws_operators.c", BUILD / "libsedge.a", "-lm", "-o", program],
                   check=True, timeout=300)
    same = [subprocess.run([p, kws], capture_output=True, text=True, timeout=60, check=True).stdout
            for p in (program, BUILD / "examples/embed")]
    assert same[0] == same[1]
    refused = subprocess.run([program, other], capture_output=True, text=True, timeout=60, check=False)
    assert refused.returncode == 3 and "ADD" in refused.stderr and "not linked" in refused.stderr
    onnx = ROOT / "tests/corpus/onnx"
    refused = subprocess.run([program, next(iter(sorted(onnx.iterdir())))], capture_output=True, text=True, timeout=60, check=False)
    assert refused.returncode == 3 and "no format" in refused.stderr
