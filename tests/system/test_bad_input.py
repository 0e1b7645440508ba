# SPDX-License-Identifier: Apache-2.0
"""Wrong input everywhere: one clear sentence with the place, the documented exit code, and nothing left behind.

A row: what is wrong, the command, what is prepared in its folder, exit code, words of the sentence. The folder holds a copy of
the project of conftest.py (normal.csv, schema.yaml, features.yaml, train.yaml, net/, int8/, trees/ ...).
"""
import os
import resource
import shutil

import pytest
from conftest import Sedge


def replaced(name, old, new, to=None):
    """Prepares: a copy of a file (or itself) with the first `old` replaced."""
    def prepare(folder):
        text = (folder / name).read_text()
        assert old in text, f"{old} is not in {name}"
        (folder / (to or name)).write_text(text.replace(old, new, 1))
    return prepare


def cell(name, row, column, value):
    """Prepares: another value in a row (from 1) and column of a CSV."""
    def prepare(folder):
        lines = (folder / name).read_text().splitlines()
        separator = next(s for s in ";,\t" if s in lines[0])
        cells = lines[row].split(separator)
        cells[lines[0].split(separator).index(column)] = value
        lines[row] = separator.join(cells)
        (folder / name).write_text("\n".join(lines) + "\n")
    return prepare


def empty(name):
    return lambda folder: (folder / name).write_bytes(b"")


def cut(name, size):
    """Prepares: only the first bytes of a file."""
    def prepare(folder):
        data = (folder / name).read_bytes()
        assert len(data) > size
        (folder / name).write_bytes(data[:size])
    return prepare


def labels(name, value):
    """Prepares: the same label in all rows."""
    def prepare(folder):
        lines = (folder / name).read_text().splitlines()
        at = lines[0].split(";").index("anomaly")
        rows = [line.split(";") for line in lines[1:]]
        (folder / name).write_text("\n".join([lines[0]] + [";".join(r[:at] + [value] + r[at + 1:]) for r in rows]) + "\n")
    return prepare


def removed(name):
    return lambda folder: os.unlink(folder / name)


