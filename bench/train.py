#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Training against scikit-learn, in one run on one core: bench/train.py SEDGE (the release build's program).

The whole `sedge train` (reading CSV, features, fitting, threshold, monitor, figures, writing) is timed against scikit-learn's fit alone on
the same vectors: the same layers, batch, epochs and learning rate for the net, the same rounds and depth for the trees.
"""
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
import warnings

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")
import numpy as np  # noqa: E402
from sklearn.ensemble import HistGradientBoostingClassifier  # noqa: E402
from sklearn.exceptions import ConvergenceWarning  # noqa: E402
from sklearn.neural_network import MLPRegressor  # noqa: E402

warnings.simplefilter("ignore", ConvergenceWarning)  # both sides run a fixed number of epochs

CHANNELS = ["Accelerometer1RMS", "Accelerometer2RMS", "Current", "Pressure", "Temperature", "Thermocouple", "Voltage", "Volume Flow RateRMS"]
LENGTH, EPOCHS, BATCH, HIDDEN, ROUNDS, DEPTH, BENCH_ROUNDS = 32, 40, 64, (128, 32, 128), 60, 5, 5
TRAIN = """version: 1
name: bench
data: {{files: [{file}]}}
features: features.yaml
label: anomaly
holdout: 0.3
task: {task}
model: {model}
"""


def timed(ours, theirs):
    """Medians of BENCH_ROUNDS rounds, in which the two take turns, as text with the least and largest; and our last value."""
    seconds = ([], [])
    for _ in range(BENCH_ROUNDS):
        for function, taken in zip((ours, theirs), seconds):
            start = time.perf_counter()
            value = function()
            taken.append(time.perf_counter() - start)
            if function is ours:
                last = value
    return [f"{statistics.median(s):.2f} s [{min(s):.2f} .. {max(s):.2f}]" for s in seconds], last


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

        def train(config, out):
            return json.loads(run("train", config, "--out", out))

        train("net.yaml", "net")
        x = np.load(folder / "net/calibration.npy")
        held = np.load(folder / "net/holdout.npy")
        net = MLPRegressor(hidden_layer_sizes=HIDDEN, batch_size=BATCH, max_iter=EPOCHS, n_iter_no_change=EPOCHS, tol=0, alpha=0, random_state=1)
        (ours, theirs), card = timed(lambda: train("net.yaml", "net"), lambda: net.fit(x, x))
        error = float(((net.predict(held) - held) ** 2).mean())
        print(f"net {x.shape[0]} x {x.shape[1]}, {EPOCHS} epochs: sedge train {ours}, hold-out mse {card['metrics']['mse']:.4f}; "
              f"MLPRegressor.fit {theirs}, mse {error:.4f}")

        train("trees.yaml", "trees")
        x = np.load(folder / "trees/calibration.npy")
        rows = np.loadtxt(folder / "bad.csv", delimiter=";", skiprows=1, usecols=9)
        y = rows[LENGTH - 1:LENGTH - 1 + len(x)].astype(int)  # a vector has the label of its newest row
        trees = HistGradientBoostingClassifier(max_iter=ROUNDS, max_depth=DEPTH, early_stopping=False, random_state=1)
        (ours, theirs), card = timed(lambda: train("trees.yaml", "trees"), lambda: trees.fit(x, y))
        print(f"trees {x.shape[0]} x {x.shape[1]}, {ROUNDS} rounds of depth {DEPTH}: sedge train {ours}, hold-out F1 {card['metrics']['f1']:.3f}; "
              f"HistGradientBoostingClassifier.fit {theirs}")


if __name__ == "__main__":
    main()
