# SPDX-License-Identifier: Apache-2.0
"""Training, optimisation and evaluation from outside; the files against LiteRT, ONNX Runtime and XGBoost's figures."""
import collections
import csv
import json
import random

import numpy as np
import pytest

FEATURES = """version: 1
rate_hz: 10
channels:
  - {name: a, impute: hold}
  - {name: b, impute: mean}
  - {name: c, impute: hold}
window: {length: 16, step: 2}
features:
  - {channels: "*", stats: [mean, std, min, max, slope]}
scale: standard
"""
TRAIN = """version: 1
name: plant
data: {files: [one.csv, two.csv]}
features: features.yaml
label: fault
holdout: 0.4
seed: 3
"""
NET = TRAIN + "task: autoencoder\nmodel: {kind: dense, hidden: [24, 3, 24], epochs: 15}\n"
CLASSIFIER = TRAIN + "task: classifier\nmodel: {kind: dense, hidden: [24], activation: tanh, epochs: 15, balance: true}\n"
TREES = TRAIN + "task: classifier\nmodel: {kind: trees, rounds: 12, depth: 3}\n"


def recording(path, seed, rows=1200):
    """Three noisy channels; two stretches of faults, one of them in the hold-out."""
    r = random.Random(seed)
    lines = ["time,a,b,c,fault"]
    for i in range(rows):
        fault = 300 <= i < 420 or 900 <= i < 1050
        load = r.gauss(0, 1)
        a, b, c = 5 + load + 3 * fault, 2 * load + r.gauss(0, 0.2), r.gauss(0, 1 + 2 * fault)
        cells = [f"{v:.4f}" for v in (a, b, c)]
        if i % 97 == 0:
            cells[1] = ""
        lines.append(f"2026-01-01 00:{i // 600:02d}:{i // 10 % 60:02d}.{i % 10}00,{','.join(cells)},{int(fault)}")
    path.write_text("\n".join(lines) + "\n")


@pytest.fixture
def plant(sedge):
    recording(sedge.cwd / "one.csv", 1)
    recording(sedge.cwd / "two.csv", 2)
    for name, text in {"features": FEATURES, "net": NET, "classifier": CLASSIFIER, "trees": TREES}.items():
        (sedge.cwd / f"{name}.yaml").write_text(text)
    return sedge


def train(plant, kind, out="m"):
    return plant.ok("train", f"{kind}.yaml", "--out", out, "--json").json


@pytest.mark.parametrize("kind", ["net", "classifier", "trees"])
def test_train_optimize_eval(plant, kind):
    card = train(plant, kind)
    assert card["name"] == "plant" and card["metrics"]["f1"] > 0.8, card["metrics"]
    assert card["lineage"]["dataset"].startswith("sha256:")
    folder = {p.name for p in (plant.cwd / "m").iterdir()}
    assert folder == {"model.onnx" if kind == "trees" else "model.tflite", "model.json", "features.yaml", "features.bin",
                      "monitor.bin", "train.yaml", "calibration.npy", "holdout.npy", "holdout_labels.npy",
                      "golden_input.npy"}
    report = plant.ok("optimize", "m", "--out", "small", "--json").json
    assert report["passed"] and report["accuracy_drop"] <= 0.02
    assert (report["variant"] is None) == (kind == "trees")
    small = json.loads((plant.cwd / "small/model.json").read_text())
    assert small["quantization"] == ("float32" if kind == "trees" else "int8")
    held = plant.ok("eval", "small", "--json").json["metrics"]
    assert held == small["metrics"] == report["metrics_after"]
    fresh = plant.ok("eval", "small", "--data", "one.csv", "--json").json
    assert fresh["rows"] == 1200 and fresh["metrics"]["f1"] > 0.8


def test_a_data_set_version(plant):
    plant.ok("data", "add", "plant", "one.csv", "two.csv")
    from_files = train(plant, "trees", "x")
    (plant.cwd / "set.yaml").write_text(TREES.replace("{files: [one.csv, two.csv]}", "{dataset: plant}"))
    from_set = train(plant, "set", "y")
    assert (plant.cwd / "x/model.onnx").read_bytes() == (plant.cwd / "y/model.onnx").read_bytes()
    digest = from_set["lineage"]["dataset"]
    assert digest != from_files["lineage"]["dataset"]
    again = plant.ok("train", "trees.yaml", "--data", f"plant@{digest[7:19]}", "--out", "z", "--json").json
    assert again["lineage"]["dataset"] == digest
    plant.refuses("train", "trees.yaml", "--data", "plants", "--out", "z", code=4, words=["plants"])


def test_same_seed_same_bytes(plant):
    for kind in "net", "trees":
        train(plant, kind, "x")
        train(plant, kind, "y")
        for file in (plant.cwd / "x").iterdir():
            assert file.read_bytes() == (plant.cwd / "y" / file.name).read_bytes(), file.name


