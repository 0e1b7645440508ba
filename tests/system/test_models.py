# SPDX-License-Identifier: Apache-2.0
"""sedge run, inspect and bench: models of others, sequences, free dimensions, wrong input; against LiteRT and ONNX Runtime."""
import os
import struct
import subprocess

import numpy as np
import onnx
import onnxruntime
import pytest
from ai_edge_litert.interpreter import Interpreter
from conftest import BUILD, DATA, ROOT
from sklearn.ensemble import RandomForestClassifier

SEEDS = ROOT / "tests/corpus"
HELLO = DATA / "models/tflm/hello_world_float.tflite"
needs_data = pytest.mark.skipif(not HELLO.exists(), reason=f"{HELLO} is absent")


def run(sedge, model, *arrays, extra=()):
    """The outputs of a model on arrays."""
    inputs = []
    for i, a in enumerate(arrays):
        np.save(sedge.cwd / f"in{i}.npy", a)
        inputs += ["--input", f"{i}={sedge.cwd}/in{i}.npy"]
    out = sedge.ok("run", model, *inputs, "--output-dir", sedge.cwd / "out", "--json", *extra).json
    return [np.load(o["file"]) for o in out["outputs"]]


@pytest.mark.parametrize("name", ["dense_f32", "dense_s8", "tanh_f32", "softmax_f32"])
def test_litert_agrees_on_what_we_write(sedge, name):
    peer = Interpreter(model_path=str(SEEDS / f"tflite/{name}.tflite"), num_threads=1)
    peer.allocate_tensors()
    d = peer.get_input_details()[0]
    x = np.random.default_rng(1).normal(size=d["shape"]).astype(d["dtype"])
    peer.set_tensor(d["index"], x)
    peer.invoke()
    want = peer.get_tensor(peer.get_output_details()[0]["index"])
    np.testing.assert_allclose(run(sedge, SEEDS / f"tflite/{name}.tflite", x)[0], want, rtol=1e-5, atol=1e-6)


def as_onnx(forest, columns):
    """A forest of scikit-learn as a TreeEnsembleClassifier, built here by hand."""
    a = {k: [] for k in ("nodes_treeids", "nodes_nodeids", "nodes_featureids", "nodes_values", "nodes_modes",
                         "nodes_truenodeids", "nodes_falsenodeids", "class_treeids", "class_nodeids", "class_ids",
                         "class_weights")}
    for number, estimator in enumerate(forest.estimators_):
        t = estimator.tree_
        for node in range(t.node_count):
            leaf = t.children_left[node] < 0
            for key, value in (("treeids", number), ("nodeids", node), ("featureids", 0 if leaf else int(t.feature[node])),
                               ("values", 0.0 if leaf else float(np.float32(t.threshold[node]))),
                               ("modes", "LEAF" if leaf else "BRANCH_LEQ"),
                               ("truenodeids", 0 if leaf else int(t.children_left[node])),
                               ("falsenodeids", 0 if leaf else int(t.children_right[node]))):
                a["nodes_" + key].append(value)
            for label, p in enumerate(t.value[node][0] / t.value[node][0].sum() if leaf else ()):
                for key, value in (("treeids", number), ("nodeids", node), ("ids", label),
                                   ("weights", float(p) / len(forest.estimators_))):
                    a["class_" + key].append(value)
    h = onnx.helper
    node = h.make_node("TreeEnsembleClassifier", ["x"], ["label", "p"], domain="ai.onnx.ml", post_transform="NONE",
                       classlabels_int64s=[int(c) for c in forest.classes_], **a)
    graph = h.make_graph([node], "g", [h.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [None, columns])],
                         [h.make_tensor_value_info("label", onnx.TensorProto.INT64, [None]),
                          h.make_tensor_value_info("p", onnx.TensorProto.FLOAT, [None, len(forest.classes_)])])
    return h.make_model(graph, opset_imports=[h.make_opsetid("", 15), h.make_opsetid("ai.onnx.ml", 3)], ir_version=8)


