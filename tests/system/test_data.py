# SPDX-License-Identifier: Apache-2.0
"""Features and scaling against NumPy and scikit-learn; schemas, validation and data set versions from outside."""
import csv
import struct

import numpy as np
import pytest
from sklearn.preprocessing import StandardScaler

STATS = ["mean", "std", "rms", "peak_to_peak", "min", "max", "last", "slope"]
CHANNELS = ["Accelerometer1RMS", "Pressure", "Temperature"]
LENGTH, STEP, RATE = 24, 3, 2.0
BANDS = [(0, 0.25), (0.25, 0.5), (0.5, 1.0)]
FEATURES = f"""version: 1
rate_hz: {RATE}
channels:
{"".join(f"  - {{name: {c}, impute: hold}}" + chr(10) for c in CHANNELS)}window: {{length: {LENGTH}, step: {STEP}}}
features:
  - {{channels: "*", stats: [{", ".join(STATS)}]}}
  - {{channels: [Temperature], bands_hz: [{", ".join(f"[{a}, {b}]" for a, b in BANDS)}]}}
scale: standard
"""
TRAIN = """version: 1
name: pump
data: {files: [a.csv, b.csv]}
features: features.yaml
label: anomaly
holdout: 0.3
task: classifier
model: {kind: trees, rounds: 2, depth: 2}
"""


def rows_of(path):
    with open(path, newline="") as f:
        rows = list(csv.DictReader(f, delimiter=";"))
    return np.array([[float(r[c]) for c in CHANNELS] for r in rows], dtype=np.float32)


