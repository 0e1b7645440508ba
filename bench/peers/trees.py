# SPDX-License-Identifier: Apache-2.0
"""Tree ensembles, 500 trees of depth 8 on 32 features: libsedge beside LightGBM, XGBoost, tl2cgen and ONNX Runtime.

    build/trees-venv/bin/python bench/peers/trees.py build/release/libsedge.so [--json]     (scripts/bench makes the environment)

One thread, one run: in each round every runtime does every batch in turn; microseconds a row, median (lowest to highest)
of the rounds. LightGBM, XGBoost, tl2cgen and libsedge are called through their C functions, rows change from call to call;
of each the time of an empty C call from the same loop is subtracted. ONNX Runtime is called through Python with bound
memory, of which the time of a model that does nothing is subtracted. The same trees everywhere: those of LightGBM run in
LightGBM, those of XGBoost in the others.
"""
import argparse
import ctypes
import json
import os
import pathlib
import statistics
import sys
import tempfile
import time

os.environ["OMP_NUM_THREADS"] = "1"
import lightgbm
import numpy as np
import onnx
import onnxruntime
import tl2cgen
import treelite
import xgboost
from onnx import TensorProto, helper

TREES, DEPTH, FEATURES, POOL = 500, 8, 32, 1024
BATCHES = 1, 4, 16, 64, 256, 1024
ROUNDS, SECONDS = 7, 0.02


def data():
    rng = np.random.default_rng(1)
    x = rng.standard_normal((20000, FEATURES)).astype(np.float32)
    y = x[:, 0] * x[:, 1] + np.sin(3 * x[:, 2]) + x[:, 3:8].sum(1) * x[:, 9] + rng.standard_normal(len(x))
    return x, y.astype(np.float32)


def train():
    x, y = data()
    xgb = xgboost.train({"max_depth": DEPTH, "tree_method": "hist", "eta": .05, "nthread": os.cpu_count(), "base_score": .5},
                        xgboost.DMatrix(x, y), TREES)
    lgb = lightgbm.train({"objective": "regression", "num_leaves": 1 << DEPTH, "max_depth": DEPTH, "learning_rate": .05,
                          "min_data_in_leaf": 2, "num_threads": os.cpu_count(), "verbose": -1},
                         lightgbm.Dataset(x, y), TREES)
    return xgb, lgb


def as_onnx(booster, rows):
    """XGBoost's trees as a TreeEnsembleRegressor."""
    a = {k: [] for k in ("nodes_treeids", "nodes_nodeids", "nodes_featureids", "nodes_values", "nodes_modes",
                         "nodes_truenodeids", "nodes_falsenodeids", "nodes_missing_value_tracks_true", "target_treeids",
                         "target_nodeids", "target_ids", "target_weights")}

    def visit(tree, node):
        leaf = "leaf" in node
        for key, value in (("treeids", tree), ("nodeids", node["nodeid"]), ("modes", "LEAF" if leaf else "BRANCH_LT"),
                           ("featureids", 0 if leaf else int(node["split"][1:])),
                           ("values", 0.0 if leaf else float(np.float32(node["split_condition"]))),
                           ("truenodeids", 0 if leaf else node["yes"]), ("falsenodeids", 0 if leaf else node["no"]),
                           ("missing_value_tracks_true", 0 if leaf else int(node["missing"] == node["yes"]))):
            a["nodes_" + key].append(value)
        if leaf:
            for key, value in (("treeids", tree), ("nodeids", node["nodeid"]), ("ids", 0), ("weights", node["leaf"])):
                a["target_" + key].append(value)
        for child in node.get("children", ()):
            visit(tree, child)

    for tree, text in enumerate(booster.get_dump(dump_format="json")):
        visit(tree, json.loads(text))
    node = helper.make_node("TreeEnsembleRegressor", ["x"], ["y"], domain="ai.onnx.ml", n_targets=1, base_values=[.5],
                            post_transform="NONE", **a)
    return as_model(node, rows, 1, [helper.make_opsetid("", 18), helper.make_opsetid("ai.onnx.ml", 3)])


def as_model(node, rows, columns, opsets):
    graph = helper.make_graph([node], "trees", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [rows, FEATURES])],
                              [helper.make_tensor_value_info("y", TensorProto.FLOAT, [rows, columns])])
    return helper.make_model(graph, opset_imports=opsets, ir_version=9).SerializeToString()