def test_onnxruntime_agrees_on_a_forest(sedge, tmp_path):
    rng = np.random.default_rng(2)
    x = rng.normal(size=(300, 6)).astype(np.float32)
    y = (x[:, 0] + x[:, 1] * x[:, 2] > 0).astype(int) + (x[:, 3] > 1)
    forest = RandomForestClassifier(12, max_depth=6, random_state=0).fit(x, y)
    model = as_onnx(forest, 6)
    onnx.save(model, tmp_path / "forest.onnx")
    label, p = onnxruntime.InferenceSession(model.SerializeToString()).run(None, {"x": x})
    got_label, got_p = run(sedge, tmp_path / "forest.onnx", x)
    assert (got_label == label).all()
    np.testing.assert_allclose(got_p, p, atol=1e-6)
    assert (got_label == forest.predict(x)).all()


@pytest.mark.parametrize("name", ["binary", "multi", "regressor"])
def test_onnxruntime_agrees_on_what_we_write(sedge, name):
    path = SEEDS / f"onnx/{name}.onnx"
    onnx.checker.check_model(onnx.load(path), full_check=True)
    x = np.random.default_rng(3).normal(0, 2, (50, 3)).astype(np.float32)
    x[::7, 1] = np.nan
    want = onnxruntime.InferenceSession(path).run(None, {"input": x})
    for got, expected in zip(run(sedge, path, x), want, strict=True):
        np.testing.assert_allclose(got, expected, atol=1e-6)


@needs_data
def test_a_sequence_is_stepped(sedge):
    x = np.linspace(0, 6, 25, dtype=np.float32).reshape(25, 1, 1)
    whole = run(sedge, HELLO, x)[0]
    assert whole.shape == (25, 1, 1)
    assert np.abs(whole.ravel() - np.sin(x.ravel())).max() < 0.2
    assert (run(sedge, HELLO, x[7])[0] == whole[7]).all()
    assert (run(sedge, HELLO, x, extra=["--reset-state"])[0] == whole).all()


def test_kernels_can_be_held_back(sedge):
    x = np.random.default_rng(4).normal(size=(5, 3)).astype(np.float32)
    model = SEEDS / "tflite/dense_f32.tflite"
    assert (run(sedge, model, x)[0] == run(sedge, model, x, extra=["--cpu", "scalar"])[0]).all()
    assert sedge.ok("inspect", model, "--cpu", "scalar", "--json").json["cpu"] == "scalar"
    sedge.env["SEDGE_CPU"] = "mmx"
    sedge.refuses("inspect", model, code=2, words=["--cpu", "'mmx'", "known: all, scalar"])


def test_inspect_and_bench_as_json(sedge):
    doc = sedge.ok("inspect", SEEDS / "tflite/dense_s8.tflite", "--json").json
    assert doc["format"] == "tflite" and doc["inputs"][0]["shape"] == [1, 4]
    assert [op["type"] for op in doc["operators"]] == ["QUANTIZE", "FULLY_CONNECTED", "LOGISTIC", "DEQUANTIZE"]
    assert doc["macs"] >= 12 and doc["arena_bytes"] > 0
    doc = sedge.ok("bench", SEEDS / "tflite/dense_s8.tflite", "--time", "50ms", "--ops", "--json").json
    for key in ("load_us", "first_us", "min_us", "median_us", "p99_us", "arena_bytes", "packed_bytes", "rss_bytes"):
        assert doc[key] > 0, key
    assert doc["min_us"] <= doc["median_us"] <= doc["p99_us"] and len(doc["operators"]) == 4


