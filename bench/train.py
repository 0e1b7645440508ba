#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Training against scikit-learn, in one run on one core: bench/train.py SEDGE (the release build's program).

The whole `sedge train` (reading CSV, features, fitting, threshold, monitor, figures, writing) is timed against scikit-learn's fit alone on
the same vectors: the same layers, batch, epochs and learning rate for the net, the same rounds and depth for the trees.
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")
import numpy as np  # noqa: E402
from sklearn.ensemble import HistGradientBoostingClassifier  # noqa: E402
from sklearn.neural_network import MLPRegressor  # noqa: E402

CHANNELS = ["Accelerometer1RMS", "Accelerometer2RMS", "Current", "Pressure", "Temperature", "Thermocouple", "Voltage", "Volume Flow RateRMS"]
LENGTH, EPOCHS, BATCH, HIDDEN, ROUNDS, DEPTH = 32, 40, 64, (128, 32, 128), 60, 5
TRAIN = """version: 1
name: bench
data: {{files: [{file}]}}
features: features.yaml
label: anomaly
holdout: 0.3
task: {task}
model: {model}
"""


def timed(function):
    start = time.perf_counter()
    value = function()
    return time.perf_counter() - start, value


def main():
    sedge = pathlib.Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)

        def run(*args):
            return subprocess.run([sedge, *args, "--json"], cwd=folder, check=True, capture_output=True, text=True).stdout

        (folder / "features.yaml").write_text("version: 1\nrate_hz: 10\nchannels:\n" + "".join(f"  - {{name: {c}, impute: hold}}\n" for c in CHANNELS)
            + f"window: {{length: {LENGTH}, step: 1}}\n" + "features:\n  - {channels: '*', stats: [mean, std, rms, peak_to_peak, min, max, last]}\nscale: standard\n")
        run("simulate", "pump", "--rows", "5600", "--rate", "10", "--out", "good.csv")
        run("simulate", "pump", "--rows", "5600", "--rate", "10", "--fault", "all", "--fault-at", "0.1", "--out", "bad.csv")
        (folder / "net.yaml").write_text(TRAIN.format(file="good.csv", task="autoencoder",
            model=f"{{kind: dense, hidden: [{','.join(map(str, HIDDEN))}], epochs: {EPOCHS}, batch: {BATCH}, check: 0}}"))
        (folder / "trees.yaml").write_text(TRAIN.format(file="bad.csv", task="classifier", model=f"{{kind: trees, rounds: {ROUNDS}, depth: {DEPTH}}}"))

        ours, card = timed(lambda: json.loads(run("train", "net.yaml", "--out", "net")))
        x = np.load(folder / "net/calibration.npy")
        held = np.load(folder / "net/holdout.npy")
        net = MLPRegressor(hidden_layer_sizes=HIDDEN, batch_size=BATCH, max_iter=EPOCHS, n_iter_no_change=EPOCHS, tol=0, alpha=0, random_state=1)
        theirs, _ = timed(lambda: net.fit(x, x))
        error = float(((net.predict(held) - held) ** 2).mean())
        print(f"net {x.shape[0]} x {x.shape[1]}, {EPOCHS} epochs: sedge train {ours:.2f} s (hold-out mse {card['metrics']['mse']:.4f}), "
              f"MLPRegressor.fit {theirs:.2f} s (mse {error:.4f})")

        ours, card = timed(lambda: json.loads(run("train", "trees.yaml", "--out", "trees")))
        x = np.load(folder / "trees/calibration.npy")
        rows = np.loadtxt(folder / "bad.csv", delimiter=";", skiprows=1, usecols=9)
        y = rows[LENGTH - 1:LENGTH - 1 + len(x)].astype(int)  # a vector has the label of its newest row
        trees = HistGradientBoostingClassifier(max_iter=ROUNDS, max_depth=DEPTH, early_stopping=False, random_state=1)
        theirs, _ = timed(lambda: trees.fit(x, y))
        print(f"trees {x.shape[0]} x {x.shape[1]}, {ROUNDS} rounds of depth {DEPTH}: sedge train {ours:.2f} s (hold-out F1 {card['metrics']['f1']:.3f}), "
              f"HistGradientBoostingClassifier.fit {theirs:.2f} s")


if __name__ == "__main__":
    main()
