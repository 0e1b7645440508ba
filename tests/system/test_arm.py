# SPDX-License-Identifier: Apache-2.0
"""The same bits everywhere: models on 64- and 32-bit ARM (qemu-user) give byte for byte what they give on this machine."""
import json
import os
import shutil
import subprocess

import numpy as np
import pytest
from conftest import DATA, ROOT

EXPECTED = DATA / "expected"
MACHINES = {"aarch64": "qemu-aarch64", "armhf": "qemu-arm"}
LIBRARIES = {"aarch64": "/usr/aarch64-linux-gnu", "armhf": "/usr/arm-linux-gnueabihf"}
# case: steps of a sequence; integers and float32, every kind of kernel
CASES = {
    "ad01_int8.normal_id_01_00000000": 2, "hello_world_float.sine64": 3, "kws_ref_int8.kws01_1000": 1, "ic_resnet_int8.cifar10_200": 1,
    "micro_speech_quantized.yes": 1, "mobilenet_v1_0.25_128_quant.cat": 1, "person_detect.person": 1, "str_ww_int8.calibration45": 1,
    "trained_lstm_int8.samples0-9": 1, "vww_96_float.cat": 1, "vww_96_int8.cat": 1, "wakeword_okay_nabu.speech": 4,
}
pytestmark = pytest.mark.skipif(not EXPECTED.exists(), reason=f"{EXPECTED} is absent")


def arrays(name, steps):
    """Path of the model and the inputs of a case, cut to some steps; seeded numbers where no array is stored."""
    case = json.loads((EXPECTED / name / "case.json").read_text())
    rng = np.random.default_rng(3)
    found = []
    for tensor in case["inputs"]:
        if tensor["file"]:
            x = np.load(EXPECTED / name / tensor["file"])
        elif tensor["dtype"] == "int8":
            x = rng.integers(-128, 128, tensor["shape"], np.int8)
        else:
            x = rng.normal(size=tensor["shape"]).astype(tensor["dtype"])
        found.append(x[:steps] if case["sequence"] else x)
    return DATA / case["model"], case["sequence"], found


@pytest.fixture(scope="module")
def native(tmp_path_factory):
    """What this machine computes, once for each case: bytes of all outputs, step by step."""
    from conftest import Sedge
    known = {}

    def outputs(name):
        if name not in known:
            sedge = Sedge(tmp_path_factory.mktemp("native"))
            model, sequence, xs = arrays(name, CASES[name])
            given = []
            for i, x in enumerate(xs):
                np.save(sedge.cwd / f"in{i}.npy", x)
                given += ["--input", f"{i}={sedge.cwd}/in{i}.npy"]
            out = sedge.ok("run", model, *given, "--output-dir", sedge.cwd / "out", "--json").json
            ys = [np.load(o["file"]) for o in out["outputs"]]
            steps = len(xs[0]) if sequence else 1
            known[name] = b"".join(y[s].tobytes() if sequence else y.tobytes() for s in range(steps) for y in ys)
        return known[name]

    return outputs


@pytest.mark.parametrize("machine,cpus", [("aarch64", "all"), ("aarch64", "neon"), ("armhf", "all")])
@pytest.mark.parametrize("name", CASES)
def test_same_bits(native, tmp_path, machine, cpus, name):
    program = ROOT / f"build/{machine}/tests/run_model"
    if not shutil.which(MACHINES[machine]) or not program.exists():
        pytest.skip(f"{machine}: {MACHINES[machine]} or {program} is absent")
    model, _, xs = arrays(name, CASES[name])
    files = []
    for i, x in enumerate(xs):
        files.append(tmp_path / f"in{i}.raw")
        files[-1].write_bytes(x.tobytes())
    command = [MACHINES[machine], "-L", LIBRARIES[machine], program, model, cpus, tmp_path / "out.raw", *files]
    # qemu shows a program no ptrace, which the leak checker wants
    env = {**os.environ, "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"}
    run = subprocess.run(command, capture_output=True, text=True, timeout=120, env=env, check=False)
    assert run.returncode == 0 and "runtime error" not in run.stderr, run.stderr
    assert (tmp_path / "out.raw").read_bytes() == native(name)