def test_scaling_is_that_of_scikit_learn(plant):
    preprocessing = pytest.importorskip("sklearn.preprocessing")
    (plant.cwd / "raw.yaml").write_text(FEATURES.replace("standard", "none"))
    (plant.cwd / "unscaled.yaml").write_text(TREES.replace("features.yaml", "raw.yaml"))
    train(plant, "trees", "scaled")
    train(plant, "unscaled", "raw")
    raw, scaled = (np.load(plant.cwd / d / "calibration.npy") for d in ("raw", "scaled"))
    want = preprocessing.StandardScaler().fit_transform(raw.astype("f8"))
    assert np.abs(want - scaled).max() < 1e-5


def lite_run(path, x):
    """Outputs of LiteRT's reference kernels for each row of x, in the model's own type."""
    lite = pytest.importorskip("ai_edge_litert.interpreter")
    model = lite.Interpreter(str(path), experimental_op_resolver_type=lite.OpResolverType.BUILTIN_REF)
    model.allocate_tensors()
    i, o = model.get_input_details()[0], model.get_output_details()[0]
    if i["dtype"] == np.int8:
        scale, zero = i["quantization"]
        x = np.clip(np.round(x / scale) + zero, -128, 127).astype(np.int8)
    out = []
    for row in x:
        model.set_tensor(i["index"], row[None])
        model.invoke()
        out.append(model.get_tensor(o["index"])[0])
    return x, np.array(out)


@pytest.mark.parametrize("kind, steps", [("net", 2), ("classifier", 1)])
def test_litert_agrees(plant, kind, steps):
    """A step of int8 for two layers: LiteRT rounds the products of the scales in another way than the micro reference."""
    train(plant, kind)
    plant.ok("optimize", "m", "--out", "small")
    x = np.load(plant.cwd / "m/holdout.npy")
    for folder, most in ("m", 1e-5), ("small", steps):
        given, want = lite_run(plant.cwd / folder / "model.tflite", x)
        np.save(plant.cwd / "x.npy", given[:, None, :])
        plant.ok("run", f"{folder}/model.tflite", "--input", "0=x.npy", "--output-dir", "out")
        got = np.load(plant.cwd / "out/output_0.npy").reshape(want.shape)
        assert got.dtype == want.dtype
        off = np.abs(got.astype("f8") - want.astype("f8"))
        assert off.max() <= most and (off <= 1e-5).mean() > 0.95, (off.max(), (off <= 1e-5).mean())


def test_onnxruntime_agrees(plant):
    runtime = pytest.importorskip("onnxruntime")
    train(plant, "trees")
    x = np.load(plant.cwd / "m/holdout.npy")
    session = runtime.InferenceSession(str(plant.cwd / "m/model.onnx"))
    label, probabilities = session.run(None, {session.get_inputs()[0].name: x})
    np.save(plant.cwd / "x.npy", x)
    plant.ok("run", "m/model.onnx", "--input", "0=x.npy", "--output-dir", "out")
    assert (np.load(plant.cwd / "out/output_0.npy") == label).all()
    assert np.abs(np.load(plant.cwd / "out/output_1.npy") - probabilities).max() < 1e-5


@pytest.mark.parametrize("text, code, words", [
    (NET.replace("holdout", "hold_out"), 3, ["net.yaml:6", "hold_out"]),
    (NET.replace("dense", "forest"), 3, ["net.yaml:9", "forest"]),
    (NET.replace("epochs: 15", "rounds: 15"), 3, ["rounds does not go with kind dense"]),
    (NET.replace("label: fault\n", "").replace("autoencoder", "classifier"), 3, ["needs label"]),
    (NET.replace("one.csv", "none.csv"), 4, ["none.csv"]),
    (NET.replace("features.yaml", "none.yaml"), 4, ["none.yaml"]),
    (NET.replace("data: {files: [one.csv, two.csv]}\n", ""), 3, ["names no recordings"]),
    (NET.replace("[24, 3, 24]", "[24, 0]"), 3, ["net.yaml:9", "hidden"]),
    (NET.replace("holdout: 0.4", "holdout: 0.005"), 3, ["hold-out", "window of 16 rows"]),
    (NET + "batch: 8\n", 3, ["net.yaml:10", "batch"]),
])
def test_wrong_configuration(plant, text, code, words):
    (plant.cwd / "net.yaml").write_text(text)
    plant.refuses("train", "net.yaml", "--out", "m", code=code, words=words)
    assert not [p for p in plant.cwd.iterdir() if p.is_dir()]


def test_wrong_recordings(plant):
    one = plant.cwd / "one.csv"
    good = one.read_text()
    for bad, words in ((good.replace("time,a,b", "time,a,x"), ["one.csv", "b"]), (good.replace("\n2026", "\nnoon\n2026", 1), ["one.csv"]),
                       ("", ["one.csv"]), ("time,a,b,c,fault\n", ["no recording has a window of 16 rows"])):
        one.write_text(bad)
        plant.refuses("train", "net.yaml", "--out", "m", "--data", "one.csv", code=3, words=words)
    assert not (plant.cwd / "m").exists()