ROWS = [
    ("missing config", ["train", "nope.yaml", "--out", "x"], None, 4, ["nope.yaml", "no such file"]),
    ("missing recording", ["train", "train.yaml", "--data", "nope.csv", "--out", "x"], None, 4, ["nope.csv", "no such file"]),
    ("missing schema", ["train", "train.yaml", "--out", "x"], removed("schema.yaml"), 4, ["schema.yaml"]),
    ("missing model", ["inspect", "nope.tflite"], None, 4, ["nope.tflite", "no such file"]),
    ("missing model folder", ["bundle", "nope", "--release", "1", "--out", "x"], None, 4, ["nope/model.json"]),
    ("folder instead of a file", ["inspect", "net"], None, 3, ["net", "folder"]),
    ("wrong column", ["train", "train.yaml", "--out", "x"], replaced("normal.csv", "Pressure", "Presure"), 3, ["normal.csv", "Pressure"]),
    ("wrong column, validated", ["data", "validate", "--schema", "schema.yaml", "normal.csv"],
     replaced("normal.csv", "Pressure", "Presure"), 1, ["normal.csv", "Presure", "rule column"]),
    ("a word for a number", ["train", "train.yaml", "--out", "x"], cell("normal.csv", 7, "Current", "high"), 3,
     ["normal.csv", "row 7", "Current", "'high'"]),
    ("a word for a number, validated", ["data", "validate", "--schema", "schema.yaml", "normal.csv"],
     cell("normal.csv", 7, "Current", "high"), 1, ["normal.csv", "row 7", "Current", "'high'", "rule number"]),
    ("a spoilt recording is not added", ["data", "add", "pump", "--schema", "schema.yaml", "--store", ".", "normal.csv"],
     lambda folder: (cell("normal.csv", 7, "Current", "high")(folder), (folder / "objects").mkdir(), (folder / "sets").mkdir()), 1,
     ["normal.csv", "row 7", "Current", "'high'"]),
    ("an empty recording is not added", ["data", "validate", "--schema", "schema.yaml", "normal.csv"], empty("normal.csv"), 3,
     ["normal.csv", "empty"]),
    ("no store", ["data", "show", "pump"], None, 4, [".sedge", "there is no store"]),
    ("infinity", ["train", "train.yaml", "--out", "x"], cell("normal.csv", 7, "Current", "inf"), 3, ["row 7", "Current", "'inf'"]),
    ("NaN as label", ["train", "train.yaml", "--out", "x"], cell("normal.csv", 7, "anomaly", "nan"), 3, ["row 7", "anomaly"]),
    ("empty recording", ["train", "train.yaml", "--out", "x"], empty("normal.csv"), 3, ["normal.csv", "empty"]),
    ("empty config", ["train", "train.yaml", "--out", "x"], empty("train.yaml"), 3, ["train.yaml"]),
    ("empty model", ["inspect", "net/model.tflite"], empty("net/model.tflite"), 3, ["net/model.tflite"]),
    ("unknown YAML key", ["train", "train.yaml", "--out", "x"], replaced("train.yaml", "epochs", "epcohs"), 3,
     ["train.yaml:10", "epcohs", "did you mean epochs"]),
    ("unknown YAML key in features", ["train", "train.yaml", "--out", "x"], replaced("features.yaml", "window", "windwo"), 3,
     ["features.yaml:8", "windwo"]),
    ("value outside its range", ["train", "train.yaml", "--out", "x"], replaced("train.yaml", "holdout: 0.3", "holdout: 3"), 3,
     ["train.yaml:7", "holdout", "3"]),
    ("broken YAML", ["train", "train.yaml", "--out", "x"], replaced("train.yaml", "{files: [", "{files: "), 3, ["train.yaml:3"]),
    ("truncated model", ["inspect", "net/model.tflite"], cut("net/model.tflite", 500), 3, ["net/model.tflite"]),
    ("truncated model, optimised", ["optimize", "net", "--out", "x"], cut("net/model.tflite", 500), 3, ["net"]),
    ("truncated model, bundled", ["bundle", "int8", "--release", "1", "--out", "x"], cut("int8/model.tflite", 500), 3, ["int8"]),
    ("truncated trees", ["bundle", "trees", "--release", "1", "--out", "x"], cut("trees/model.onnx", 300), 3, ["trees"]),
    ("golden vectors of another shape", ["bundle", "trees", "--release", "1", "--out", "x", "--golden", "net/golden_input.npy"], None, 3,
     ["net/golden_input.npy"]),
    ("an autoencoder without a normal row", ["train", "train.yaml", "--data", "normal.csv", "--out", "x"], labels("normal.csv", "1"), 3,
     ["no training window", "normal", "anomaly"]),
    ("a classifier of one class", ["train", "trees.yaml", "--data", "normal.csv", "--out", "x"], None, 3, ["label 0", "two classes"]),
    ("a label that no file has", ["train", "train.yaml", "--out", "x"], replaced("train.yaml", "label: anomaly", "label: anomoly"), 3,
     ["train.yaml", "anomoly", "schema"]),
    ("a column without a name", ["data", "infer", "normal.csv"], replaced("normal.csv", "Pressure", ""), 3, ["column 5", "no name"]),
    ("optimised onto itself", ["optimize", "net", "--out", "./net/"], None, 2, ["--out", "net"]),
    ("array of another shape", ["run", "net/model.tflite", "--input", "0=net/golden_input.npy", "--output-dir", "x"], None, 3,
     ["net/golden_input.npy", "dimension 0 is 16"]),
    ("a name that no registry takes", ["train", "train.yaml", "--out", "x"], replaced("train.yaml", "name: pump", "name: ../x"), 3,
     ["train.yaml", "'../x'", "A-Z"]),
    ("a pipe for a file", ["data", "infer", "normal.csv", "--out", "pipe"], lambda folder: os.mkfifo(folder / "pipe"), 3,
     ["'pipe'", "not replaced"]),
    ("no model at all", ["inspect", "normal.csv"], None, 3, ["normal.csv", "does not start like a .tflite"]),
    ("release zero", ["bundle", "int8", "--release", "0", "--out", "x"], None, 2, ["--release", "0 is outside"]),
    ("flag without value", ["bundle", "int8", "--out"], None, 2, ["--out"]),
    ("gate says no", ["optimize", "net", "--config", "optimize.yaml", "--out", "x"],
     replaced("optimize.yaml", "max_accuracy_drop: 0.2", "max_bytes: 1k"), 1, ["max_bytes"]),
]


