# SPDX-License-Identifier: Apache-2.0
"""sedge compile: what it writes runs on a Cortex-M4, a Cortex-M55 and this machine with the same bits as sedge run."""
import sys

import numpy as np
import pytest
from conftest import DATA, ROOT

sys.path.insert(0, str(ROOT / "tests/target"))
import target as rig  # noqa: E402

MODELS = DATA / "models"
needs_data = pytest.mark.skipif(not MODELS.is_dir(), reason=f"{MODELS} is absent")

# model, the case whose inputs are used (else random ones), rows on a microcontroller
ON_TARGETS = [
    ("mlperf-tiny/kws_ref_model_int8", "kws01", 4),
    ("mlperf-tiny/ad01_int8", None, 4),
    ("mlperf-tiny/str_ww_ref_model", "str_ww_int8.calibration45", 6),
    ("tflm/micro_speech_quantized", "micro_speech_quantized.yes", 1),
    ("tflm/hello_world_int8", "hello_world_int8.sine64", 64),
]


def inputs_of(sedge, model, case, rows):
    """Arrays of `rows` steps for the inputs: real ones where there are some, random ones else."""
    if case == "kws01":
        files = sorted((DATA / "inputs/kws01").glob("*.bin"))[:rows]
        return [np.stack([np.fromfile(f, np.int8).reshape(1, 49, 10, 1) for f in files])]
    if case and case.startswith("ad01"):
        raise NotImplementedError
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
