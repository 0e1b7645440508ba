# SPDX-License-Identifier: Apache-2.0
"""`sedge bundle` from outside: the file read by the page docs/spec/bundle.md, golden vectors, what verify refuses."""
import hashlib
import json
import shutil
import struct

import pytest
from conftest import Sedge


@pytest.fixture
def work(project, tmp_path):
    """The trained project of all tests, as an own copy."""
    shutil.copytree(project, tmp_path / "project")
    return Sedge(tmp_path / "project")


def read_bundle(data):
    """docs/spec/bundle.md, "Bundle file": the manifest and the files."""
    magic, version, length = struct.unpack_from("<8sII", data)
    assert (magic, version) == (b"SEDGEBND", 1)
    manifest = json.loads(data[16:16 + length])
    at, files = 16 + length, {}
    for f in manifest["files"]:
        start = -(-at // 64) * 64
        assert not any(data[at:start])
        files[f["name"]] = data[start:start + f["size"]]
        assert hashlib.sha256(files[f["name"]]).hexdigest() == f["sha256"]
        at = start + f["size"]
    assert not any(data[at:]) and len(data) == -(-at // 64) * 64
    return manifest, files


@pytest.mark.parametrize("folder", ["net", "int8", "trees"])
def test_what_is_in_a_bundle(work, folder):
    made = work.ok("bundle", folder, "--release", "7", "--out", "a.bundle", "--max-cpu-us", "500", "--max-memory", "8M", "--json").json
    work.ok("bundle", folder, "--release", "7", "-o", "b.bundle", "--max-cpu-us", "500", "--max-memory", "8M")
    data = (work.cwd / "a.bundle").read_bytes()
    assert data == (work.cwd / "b.bundle").read_bytes()
    assert made["digest"] == "sha256:" + hashlib.sha256(data).hexdigest() and made["bytes"] == len(data)
    manifest, files = read_bundle(data)
    assert manifest["model"] == "pump" and manifest["release"] == 7
    assert manifest["limits"] == {"cpu_us": 500, "memory_bytes": 8 << 20}
    card = json.loads((work.cwd / folder / "model.json").read_text())
    assert manifest["decision"] == card["decision"]
    assert manifest["lineage"]["dataset"] == card["lineage"]["dataset"] and manifest["lineage"]["metrics"] == card["metrics"]
    roles = {f["role"]: f["name"] for f in manifest["files"]}
    for role in "model", "features", "monitor", "schema":
        assert files[roles[role]] == (work.cwd / folder / roles[role]).read_bytes()
    magic, version, count, n_in, n_out = struct.unpack_from("<4sIIII", files[roles["golden"]])
    assert (magic, version) == (b"SDGG", 1) and 1 <= count <= 16
    assert len(files[roles["golden"]]) == 20 + count * (n_in + n_out)
    shown = work.ok("bundle", "show", "a.bundle", "--json").json
    assert shown["files"] == manifest["files"] and shown["lineage"] == manifest["lineage"]
    assert work.ok("bundle", "verify", "a.bundle", "--json").json["golden_vectors"] == count


def test_unpack(work):
    work.ok("bundle", "int8", "--release", "1", "--out", "a.bundle")
    work.ok("bundle", "unpack", "a.bundle", "out")
    manifest, files = read_bundle((work.cwd / "a.bundle").read_bytes())
    assert {p.name: p.read_bytes() for p in (work.cwd / "out").iterdir() if p.name != "manifest.json"} == files
    assert json.loads((work.cwd / "out/manifest.json").read_text()) == manifest
    work.refuses("bundle", "unpack", "a.bundle", "out", code=8, words=["out", "there already"])


def test_another_models_golden_vectors(work):
    work.ok("bundle", "other", "--release", "1", "--out", "other.bundle", "--golden-out", "other.golden")
    work.ok("bundle", "int8", "--release", "1", "--out", "wrong.bundle", "--golden", "other.golden")
    work.refuses("bundle", "verify", "wrong.bundle", code=1, words=["wrong.bundle", "golden vector 0", "must be"])


def test_parts_that_do_not_fit(work):
    shutil.copy(work.cwd / "trees/features.bin", work.cwd / "int8/features.bin")
    features = (work.cwd / "features.yaml").read_text().replace("[mean, std, rms, peak_to_peak]", "[mean, std]")
    (work.cwd / "features.yaml").write_text(features)
    work.ok("train", "trees.yaml", "--out", "narrow")
    shutil.copy(work.cwd / "narrow/features.bin", work.cwd / "int8/features.bin")
    work.refuses("bundle", "int8", "--release", "1", "--out", "x", code=3, words=["int8", "features give 8 values", "16"])
    assert not (work.cwd / "x").exists()


def test_damage(work, rng):
    work.ok("bundle", "int8", "--release", "1", "--out", "a.bundle")
    data = (work.cwd / "a.bundle").read_bytes()
    end = 16 + struct.unpack_from("<I", data, 12)[0]
    for _ in range(5):
        at = rng.choice([rng.randrange(16), rng.randrange(end, len(data))])
        (work.cwd / "bad").write_bytes(data[:at] + bytes([data[at] ^ 1 << rng.randrange(8)]) + data[at + 1:])
        work.refuses("bundle", "verify", "bad", code=3, words=["bad"])
    (work.cwd / "bad").write_bytes(data[:rng.randrange(len(data))])
    work.refuses("bundle", "verify", "bad", code=3, words=["bad"])
