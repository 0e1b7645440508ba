# SPDX-License-Identifier: Apache-2.0
"""sedge run on real recordings: sequences, state and its reset, several inputs, against what the reference runtime computed."""
import csv
import json
import os
import subprocess

import numpy as np
import pytest
from conftest import BUILD, DATA

EXPECTED = DATA / "expected"
pytestmark = pytest.mark.skipif(not EXPECTED.exists(), reason=f"{EXPECTED} is absent")


class Case:
    """A folder of expected/."""

    def __init__(self, name):
        self.folder = EXPECTED / name
        self.model = DATA / json.loads((self.folder / "case.json").read_text())["model"]

    def array(self, name):
        return np.load(self.folder / f"{name}.npy")


def run(sedge, model, *arrays, extra=()):
    """The first output of a model on arrays."""
    inputs = []
    for i, a in enumerate(arrays):
        np.save(sedge.cwd / f"in{i}.npy", a)
        inputs += ["--input", f"{i}={sedge.cwd}/in{i}.npy"]
    out = sedge.ok("run", model, *inputs, "--output-dir", sedge.cwd / "out", "--json", *extra).json
    return np.load(out["outputs"][0]["file"])


def test_kws_recognises_901_of_1000(sedge):
    """The reference's own number, on the official inputs, in one sequence."""
    case = Case("kws_ref_int8.kws01_1000")
    folder = DATA / "inputs/kws01"
    rows = list(csv.reader((folder / "y_labels.csv").open()))
    x = np.stack([np.fromfile(folder / r[0], np.int8).reshape(1, 49, 10, 1) for r in rows])
    got = run(sedge, case.model, x)
    assert (got.reshape(1000, 12).argmax(1) == [int(r[2]) for r in rows]).sum() == 901
    np.testing.assert_array_equal(got, case.array("output_0"))


@pytest.mark.parametrize("name,state_shows", [("wakeword_okay_nabu.speech", True), ("wakeword_vad.speech", True), ("keyword_scrambled_8bit.random20", False)])
def test_state_is_carried_along_a_sequence(sedge, name, state_shows):
    """Resource variables and variable tensors; with --reset-state every step is a first step."""
    case = Case(name)
    x, want = case.array("input_0"), case.array("output_0")
    np.testing.assert_array_equal(run(sedge, case.model, x), want)
    fresh = run(sedge, case.model, x, extra=["--reset-state"])
    np.testing.assert_array_equal(fresh[0], want[0])
    assert (np.asarray(fresh) != want).any() == state_shows  # scrambled weights saturate every output
    for i in (3, len(x) - 1):
        np.testing.assert_array_equal(run(sedge, case.model, x[i]), fresh[i])


def test_reset_between_the_steps_of_an_lstm(sedge):
    case = Case("trained_lstm_int8.samples0-9")
    np.testing.assert_array_equal(run(sedge, case.model, case.array("input_0"), extra=["--reset-state"]),
                                  case.array("output_0"))


def test_one_input_is_a_sequence_and_the_other_stays(sedge):
    folder = DATA / "models/tflm-single-op/add"
    shape = sedge.ok("inspect", folder / "add0.tflite", "--json").json["inputs"][0]["shape"]
    a, b, want = (np.loadtxt(folder / f"add0_{part}_int16.csv", delimiter=",", dtype=np.int16).reshape(shape)
                  for part in ("input0", "input1", "golden"))
    np.testing.assert_array_equal(run(sedge, folder / "add0.tflite", a, b), want)
    got = run(sedge, folder / "add0.tflite", np.stack([a, b, a]), b)
    assert got.shape == (3, *shape)
    np.testing.assert_array_equal(got[0], want)
    np.testing.assert_array_equal(got[2], want)
    assert (got[1] != want).any()


@pytest.mark.long
def test_every_case_whole_with_every_mask():
    """The unit test without its bound on arithmetic: all steps, scalar kernels too."""
    env = dict(os.environ, SEDGE_TEST_MACS="1e15", SEDGE_TEST_DATA=str(DATA))
    done = subprocess.run([BUILD / "tests/runtime-test_cases"], env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
