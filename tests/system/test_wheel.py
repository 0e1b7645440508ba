# SPDX-License-Identifier: Apache-2.0
"""The Python wheel: an on-device script that was written for LiteRT changes one import and gives the same answers."""
import os
import subprocess
import sys
import zipfile

import numpy as np
import pytest

from conftest import BUILD, DATA, ROOT

SCRIPT = ROOT / "tests/system/classify_script.py"
INT8 = ROOT / "tests/corpus/tflite/relu6_s8.tflite"
FLOATS = ROOT / "tests/corpus/tflite/dense_f32.tflite"


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A folder with the wheel of this build, unpacked as pip does."""
    folder = tmp_path_factory.mktemp("wheel")
    wheel = subprocess.run([ROOT / "scripts/wheel", BUILD, folder / "wheels"], capture_output=True, text=True, check=True).stdout.strip()
    assert "-py3-none-manylinux_2_" in wheel
    subprocess.run([sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-deps", "--target", folder / "site", wheel], check=True)
    return folder / "site"


def run_python(installed, *args):
    env = {**os.environ, "PYTHONPATH": str(installed)}
    env |= {"LD_PRELOAD": sanitizer(), "ASAN_OPTIONS": "detect_leaks=0"} if sanitizer() else {}
    return subprocess.run([sys.executable, *map(str, args)], env=env, capture_output=True, text=True, check=False)


def sanitizer():
    """The sanitizer's library must be loaded first into a program that was built without it."""
    needed = subprocess.run(["ldd", BUILD / "libsedge.so"], capture_output=True, text=True, check=True).stdout
    return " ".join(line.split()[2] for line in needed.splitlines() if "libasan" in line or "libubsan" in line)


def classify(installed, script, model, inputs, tmp_path):
    np.save(tmp_path / "in.npy", inputs)
    run = run_python(installed, script, model, tmp_path / "in.npy", tmp_path / "out.npy")
    assert run.returncode == 0, run.stderr
    return np.load(tmp_path / "out.npy"), run.stdout


def both(installed, model, inputs, tmp_path):
    """The answers of LiteRT and, after a change of one line, of libsedge."""
    lines = SCRIPT.read_text().splitlines(keepends=True)
    changed = [line.replace("from ai_edge_litert.interpreter", "from sedge.interpreter") for line in lines]
    assert sum(a != b for a, b in zip(lines, changed)) == 1
    ours = tmp_path / "ours.py"
    ours.write_text("".join(changed))
    theirs, their_text = classify(installed, SCRIPT, model, inputs, tmp_path)
    got, text = classify(installed, ours, model, inputs, tmp_path)
    assert text.split()[1] == their_text.split()[1] and text.split()[3] == their_text.split()[3]
    assert got.shape == theirs.shape and got.dtype == theirs.dtype
    return got, theirs


def test_one_import_changes(installed, tmp_path):
    rng = np.random.default_rng(5)
    got, theirs = both(installed, FLOATS, rng.normal(size=(20, 3)).astype(np.float32), tmp_path)
    assert np.allclose(got, theirs, rtol=1e-5, atol=1e-6)
    got, theirs = both(installed, INT8, rng.integers(-128, 128, (20, 2, 30)).astype(np.int8), tmp_path)
    assert np.abs(got.astype(int) - theirs).max() <= 1


@pytest.mark.skipif(not DATA.exists(), reason="skipped: the test data is absent")
def test_keywords_are_told_by_the_same_script(installed, tmp_path):
    files = sorted((DATA / "inputs/kws01").glob("*.bin"))[:100]
    inputs = np.stack([np.fromfile(f, np.int8).reshape(49, 10, 1) for f in files])
    got, theirs = both(installed, DATA / "models/mlperf-tiny/kws_ref_model_int8.tflite", inputs, tmp_path)
    assert (got.argmax(1) == theirs.argmax(1)).mean() >= .99


WRONG = [
    ("interpreter.set_tensor(0, numpy.zeros((1, 3), 'int8'))", "Got shape (1, 3)"),
    ("interpreter.set_tensor(0, numpy.zeros(shape, 'float32'))", "Got value of type float32"),
    ("interpreter.set_tensor(4711, numpy.zeros(shape, 'int8'))", "tensor 4711 is no input"),
    ("interpreter.get_tensor(4711)", "there is no tensor 4711"),
    ("Interpreter(model_content=b'not a model at all')", "read as ONNX"),
    ("Interpreter()", "give either model_path or model_content"),
    ("Interpreter(model_path=path, experimental_delegates=[1])", "no delegates"),
    ("Interpreter(model_path=path).invoke()", "call allocate_tensors() first"),
    ("interpreter.resize_tensor_input(0, [7, 7])", "dimension"),
]


@pytest.mark.parametrize("call,says", WRONG, ids=[says for _, says in WRONG])
def test_wrong_use_is_a_sentence(installed, call, says):
    run = run_python(installed, "-c", f"""
import numpy
from sedge.interpreter import Interpreter
path = {str(INT8)!r}
interpreter = Interpreter(model_path=path)
interpreter.allocate_tensors()
shape = interpreter.get_input_details()[0]["shape"]
try:
    {call}
except ValueError as error:
    print(error)
""")
    assert run.returncode == 0 and says in run.stdout, run.stdout + run.stderr


AARCH64 = ROOT / "build/aarch64"


@pytest.mark.skipif(not (AARCH64 / "libsedge.so").exists(), reason="skipped: build/aarch64 has no libsedge.so (scripts/build aarch64)")
def test_a_wheel_for_aarch64(tmp_path):
    wheel = subprocess.run([ROOT / "scripts/wheel", AARCH64, tmp_path], capture_output=True, text=True, check=True).stdout.strip()
    assert wheel.endswith("_aarch64.whl")
    with zipfile.ZipFile(wheel) as z:
        library = next(name for name in z.namelist() if name.endswith("sedge/libsedge.so"))
        assert z.read(library)[18:20] == b"\xb7\x00"  # e_machine of ELF: AArch64
        assert "Tag: py3-none-manylinux_2_17_aarch64" in z.read(next(n for n in z.namelist() if n.endswith("WHEEL"))).decode()
