# SPDX-License-Identifier: Apache-2.0
"""Bundles, deployments, staged roll-outs and the way back, with devices that are not ours."""
import hashlib
import json
import os
import struct

import pytest
import requests
from conftest import wait_for
from device import Device


GOLDEN = struct.pack("<4sIIII", b"SDGG", 1, 1, 1, 1) + b"io"  # one vector: one byte in, one out


def make_bundle(model, release, files=None, lineage=None):
    """docs/spec/bundle.md."""
    files = files or {"model.tflite": b"m%d" % release, "features.bin": b"f", "golden.bin": GOLDEN}
    roles = {"model.tflite": "model", "features.bin": "features", "golden.bin": "golden", "monitor.bin": "monitor", "schema.yaml": "schema"}
    manifest = json.dumps({
        "type": "sedge-bundle", "version": 1, "model": model, "release": release, "decision": {}, "lineage": lineage or {},
        "limits": {"cpu_us": 0, "memory_bytes": 0},
        "files": [{"name": n, "role": roles.get(n, "other"), "size": len(d), "sha256": hashlib.sha256(d).hexdigest()} for n, d in files.items()],
    }, sort_keys=True, separators=(",", ":")).encode()
    out = b"SEDGEBND" + (1).to_bytes(4, "little") + len(manifest).to_bytes(4, "little") + manifest
    for data in files.values():
        out = out.ljust(-(-len(out) // 64) * 64, b"\0") + data
    return out.ljust(-(-len(out) // 64) * 64, b"\0")


def put_bundle(hub, model, release, body, expect=200):
    answer = requests.put(f"{hub.url}/api/v1/models/{model}/versions/{release}/bundle", data=body, verify=hub.ca, timeout=60,
                          headers={"Authorization": f"Bearer {hub.token}"})
    assert answer.status_code == expect, answer.text
    return answer.json()


def push(hub, model, **kw):
    requests.post(hub.url + "/api/2.0/mlflow/registered-models/create", json={"name": model}, verify=hub.ca, timeout=60,
                  headers={"Authorization": f"Bearer {hub.token}"})
    version = hub.call("POST", "/api/2.0/mlflow/model-versions/create", {"name": model, "source": "x"})["model_version"]["version"]
    put_bundle(hub, model, int(version), make_bundle(model, int(version), **kw))
    return int(version)


class Fleet:
    def __init__(self, hub, folder, n):
        self.hub = hub
        token = hub.call("POST", "/api/v1/tokens", {"kind": "enrol", "uses": n}, 201)["token"]
        self.devices = [Device(hub, folder / f"d{i}") for i in range(n)]
        for d in self.devices:
            d.enrol(token)
            d.runs, d.ever = 0, set()

    def live(self, bad=()):
        """Every device does what the hub wants; releases in `bad` fail after they were installed."""
        for d in self.devices:
            wanted = d.wants("pump")
            if not wanted or wanted == d.runs:
                continue
            d.ever.add(wanted)
            if wanted in bad:
                d.report(d.model("pump", d.runs, "rolled_back", target=wanted, error=("gate", "too slow")))
            else:
                d.runs = wanted
                d.report(d.model("pump", wanted))

    def roll_out(self, release, bad=(), until=("done", "aborted"), deployment="all"):
        rollout = self.hub.call("POST", "/api/v1/rollouts", {"deployment": deployment, "release": release}, 201)["id"]
        return self.watch(rollout, bad, until)

    def watch(self, rollout, bad=(), until=("done", "aborted")):
        def over():
            self.live(bad)
            now = self.hub.call("GET", f"/api/v1/rollouts/{rollout}")
            return now if now["state"] in until else None
        return wait_for(over, f"roll-out {rollout} is {until}", 60)


def deploy(hub, **kw):
    return hub.call("PUT", "/api/v1/deployments/all", {
        "model": "pump", "phases": [{"share": 5, "soak_s": 0.2}, {"share": 50, "soak_s": 0.2}, {"share": 100}], **kw})


@pytest.fixture
def fleet(hub, tmp_path):
    return Fleet(hub, tmp_path, 10)


def test_bundles_are_verified_stored_and_signed(hub, tmp_path):
    release = push(hub, "pump")
    good = make_bundle("pump", release)
    put_bundle(hub, "pump", release, good)
    put_bundle(hub, "pump", release, make_bundle("pump", release, {"model.tflite": b"x", "features.bin": b"f", "golden.bin": GOLDEN}), 409)
    for body in (b"", good[:-1], good + b"\0", b"x" + good[1:], good.replace(b"m1", b"m2"), make_bundle("pump", 2), make_bundle("fan", 1)):
        assert put_bundle(hub, "pump", release, body, 400)["detail"]
    put_bundle(hub, "pump", 7, make_bundle("pump", 7), 404)
    parts = {"model.tflite": b"x", "features.bin": b"f"}
    for golden in (b"", b"garbage", GOLDEN[:-1], GOLDEN + b"\0", b"X" + GOLDEN[1:]):
        assert "golden" in put_bundle(hub, "pump", release, make_bundle("pump", release, {**parts, "golden.bin": golden}), 400)["detail"]
    assert hub.call("GET", "/api/v1/models/pump")["versions"][0]["bundle"] == "sha256:" + hashlib.sha256(good).hexdigest()
    device = Fleet(hub, tmp_path, 1).devices[0]
    targets = json.loads(device.get("/tuf/metadata/2.targets.json").text)["signed"]["targets"]
    assert targets["pump/1.bundle"]["custom"] == {"model": "pump", "release": 1, "supersedes": 1}
    path = f"/tuf/targets/pump/{hashlib.sha256(good).hexdigest()}.1.bundle"
    assert device.get(path).content == good
    assert device.get(path, 206, headers={"Range": "bytes=8-11"}).content == good[8:12]
    device.get(f"/tuf/targets/pump/{'0' * 64}.1.bundle", 404)
    device.get("/tuf/metadata/..%2fadmin.token", 400)


def test_a_good_release_reaches_everyone_in_stages(hub, fleet):
    release = push(hub, "pump")
    deploy(hub)
    done = fleet.roll_out(release)
    assert done["state"] == "done"
    assert [p["installed"] for p in done["phases"]] == [1, 5, 10]
    kinds = [e["kind"] for e in hub.call("GET", "/api/v1/events")["items"] if e["rollout"] == done["id"]]
    assert kinds == ["rollout.started"] + ["rollout.phase", "rollout.soaking"] * 3 + ["rollout.done"]
    assert hub.call("GET", "/api/v1/deployments/all")["release"] == release


def test_a_bad_release_stops_at_the_canary_and_goes_back(hub, fleet):
    good, bad = push(hub, "pump"), push(hub, "pump")
    deploy(hub)
    fleet.roll_out(good)
    over = fleet.roll_out(bad, bad={bad})
    assert over["state"] == "aborted" and "1 of 1 devices failed" in over["reason"]
    assert sum(bad in d.ever for d in fleet.devices) == 1
    assert all(d.wants("pump") == good for d in fleet.devices)
    signed = json.loads(fleet.devices[0].get("/tuf/metadata/timestamp.json").text)["signed"]
    snapshot = json.loads(fleet.devices[0].get(f"/tuf/metadata/{signed['meta']['snapshot.json']['version']}.snapshot.json").text)["signed"]
    targets = json.loads(fleet.devices[0].get(f"/tuf/metadata/{snapshot['meta']['targets.json']['version']}.targets.json").text)["signed"]
    assert list(targets["targets"]) == [f"pump/{good}.bundle"]
    assert targets["targets"][f"pump/{good}.bundle"]["custom"]["supersedes"] == bad
    hub.call("POST", "/api/v1/rollouts", {"deployment": "all", "release": bad}, 409)
    assert fleet.roll_out(push(hub, "pump"))["state"] == "done"


def test_errors_in_the_field_stop_a_roll_out(hub, fleet):
    good = push(hub, "pump")
    deploy(hub, phases=[{"share": 10, "soak_s": 60}, {"share": 100}], gates={"max_error_rate": 0.05})
    rollout = fleet.roll_out(good, until=("soaking",))["id"]
    canary = next(d for d in fleet.devices if d.runs)
    canary.report(canary.model("pump", good, window=canary.window(inferences=90, failures=10)))
    over = fleet.watch(rollout)
    assert over["state"] == "aborted" and "10.00 %" in over["reason"]


def test_pause_resume_abort_by_hand(hub, fleet):
    release = push(hub, "pump")
    deploy(hub, phases=[{"share": 10, "soak_s": 3600}, {"share": 100}])
    rollout = fleet.roll_out(release, until=("soaking",))["id"]
    hub.call("POST", "/api/v1/rollouts", {"deployment": "all", "release": release}, 409)
    hub.call("POST", f"/api/v1/rollouts/{rollout}/resume", expect=409)
    hub.call("POST", f"/api/v1/rollouts/{rollout}/pause")
    assert hub.call("GET", f"/api/v1/rollouts/{rollout}")["state"] == "paused"
    hub.call("POST", f"/api/v1/rollouts/{rollout}/resume")
    assert fleet.watch(rollout, until=("soaking",))
    hub.call("POST", f"/api/v1/rollouts/{rollout}/abort")
    assert hub.call("GET", f"/api/v1/rollouts/{rollout}")["reason"] == "aborted by hand"
    hub.call("POST", f"/api/v1/rollouts/{rollout}/abort", expect=409)
    hub.call("POST", "/api/v1/rollouts/nothing/abort", expect=404)
    assert all(d.wants("pump") == 0 for d in fleet.devices)


def test_a_later_joiner_obeys_the_threshold(hub, fleet, tmp_path):
    first, second = push(hub, "pump"), push(hub, "pump")
    deploy(hub)
    fleet.roll_out(first)
    deploy(hub, phases=[{"share": 50, "soak_s": 3600}, {"share": 100}])
    rollout = fleet.roll_out(second, until=("soaking",))
    more = Fleet(hub, tmp_path / "more", 10)
    import hmac

    def rank(d):
        return hmac.new(rollout["id"].encode(), d.id.encode(), hashlib.sha256).digest()[:8]
    threshold = max(rank(d) for d in fleet.devices if d.runs == second)
    for d in more.devices:
        assert d.wants("pump") == (second if rank(d) <= threshold else first)


def test_labels_choose_the_devices(hub, fleet):
    release = push(hub, "pump")
    chosen = fleet.devices[3]
    hub.call("PATCH", f"/api/v1/devices/{chosen.id}", {"labels": {"site": "a"}})
    deploy(hub, selector="site=a", phases=[{"share": 100}])
    assert fleet.roll_out(release)["phases"][0]["installed"] == 1
    assert [d.runs for d in fleet.devices if d.runs] == [release] and chosen.runs == release


def test_a_killed_hub_goes_on_where_it_was(hub, fleet):
    good, bad = push(hub, "pump"), push(hub, "pump")
    deploy(hub)
    rollout = hub.call("POST", "/api/v1/rollouts", {"deployment": "all", "release": good}, 201)["id"]
    for _ in range(3):
        fleet.live()
        hub.kill()
        hub.start()
    assert fleet.watch(rollout)["state"] == "done"
    rollout = hub.call("POST", "/api/v1/rollouts", {"deployment": "all", "release": bad}, 201)["id"]
    hub.kill()
    hub.start()
    assert fleet.watch(rollout, bad={bad})["state"] == "aborted"
    assert sum(bad in d.ever for d in fleet.devices) == 1


def test_a_deliberate_step_back_is_signed(hub, fleet):
    first, second = push(hub, "pump"), push(hub, "pump")
    deploy(hub, phases=[{"share": 100}])
    fleet.roll_out(first)
    fleet.roll_out(second)
    assert fleet.roll_out(first)["state"] == "done"
    assert [v["supersedes"] for v in hub.call("GET", "/api/v1/models/pump")["versions"]] == [second, 0]


@pytest.mark.parametrize("body, words", [({"model": "a b"}, "name"), ({"model": "pump", "phases": [{"share": 140}]}, "140"),
                                         ({"model": "pump", "phases": [{"share": 50}]}, "100"), ({"model": "pump", "selector": "a"}, "a")])
def test_wrong_deployments(hub, body, words):
    assert words in hub.call("PUT", "/api/v1/deployments/x", body, 400)["detail"]


def test_check_finds_a_lost_blob(hub):
    import subprocess

    push(hub, "pump")
    hub.stop()
    check = [*hub.args[:1], "check", "--data", str(hub.folder)]
    assert subprocess.run(check, capture_output=True, check=False).returncode == 0
    for folder, _, names in os.walk(hub.folder / "blobs"):
        for name in names:
            os.unlink(os.path.join(folder, name))
    run = subprocess.run(check, capture_output=True, text=True, check=False)
    assert run.returncode != 0 and "pump" in run.stderr