class Peer:
    """call(i) does a batch that begins with row i; result() is what it gave last."""

    def __init__(self, batch, rows):
        self.batch, self.rows = batch, rows
        self.starts = range(0, POOL, batch) if batch < POOL else (0,)
        self.address = [rows[i:].ctypes.data for i in self.starts]
        self.prepare()

    def seconds(self):
        """Of one batch, the mean of a loop over all rows."""
        calls = self.calls()
        n = 0
        start = time.perf_counter()
        while True:
            for function, arguments in calls:
                function(*arguments)
            n += len(calls)
            passed = time.perf_counter() - start
            if passed > SECONDS:
                return passed / n


class Empty(Peer):
    """What the loop and a C call cost."""
    subtract = None

    def prepare(self):
        self.function = ctypes.CDLL(None).labs

    def calls(self):
        return [(self.function, (ctypes.c_void_p(a),)) for a in self.address]


class Sedge(Peer):
    subtract = Empty
    library = None

    def prepare(self):
        self.bytes = as_onnx(Sedge.booster, self.batch)
        model, instance = ctypes.c_void_p(), ctypes.c_void_p()
        assert self.library.sedge_model_open(self.bytes, ctypes.c_size_t(len(self.bytes)), None, ctypes.byref(model), None) == 0
        assert self.library.sedge_instance_new(model, ctypes.byref(instance), None) == 0
        self.instance = instance
        self.library.sedge_instance_output.restype = ctypes.POINTER(ctypes.c_float)

    def one(self, address):
        self.library.sedge_instance_set_input(self.instance, 0, address, self.size, None)
        self.library.sedge_instance_invoke(self.instance, None)

    def calls(self):
        self.size = ctypes.c_size_t(4 * FEATURES * self.batch)
        set_input, invoke = self.library.sedge_instance_set_input, self.library.sedge_instance_invoke
        return [c for a in self.address for c in ((set_input, (self.instance, 0, ctypes.c_void_p(a), self.size, None)),
                                                  (invoke, (self.instance, None)))]

    def seconds(self):
        return 2 * super().seconds()

    def result(self):
        self.size = ctypes.c_size_t(4 * FEATURES * self.batch)
        self.one(ctypes.c_void_p(self.address[0]))
        return np.ctypeslib.as_array(self.library.sedge_instance_output(self.instance, 0), (self.batch,)).copy()


class XGBoost(Peer):
    subtract = Empty

    def prepare(self):
        self.library = ctypes.CDLL(str(pathlib.Path(xgboost.__file__).parent / "lib/libxgboost.so"))
        self.handle = Sedge.booster.handle
        self.config = json.dumps({"type": 0, "training": False, "iteration_begin": 0, "iteration_end": 0,
                                  "strict_shape": False, "missing": float("nan")}).encode()
        self.arrays = [json.dumps({"data": [a, True], "shape": [self.batch, FEATURES], "typestr": "<f4", "version": 3}).encode()
                       for a in self.address]
        self.shape, self.dim = ctypes.POINTER(ctypes.c_uint64)(), ctypes.c_uint64()
        self.out = ctypes.POINTER(ctypes.c_float)()

    def calls(self):
        return [(self.library.XGBoosterPredictFromDense, (self.handle, a, self.config, None, ctypes.byref(self.shape),
                                                          ctypes.byref(self.dim), ctypes.byref(self.out)))
                for a in self.arrays]

    def result(self):
        function, arguments = self.calls()[0]
        assert function(*arguments) == 0
        return np.ctypeslib.as_array(self.out, (self.batch,)).copy()


class LightGBM(Peer):
    subtract = Empty

    def prepare(self):
        self.library = ctypes.CDLL(str(pathlib.Path(lightgbm.__file__).parent / "lib/lib_lightgbm.so"))
        self.handle, self.n, self.out = LightGBM.booster._handle, ctypes.c_int64(), np.zeros(POOL)
        self.fast = ctypes.c_void_p()
        if self.batch == 1:
            assert self.library.LGBM_BoosterPredictForMatSingleRowFastInit(
                self.handle, 0, 0, -1, 0, FEATURES, b"num_threads=1", ctypes.byref(self.fast)) == 0

    def calls(self):
        out = ctypes.c_void_p(self.out.ctypes.data)
        if self.batch == 1:
            return [(self.library.LGBM_BoosterPredictForMatSingleRowFast,
                     (self.fast, ctypes.c_void_p(a), ctypes.byref(self.n), out)) for a in self.address]
        return [(self.library.LGBM_BoosterPredictForMat,
                 (self.handle, ctypes.c_void_p(a), 0, self.batch, FEATURES, 1, 0, 0, -1, b"num_threads=1",
                  ctypes.byref(self.n), out)) for a in self.address]

    def result(self):
        return None  # other trees


