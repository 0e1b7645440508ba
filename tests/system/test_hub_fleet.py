# SPDX-License-Identifier: Apache-2.0
"""Enrolment, desired state and reports, by devices that are not ours."""
import json

import cbor2
import pytest
import requests
from device import REPORT, Device


@pytest.fixture
def device(hub, tmp_path):
    d = Device(hub, tmp_path / "device")
    d.enrol(hub.call("POST", "/api/v1/tokens", {"kind": "enrol", "labels": {"site": "north"}}, 201)["token"], {"line": "2"})
    return d


def test_enrolment_gives_an_identity(hub, device):
    seen = hub.call("GET", f"/api/v1/devices/{device.id}")
    assert seen["labels"] == {"line": "2", "site": "north"}
    assert seen["facts"]["arch"] == "x86_64" and seen["online"]
    assert device.desired()["models"] == []
    assert json.loads(device.get("/tuf/metadata/1.root.json").text)["signed"]["_type"] == "root"
    assert hub.call("GET", "/api/v1/events")["items"][-1]["kind"] == "device.enrolled"


def test_a_token_is_spent_once_but_a_lost_answer_is_no_lost_device(hub, tmp_path):
    token = hub.call("POST", "/api/v1/tokens", {"kind": "enrol"}, 201)["token"]
    first, other = Device(hub, tmp_path / "a"), Device(hub, tmp_path / "b")
    answer = first.enrol(token)
    assert first.enrol(token) == answer
    assert "used up" in other.enrol(token, expect=403)["detail"]
    assert len(hub.call("GET", "/api/v1/devices")["items"]) == 1


def test_a_group_token_serves_as_many_as_it_says(hub, tmp_path):
    token = hub.call("POST", "/api/v1/tokens", {"kind": "enrol", "uses": 2}, 201)["token"]
    devices = [Device(hub, tmp_path / str(i)) for i in range(3)]
    assert len({d.enrol(token)["device"] for d in devices[:2]}) == 2
    devices[2].enrol(token, expect=403)


@pytest.mark.parametrize("change, status", [({"token": "sedge_" + "0" * 48}, 401), ({"csr": "x"}, 400), ({"version": 2}, 422),
                                            ({"sealing_key": "x"}, 400), ({"labels": {"a b": "c"}}, 400)])
def test_wrong_enrolments_spend_nothing(hub, tmp_path, change, status):
    token = hub.call("POST", "/api/v1/tokens", {"kind": "enrol"}, 201)["token"]
    device = Device(hub, tmp_path / "a")
    wrong = {"token": token, **change}
    assert device.enrol(expect=status, **wrong)["detail"]
    device.enrol(token)


def test_without_certificate_nothing(hub, device):
    for path in ("/device/v1/desired", "/tuf/metadata/timestamp.json"):
        assert requests.get(hub.url + path, verify=hub.ca, timeout=60).status_code == 401
        assert requests.get(hub.url + path, verify=hub.ca, timeout=60,
                            headers={"Authorization": f"Bearer {hub.token}"}).status_code == 401


def test_a_certificate_of_someone_else_is_refused(hub, tmp_path):
    import subprocess

    key, cert = tmp_path / "k.pem", tmp_path / "c.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key,
                    "-out", cert, "-subj", "/CN=x", "-addext", "subjectAltName=URI:urn:sedge:device:x"], check=True, capture_output=True)
    answer = requests.get(hub.url + "/device/v1/desired", verify=hub.ca, cert=(str(cert), str(key)), timeout=60)
    assert answer.status_code == 403 and "certificate" in answer.json()["detail"]


def test_desired_state_has_a_tag(device):
    first = device.get("/device/v1/desired")
    assert device.get("/device/v1/desired", 304, headers={"If-None-Match": first.headers["ETag"]}).text == ""


def test_a_report_counts_once(hub, device):
    window = device.window(rows=10, inferences=8, failures=1, features=[[1] * 16])
    device.report(device.model("pump", 3, window=window), events=[{1: 5, 2: "installed", 3: "pump", 4: 3, 5: "by hand"}])
    device.report(device.model("pump", 3, window=window), _3=1)
    stats = hub.call("GET", "/api/v1/stats?model=pump")
    assert (stats["inferences"], stats["failures"], stats["bytes_sent"]) == (8, 1, 1000)
    device.report(device.model("pump", 3, window=window))
    stats = hub.call("GET", "/api/v1/stats?model=pump")
    assert (stats["inferences"], stats["failures"], stats["bytes_sent"]) == (16, 2, 3000)
    model = hub.call("GET", f"/api/v1/devices/{device.id}")["reported"]["models"][0]
    assert (model["name"], model["release"], model["state"]) == ("pump", 3, "committed")
    assert [e["kind"] for e in hub.call("GET", "/api/v1/events")["items"]].count("device.installed") == 1


def test_wrong_reports_are_refused(hub, device, tmp_path):
    body = cbor2.dumps({0: 1, 1: device.id, 2: bytes(16), 3: 1})
    device.post("/device/v1/report", b"", 400)
    device.post("/device/v1/report", body, 400)
    device.post("/device/v1/report", device.sign("application/other", body), 403)
    device.post("/device/v1/report", device.sign(REPORT, body)[:-1] + b"\0", 403)
    device.post("/device/v1/report", device.sign(REPORT, body, "another"), 403)
    device.report(expect=403, _1="another")
    other = Device(hub, tmp_path / "other")
    other.id, other.session = device.id, device.session
    other.report(expect=403)


def test_a_revoked_device_is_locked_out(hub, device):
    hub.call("POST", f"/api/v1/devices/{device.id}/revoke")
    device.get("/device/v1/desired", 403)
    device.report(expect=403)


def test_labels_change(hub, device):
    hub.call("PATCH", f"/api/v1/devices/{device.id}", {"labels": {"site": None, "line": "3"}})
    assert hub.call("GET", f"/api/v1/devices/{device.id}")["labels"] == {"line": "3"}


def test_times_of_last_sight_survive_a_restart(hub, device):
    before = hub.call("GET", f"/api/v1/devices/{device.id}")["last_seen_ms"]
    hub.stop()
    hub.start()
    assert hub.call("GET", f"/api/v1/devices/{device.id}")["last_seen_ms"] >= before
