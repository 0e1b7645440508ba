# SPDX-License-Identifier: Apache-2.0
"""Whole pipelines of scikit-learn, trained here, converted by skl2onnx: libsedge gives what ONNX Runtime gives."""
import numpy as np
import onnxruntime
import pytest
from skl2onnx import to_onnx
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_diabetes, load_iris
from sklearn.ensemble import (ExtraTreesClassifier, GradientBoostingClassifier,
                              GradientBoostingRegressor, RandomForestClassifier, RandomForestRegressor)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import ElasticNet, LinearRegression, LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (Binarizer, MaxAbsScaler, MinMaxScaler, Normalizer, OneHotEncoder, RobustScaler,
                                   StandardScaler)
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

IRIS, SPECIES = load_iris(return_X_y=True)
IRIS = IRIS.astype(np.float32)
SUGAR, PROGRESS = load_diabetes(return_X_y=True)
SUGAR = SUGAR.astype(np.float32)
HOLES = IRIS.copy()
HOLES[np.random.default_rng(1).random(IRIS.shape) < .1] = np.nan
WHOLE = IRIS.astype(np.int64)
TWO = (SPECIES == 1).astype(np.int64)

PIPELINES = {
    "scaled logistic regression": (make_pipeline(StandardScaler(), LogisticRegression()), IRIS, SPECIES),
    "two classes": (make_pipeline(StandardScaler(), LogisticRegression()), IRIS, TWO),
    "imputer and forest": (make_pipeline(SimpleImputer(), RandomForestClassifier(20, random_state=1)), HOLES, SPECIES),
    "robust scaling": (make_pipeline(RobustScaler(), LogisticRegression(C=.1)), IRIS, SPECIES),
    "boosting of two classes": (GradientBoostingClassifier(n_estimators=30, random_state=1), IRIS, TWO),
    "boosting of three classes": (GradientBoostingClassifier(n_estimators=10, random_state=1), IRIS, SPECIES),
    "boosting of a number": (GradientBoostingRegressor(n_estimators=40, random_state=1), SUGAR, PROGRESS),
    "forest of a number": (RandomForestRegressor(15, random_state=1), SUGAR, PROGRESS),
    "two numbers": (RandomForestRegressor(5, random_state=1), SUGAR, np.c_[PROGRESS, -PROGRESS]),
    "extra trees": (ExtraTreesClassifier(15, max_depth=5, random_state=1), IRIS, SPECIES),
    "one tree": (DecisionTreeClassifier(random_state=1), IRIS, SPECIES),
    "one tree of a number": (make_pipeline(MaxAbsScaler(), DecisionTreeRegressor(max_depth=6, random_state=1)), SUGAR,
                             PROGRESS),
    "one-hot categories": (make_pipeline(OneHotEncoder(handle_unknown="ignore"), LogisticRegression()), WHOLE, SPECIES),
    "unit rows": (make_pipeline(Normalizer(), LogisticRegression()), IRIS, SPECIES),
    "thresholds": (make_pipeline(Binarizer(threshold=2.5), LogisticRegression()), IRIS, SPECIES),
    "ridge": (make_pipeline(MinMaxScaler(), Ridge()), SUGAR, PROGRESS),
    "two linear numbers": (LinearRegression(), SUGAR, np.c_[PROGRESS, -2 * PROGRESS]),
    "elastic net": (make_pipeline(StandardScaler(), ElasticNet()), SUGAR, PROGRESS),
    "columns apart": (make_pipeline(ColumnTransformer([("a", StandardScaler(), [0, 1]), ("b", "passthrough", [2]),
                                                       ("c", MinMaxScaler(), [3])]), LogisticRegression()), IRIS,
                      SPECIES),
}


def peer_outputs(model, x):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options)
    return session.run(None, {session.get_inputs()[0].name: x})


def outputs(sedge, model, x):
    (sedge.cwd / "pipeline.onnx").write_bytes(model)
    np.save(sedge.cwd / "x.npy", x)
    out = sedge.ok("run", sedge.cwd / "pipeline.onnx", "--input", f"0={sedge.cwd}/x.npy", "--output-dir",
                   sedge.cwd / "out", "--json").json
    return [np.load(o["file"]) for o in out["outputs"]]


@pytest.mark.parametrize("name", PIPELINES)
def test_pipeline(sedge, name):
    pipeline, x, y = PIPELINES[name]
    pipeline.fit(x, y)
    scores = hasattr(pipeline, "predict_proba")
    options = {"zipmap": False} if scores else None
    model = to_onnx(pipeline, x[:1], options=options, target_opset={"": 18, "ai.onnx.ml": 3}).SerializeToString()
    got, want = outputs(sedge, model, x), peer_outputs(model, x)
    assert len(got) == len(want)
    for mine, theirs in zip(got, want):
        if theirs.dtype.kind in "iu":
            np.testing.assert_array_equal(mine, theirs)
        else:
            np.testing.assert_allclose(mine, theirs.reshape(mine.shape), rtol=1e-4, atol=1e-5)
    if not scores:
        np.testing.assert_allclose(got[0].ravel(), pipeline.predict(x).ravel(), rtol=1e-3, atol=1e-3)
    else:
        np.testing.assert_array_equal(got[0], pipeline.predict(x))