class Tl2cgen(Peer):
    """The trees as C code, compiled by gcc -O3; its function is called row by row, as its own predictor does."""
    subtract = Empty
    library = None

    def prepare(self):
        if Tl2cgen.library is None:
            folder = pathlib.Path(tempfile.mkdtemp())
            model = treelite.frontend.from_xgboost(Sedge.booster)
            tl2cgen.generate_c_code(model, dirpath=folder, params={"parallel_comp": 32})
            assert os.system(f"cd {folder} && gcc -O3 -fPIC -shared -o trees.so *.c -lm") == 0
            Tl2cgen.library = ctypes.CDLL(str(folder / "trees.so"))
        self.out = (ctypes.c_float * 1)()

    def calls(self):
        # the input's union of a float and an int is the float; no value is missing
        return [(self.library.predict, (ctypes.c_void_p(a + 4 * FEATURES * r), 0, self.out))
                for a in self.address for r in range(self.batch)]

    def seconds(self):
        return self.batch * super().seconds()

    def result(self):
        values = []
        for function, arguments in self.calls()[:self.batch]:
            function(*arguments)
            values.append(self.out[0])
            self.out[0] = 0  # the function adds to it
        return np.array(values, np.float32)


class OnnxRuntime(Peer):
    @staticmethod
    def model(batch):
        return as_onnx(Sedge.booster, batch)

    def prepare(self):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(self.model(self.batch), options)
        self.bindings = []
        for i in self.starts:
            binding = self.session.io_binding()
            binding.bind_cpu_input("x", self.rows[i:i + self.batch])
            binding.bind_output("y")
            self.bindings.append(binding)

    def calls(self):
        return [(self.session.run_with_iobinding, (b,)) for b in self.bindings]

    def result(self):
        self.session.run_with_iobinding(self.bindings[0])
        return self.bindings[0].copy_outputs_to_cpu()[0].ravel()


class OnnxNothing(OnnxRuntime):
    subtract = None

    @staticmethod
    def model(batch):
        return as_model(helper.make_node("Identity", ["x"], ["y"]), batch, FEATURES, [helper.make_opsetid("", 18)])


OnnxRuntime.subtract = OnnxNothing
PEERS = {"libsedge": Sedge, "LightGBM": LightGBM, "XGBoost": XGBoost, "tl2cgen": Tl2cgen, "ONNX Runtime": OnnxRuntime}


def measure(batch, rows):
    """By runtime the microseconds a row of each round."""
    peers = {kind: kind(batch, rows) for kind in (*PEERS.values(), Empty, OnnxNothing)}
    want = peers[XGBoost].result()
    for kind in (Sedge, Tl2cgen, OnnxRuntime):
        np.testing.assert_allclose(peers[kind].result(), want, rtol=1e-3, atol=1e-3)
    found = {name: [] for name in PEERS}
    for _ in range(ROUNDS):
        seconds = {kind: peer.seconds() for kind, peer in peers.items()}
        for name, kind in PEERS.items():
            calls = {Sedge: 2, Tl2cgen: batch}.get(kind, 1)
            found[name].append(max(seconds[kind] - calls * seconds[kind.subtract], 0) / batch * 1e6)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("library", help="libsedge.so")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    Sedge.library = ctypes.CDLL(options.library)
    Sedge.booster, LightGBM.booster = train()
    Sedge.booster.set_param({"nthread": 1})
    rows = np.ascontiguousarray(data()[0][:POOL])
    results, slower = {}, 0
    for batch in BATCHES:
        found = measure(batch, rows)
        results[batch] = found
        medians = {name: statistics.median(v) for name, v in found.items()}
        slower += any(medians["libsedge"] >= v for name, v in medians.items() if name != "libsedge")
        if not options.json:
            print(f"{batch:5d} rows: " + ", ".join(f"{name} {medians[name]:.2f} ({min(v):.2f} to {max(v):.2f})"
                                                   for name, v in found.items()), flush=True)
    if options.json:
        json.dump({"us_per_row": results}, sys.stdout, indent=1)
    sys.exit(1 if slower else 0)


if __name__ == "__main__":
    main()