@pytest.fixture
def work(project, tmp_path):
    folder = tmp_path / "work"
    shutil.copytree(project, folder)
    return folder


def names(folder):
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*"))


@pytest.mark.parametrize("args, prepare, code, words", [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_wrong_input(work, args, prepare, code, words):
    if prepare:
        prepare(work)
    before = names(work)
    Sedge(work).refuses(*args, code=code, words=words)
    assert names(work) == before, "something was left behind"


FULL = [
    ("train", ["train", "train.yaml", "--out", "{disk}/x"], ["space"]),
    ("optimize", ["optimize", "net", "--out", "{disk}/x"], ["space"]),
    ("bundle", ["bundle", "int8", "--release", "1", "--out", "{disk}/x"], ["space"]),
    ("simulate", ["simulate", "pump", "--out", "{disk}/x.csv"], ["space"]),
    ("unpack", ["bundle", "unpack", "m.bundle", "{disk}/x"], ["space"]),
]


@pytest.mark.parametrize("args, words", [row[1:] for row in FULL], ids=[row[0] for row in FULL])
def test_full_disk(work, small_disk, args, words):
    (small_disk / "filler").write_bytes(b"x" * (250 << 10))
    Sedge(work).ok("bundle", "int8", "--release", "1", "--out", "m.bundle")
    Sedge(work).refuses(*[str(a).format(disk=small_disk) for a in args], code=7, words=words)
    assert [p.name for p in small_disk.iterdir()] == ["filler"], "something was left behind"


def test_file_size_limit(work):
    """The disk says no in the middle of a file; what was there before is still there, whole."""
    sedge = Sedge(work)
    sedge.ok("bundle", "int8", "--release", "1", "--out", "m.bundle")
    old = (work / "m.bundle").read_bytes()

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

    result = sedge("bundle", "int8", "--release", "2", "--out", "m.bundle", preexec=limit)
    assert result.code == 7 and "m.bundle" in result.err, result
    assert (work / "m.bundle").read_bytes() == old


def test_wrong_ca(hub, tmp_path):
    import subprocess

    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1", "-subj",
                    "/CN=other", "-keyout", tmp_path / "k.pem", "-out", tmp_path / "other.pem"], check=True, capture_output=True)
    sedge = Sedge(tmp_path, hub.client_env)
    sedge.refuses("device", "token", "--ca", tmp_path / "other.pem", code=5, words=[hub.url, "certificate", "CA"])


def test_wrong_token(hub, tmp_path):
    sedge = Sedge(tmp_path, hub.client_env)
    sedge.refuses("device", "token", "--token", "sedge_" + "0" * 48, code=5, words=[hub.url, "token"])


def test_hub_is_away(tmp_path):
    Sedge(tmp_path).refuses("device", "list", "--hub", "http://127.0.0.1:1", code=6, words=["127.0.0.1:1", "hub"])


def test_yaml_of_other_editors(work):
    """A byte order mark and CR LF are no mistakes."""
    text = (work / "optimize.yaml").read_text()
    (work / "optimize.yaml").write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    Sedge(work).ok("optimize", "net", "--config", "optimize.yaml", "--out", "again")