GOOD = np.zeros((2, 3), np.float32)
WRONG = {  # name: (model, array for input 0 or None, arguments, exit code, words)
    "no model": ("nope.tflite", GOOD, [], 4, ["nope.tflite"]),
    "no array": ("dense_f32", None, ["--input", "0=nope.npy"], 4, ["nope.npy"]),
    "array missing": ("dense_f32", None, ["--input", "9=x"], 2, ["--input 9", "no such input"]),
    "type": ("dense_f32", GOOD.astype(np.float64), [], 3, ["in.npy is float64", "input 0 is float32"]),
    "columns": ("dense_f32", np.zeros((2, 4), np.float32), [], 3, ["in.npy", "dimension 1 is 4, input 0 needs 3"]),
    "rank": ("dense_f32", np.zeros(3, np.float32), [], 3, ["1 dimensions", "has 2"]),
    "no step": ("dense_f32", np.zeros((0, 1, 3), np.float32), [], 3, ["holds no step"]),
    "arena": ("dense_f32", GOOD, ["--max-arena", "64"], 3, ["max_arena_bytes is 64"]),
    "multiply-adds": ("dense_f32", GOOD, ["--max-macs", "5"], 3, ["operator 0 FULLY_CONNECTED", "max_macs"]),
    "given twice": ("dense_f32", GOOD, ["--input", "x=y.npy"], 2, ["input 0 is given twice"]),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_input(sedge, tmp_path, case):
    model, array, extra, code, words = WRONG[case]
    path = SEEDS / f"tflite/{model}.tflite" if not model.endswith("tflite") else tmp_path / model
    inputs = []
    if array is not None:
        np.save(tmp_path / "in.npy", array)
        inputs = ["--input", "0=in.npy"]
    sedge.refuses("run", path, *inputs, *extra, "--output-dir", "out", code=code, words=words)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("data, words", [
    (b"", ["the file is empty"]),
    (b"hello, this is text", ["text.tflite"]),
    ((SEEDS / "tflite/dense_f32.tflite").read_bytes()[:700], ["text.tflite"]),
])
def test_damaged_models(sedge, tmp_path, data, words):
    (tmp_path / "text.tflite").write_bytes(data)
    for command in ("inspect", "bench"):
        sedge.refuses(command, "text.tflite", code=3, words=words)


def number_at(data, at, kind):
    return struct.unpack_from(kind, data, at)[0]


def field_at(data, table, field):
    """Where a field of a FlatBuffers table lies."""
    return table + number_at(data, table - number_at(data, table, "<i") + 4 + 2 * field, "<H")


def follow(data, at):
    return at + number_at(data, at, "<I")


def test_an_operator_of_tomorrow_is_named(sedge, tmp_path):
    data = bytearray((ROOT / "tests/corpus/tflite/relu6_s8.tflite").read_bytes())
    codes = follow(data, field_at(data, follow(data, 0), 1))
    code = follow(data, codes + 4)
    data[field_at(data, code, 0)] = 127
    struct.pack_into("<i", data, field_at(data, code, 3), 1234)
    (tmp_path / "tomorrow.tflite").write_bytes(data)
    sedge.refuses("inspect", tmp_path / "tomorrow.tflite", code=3, words=["operator 0: operator unknown (code 1234, version 2) is not supported"])


@pytest.mark.long
@needs_data
@pytest.mark.timeout(3000)
def test_hostile_models_for_long():
    env = {**os.environ, "SEDGE_TEST_DATA": str(DATA), "SEDGE_TEST_CHANGES": "20000"}
    result = subprocess.run([BUILD / "tests/runtime-test_hostile"], env=env, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr[-3000:]


@needs_data
def test_a_model_without_inputs_runs(sedge):
    out, = run(sedge, DATA / "models/onnx-node/test_constant/model.onnx")
    assert out.shape == (5, 5) and out.dtype == np.float32


@needs_data
def test_an_input_that_is_not_given_is_named(sedge):
    sedge.refuses("run", DATA / "models/mlperf-tiny/kws_ref_model_int8.tflite", "--output-dir", sedge.cwd / "out", code=2,
                  words=["input 0 'input_1' is missing: give --input 0=FILE.npy"])