def test_a_former_model_stays_when_training_fails(plant):
    train(plant, "trees")
    before = (plant.cwd / "m/model.onnx").read_bytes()
    (plant.cwd / "one.csv").write_text("nothing\n")
    plant.refuses("train", "trees.yaml", "--out", "m", code=3, words=["one.csv"])
    assert (plant.cwd / "m/model.onnx").read_bytes() == before
    assert sorted(p.name for p in plant.cwd.iterdir() if p.is_dir()) == ["m"]


def test_other_folders_are_not_replaced(plant):
    (plant.cwd / "mine").mkdir()
    (plant.cwd / "mine/thesis.txt").write_text("precious")
    plant.refuses("train", "trees.yaml", "--out", "mine", code=8, words=["mine", "no model folder"])
    assert (plant.cwd / "mine/thesis.txt").read_text() == "precious"


@pytest.mark.parametrize("gates, words", [
    ("max_bytes: 1k", ["max_bytes", "1024"]),
    ("max_latency_us: 0.001", ["max_latency_us", "0.001"]),
    ("max_accuracy_drop: -0.9", ["max_accuracy_drop", "-0.9"]),
])
def test_gates(plant, gates, words):
    train(plant, "net")
    (plant.cwd / "optimize.yaml").write_text(f"version: 1\nquantize: int8\ngates: {{{gates}}}\n")
    plant.refuses("optimize", "m", "--out", "small", "--config", "optimize.yaml", code=1, words=words)
    assert not (plant.cwd / "small").exists()


def test_damaged_folders(plant):
    train(plant, "net")
    plant.ok("optimize", "m", "--out", "small")
    plant.refuses("optimize", "small", "--out", "smaller", code=3, words=["int8 model already"])
    plant.refuses("optimize", "nowhere", "--out", "x", code=4, words=["nowhere"])
    plant.refuses("eval", "nowhere", code=4, words=["nowhere"])
    model = plant.cwd / "m/model.tflite"
    model.write_bytes(model.read_bytes()[:1000])
    plant.refuses("optimize", "m", "--out", "x", code=3, words=["model.tflite"])
    card = plant.cwd / "small/model.json"
    card.write_text(card.read_text().replace('"version": 1', '"version": 99'))
    plant.refuses("eval", "small", code=3, words=["model.json", "99"])
    card.write_text("{")
    plant.refuses("eval", "small", code=3, words=["model.json"])


def test_the_run_is_kept_on_the_hub(plant, hub):
    card = plant.ok("train", "net.yaml", "--out", "m", "--hub", hub.url, "--token", hub.token, "--ca", hub.ca, "--json").json
    run = hub.call("GET", f"/api/2.0/mlflow/runs/get?run_id={card['lineage']['run_id']}")["run"]
    assert run["info"]["status"] == "FINISHED"
    metrics = {m["key"]: m["value"] for m in run["data"]["metrics"]}
    assert metrics["f1"] == pytest.approx(card["metrics"]["f1"])
    params = {p["key"]: p["value"] for p in run["data"]["params"]}
    assert params["hidden"] == "24,3,24"


def check_skab_rows(skab, path, report):
    """The figures again, from the rows' verdicts and the labels in the recordings."""
    labels = {f["file"]: [int(float(r["anomaly"])) for r in csv.DictReader(open(skab / f["file"]), delimiter=";")] for f in report["files"]}
    counts = collections.Counter()
    for row in csv.DictReader(open(path)):
        assert int(row["row"]) > 400 and int(row["verdict"]) == (float(row["score"]) > float(row["threshold"]))
        counts[labels[row["file"]][int(row["row"]) - 1], int(row["verdict"])] += 1
    assert sum(counts.values()) == sum(len(rows) - 400 for rows in labels.values())
    tp, fp, tn, fn = counts[1, 1], counts[0, 1], counts[0, 0], counts[1, 0]
    computed = {"f1": 2 * tp / (2 * tp + fp + fn), "far": fp / (fp + tn), "mar": fn / (fn + tp)}
    assert computed == pytest.approx({name: report["metrics"][name] for name in computed}, abs=1e-12)


def test_skab(plant, skab):
    """The benchmark as docs/skab.md has it; BLAS of another CPU may move the third digit."""
    report = plant.ok("eval", "skab", skab, "--rows-out", "rows.csv", "--json", timeout=300).json
    check_skab_rows(skab, plant.cwd / "rows.csv", report)
    assert len(report["files"]) == 34 and report["metrics"]["n"] == 23801
    assert report["metrics"]["f1"] == pytest.approx(0.822, abs=0.01)
    assert report["metrics"]["far"] < 0.25 and report["metrics"]["mar"] < 0.25
    assert report["flag_everything"]["f1"] == pytest.approx(0.698, abs=0.001)
    plant.refuses("eval", "skab", "nowhere", code=4, words=["nowhere"])
    plant.refuses("eval", "one", "two", code=2, words=["one model folder"])