def band_powers(x):
    n = 2 ** int(np.ceil(np.log2(LENGTH)))
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(LENGTH) / LENGTH)
    power = np.abs(np.fft.rfft((x - x.mean()) * hann, n)) ** 2 / (n * np.sum(hann ** 2))
    power[1:-1] *= 2
    hz = np.arange(n // 2 + 1) * RATE / n
    return [power[(hz >= a) & ((hz < b) | (b == RATE / 2))].sum() for a, b in BANDS]


def features_of(window):
    """The vector of docs/spec/features.md by NumPy, unscaled, rounded to float32."""
    out = []
    seconds = np.arange(LENGTH) / RATE
    for c in range(len(CHANNELS)):
        x = window[:, c].astype(np.float64)
        out += [x.mean(), x.std(), np.sqrt((x ** 2).mean()), x.max() - x.min(), x.min(), x.max(), x[-1],
                np.polyfit(seconds, x, 1)[0]]
    return np.array(out + band_powers(window[:, 2].astype(np.float64)), dtype=np.float32)


def vectors_of(rows):
    return np.array([features_of(rows[i:i + LENGTH]) for i in range(0, len(rows) - LENGTH + 1, STEP)])


def scaling_of(path):
    """Means and scales that stand in a features.bin (src/features/format.h)."""
    data = path.read_bytes()
    magic, version, size, n_channels, n, length, step, rate = struct.unpack_from("<4sIIIIIId", data)
    assert (magic, version, size, length, step, rate) == (b"SDGF", 1, len(data), LENGTH, STEP, RATE)
    at = 36
    for _ in range(n_channels):
        _, name, unit, _, _ = struct.unpack_from("<BBBBf", data, at)
        at += 8 + name + unit
    mean, scale = [], []
    for _ in range(n):
        _, stat, _, m, s = struct.unpack_from("<HBBdd", data, at)
        at += 20 + 16 * (stat == 8)
        mean.append(m)
        scale.append(s)
    assert at == len(data)
    return np.array(mean), np.array(scale)


@pytest.fixture
def pump(sedge):
    sedge.ok("simulate", "pump", "--out", "a.csv", "--rows", 1500, "--seed", 1, "--fault", "all", "--fault-at", "0.2")
    sedge.ok("simulate", "pump", "--out", "b.csv", "--rows", 1000, "--seed", 2)
    (sedge.cwd / "features.yaml").write_text(FEATURES)
    (sedge.cwd / "train.yaml").write_text(TRAIN)
    return sedge


def test_scaling_equals_scikit_learn(pump):
    pump.ok("train", "train.yaml", "--out", "m")
    mean, scale = scaling_of(pump.cwd / "m/features.bin")
    train = [rows_of(pump.cwd / name) for name in ("a.csv", "b.csv")]
    vectors = np.concatenate([vectors_of(rows[:round(len(rows) * 0.7)]) for rows in train])
    scaler = StandardScaler().fit(vectors)
    assert np.allclose(mean, scaler.mean_, rtol=1e-6, atol=1e-6)
    assert np.allclose(scale, scaler.scale_, rtol=1e-6, atol=1e-6)


def test_held_out_vectors_equal_numpy(pump):
    pump.ok("train", "train.yaml", "--out", "m")
    mean, scale = scaling_of(pump.cwd / "m/features.bin")
    ours = np.load(pump.cwd / "m/holdout.npy")
    theirs = []
    for name in ("a.csv", "b.csv"):
        rows = rows_of(pump.cwd / name)
        first = round(len(rows) * 0.7)
        starts = [i for i in range(0, len(rows) - LENGTH + 1, STEP) if i >= first]
        theirs += [(features_of(rows[i:i + LENGTH]).astype(np.float64) - mean) / scale for i in starts]
    assert ours.shape == np.shape(theirs)
    assert np.allclose(ours, theirs, rtol=1e-5, atol=1e-5)


def test_schema_is_inferred_and_kept(pump):
    pump.ok("data", "infer", "a.csv", "b.csv", "--out", "schema.yaml")
    text = (pump.cwd / "schema.yaml").read_text()
    assert "name: Pressure, role: channel, type: number, unit: bar" in text and "name: anomaly, role: label" in text
    assert pump.ok("data", "validate", "--schema", "schema.yaml", "a.csv", "b.csv", "--json").json == {
        "rows": 2500, "violations": 0, "first": []}


def test_violations_are_named(pump):
    pump.ok("data", "infer", "b.csv", "--out", "schema.yaml")
    lines = (pump.cwd / "b.csv").read_text().splitlines()
    lines[30] = lines[30].replace("00:00:29", "00:00:10")
    cells = lines[41].split(";")
    cells[4] = "99"
    lines[41] = ";".join(cells)
    del lines[500:600]
    (pump.cwd / "c.csv").write_text("\n".join(lines) + "\n")
    result = pump("data", "validate", "--schema", "schema.yaml", "c.csv", "--json")
    assert result.code == 1
    assert [(v["row"], v["column"], v["rule"]) for v in result.json["first"]] == [
        (30, "datetime", "order"), (31, "datetime", "gap"), (41, "Pressure", "range"), (500, "datetime", "gap")]
    assert result.json["first"][2]["value"] == "99"


def test_versions_are_content(pump):
    pump.ok("data", "infer", "a.csv", "b.csv", "--out", "schema.yaml")
    add = ["data", "add", "pump", "--schema", "schema.yaml", "a.csv", "--json"]
    first = pump.ok(*add).json["version"]
    assert pump.ok(*add).json["version"] == first
    child = pump.ok("data", "add", "pump", "b.csv", "--parent", "pump", "--source", "devices", "--json").json
    assert child["files"] == 2 and child["generation"] == 1
    shown = pump.ok("data", "show", "pump", "--json").json["manifest"]
    assert shown["parent"] == first and [f["path"] for f in shown["files"]] == ["a.csv", "b.csv"]
    assert [v["version"] for v in pump.ok("data", "list", "--json").json["items"]] == [child["version"], first]
    files = pump.ok("data", "get", f"pump@{first[7:19]}", "--json").json["files"]
    assert len(files) == 1
    assert (pump.cwd / files[0]).read_bytes() == (pump.cwd / "a.csv").read_bytes()


def test_versions_travel_over_the_hub(pump, hub, tmp_path):
    token = ["--hub", hub.url, "--token", hub.token, "--ca", hub.ca]
    version = pump.ok("data", "add", "pump", "a.csv", "b.csv", *token, "--json").json
    assert version["pushed"]
    fetched = pump.ok("data", "fetch", "pump", "--store", "other", *token, "--json").json
    assert fetched["version"] == version["version"]
    for path in pump.ok("data", "get", "pump", "--store", "other", "--json").json["files"]:
        assert (pump.cwd / path).read_bytes() == (pump.cwd / path.rsplit("/", 1)[1]).read_bytes()


def test_real_recordings(sedge, skab):
    files = sorted(str(p) for p in skab.rglob("*.csv"))
    sedge.ok("data", "infer", *files, "--out", "schema.yaml")
    assert sedge.ok("data", "validate", "--schema", "schema.yaml", *files, "--json").json["rows"] > 40000
    assert sedge.ok("data", "add", "rig", "--schema", "schema.yaml", *files, "--json").json["files"] == len(files)
