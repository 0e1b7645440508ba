# SPDX-License-Identifier: Apache-2.0
"""The hub through its REST interfaces, with a client that is not ours."""
import os
import subprocess
import threading
import time

import pytest
import requests
from conftest import Hub, Sedge, free_port, program

MLFLOW = "/api/2.0/mlflow/"


def test_lives_and_is_ready(hub):
    assert hub.call("GET", "/health").text == "OK"
    hub.call("GET", "/ready")
    assert "sedge" in hub.call("GET", "/metrics").text


def test_first_start_makes_what_is_missing_and_keeps_it(hub):
    ca, token = open(hub.ca, "rb").read(), hub.token
    assert oct(os.stat(hub.folder / "admin.token").st_mode)[-3:] == "600"
    hub.stop()
    hub.start()
    assert (open(hub.ca, "rb").read(), hub.token) == (ca, token)


def test_run_is_logged_and_survives_kill(hub):
    experiment = hub.call("POST", MLFLOW + "experiments/create", {"name": "pump"})["experiment_id"]
    run = hub.call("POST", MLFLOW + "runs/create", {"experiment_id": experiment, "run_name": "one", "start_time": 1})
    run_id = run["run"]["info"]["run_id"]
    hub.call("POST", MLFLOW + "runs/log-batch", {
        "run_id": run_id, "params": [{"key": "depth", "value": "5"}],
        "metrics": [{"key": "f1", "value": 0.9, "timestamp": 5, "step": 0}]})
    hub.kill()
    hub.start()
    data = hub.call("GET", MLFLOW + f"runs/get?run_id={run_id}")["run"]["data"]
    assert data["params"] == [{"key": "depth", "value": "5"}]
    assert data["metrics"][0]["value"] == 0.9


def test_artifact_goes_up_and_comes_back(hub):
    import requests

    headers = {"Authorization": f"Bearer {hub.token}"}
    url = hub.url + "/api/2.0/mlflow-artifacts/artifacts/1/run/artifacts/model/a%20b.bin"
    body = os.urandom(300_000)
    assert requests.put(url, data=body, headers=headers, verify=hub.ca, timeout=60).status_code == 200
    assert requests.get(url, headers=headers, verify=hub.ca, timeout=60).content == body


@pytest.mark.parametrize("path", ["/api/v1/tokens", "/api/v1/events", MLFLOW + "experiments/get-by-name?experiment_name=x"])
def test_without_token_nothing(hub, path):
    import requests

    assert requests.get(hub.url + path, verify=hub.ca, timeout=60).status_code == 401
    assert requests.get(hub.url + path, verify=hub.ca, timeout=60,
                        headers={"Authorization": "Bearer sedge_0000"}).status_code == 401


def test_tokens_are_listed_without_their_secrets(hub):
    made = hub.call("POST", "/api/v1/tokens", {"kind": "enrol", "uses": 2, "labels": {"site": "a"}}, 201)
    items = hub.call("GET", "/api/v1/tokens")["items"]
    assert [(i["kind"], i["uses_left"], i["labels"]) for i in items if i["id"] == made["id"]] == [("enrol", 2, {"site": "a"})]
    assert made["token"] not in str(items)


def test_device_token_of_the_command_line(hub, tmp_path):
    sedge = Sedge(tmp_path, hub.client_env)
    assert sedge.ok("device", "token", "--json", "--label", "site=a").json["token"]


def test_plain_only_on_loopback(tmp_path):
    run = subprocess.run([program("sedge-hub"), "serve", "--data", tmp_path / "hub", "--listen", f"0.0.0.0:{free_port()}", "--plain"],
                         capture_output=True, text=True, timeout=30, check=False)
    assert run.returncode == 2 and "loopback" in run.stderr


def test_one_hub_per_folder(hub, tmp_path):
    other = Hub(tmp_path / "hub")
    run = subprocess.run(other.args, capture_output=True, text=True, timeout=30, check=False)
    assert run.returncode == 6 and "in use" in run.stderr


def test_who_sends_too_much_or_may_not_still_gets_the_answer(hub):
    """A body that is refused by its head is read to its end: most clients send it all before they listen."""
    auth = {"Authorization": f"Bearer {hub.token}"}
    for path, headers, size, status in (("/api/v1/tokens", auth, 3 << 20, 413), ("/device/v1/enrol", {}, 17 << 20, 413),
                                        ("/device/v1/report", {}, 1 << 20, 401), ("/api/v1/tokens", {}, 1 << 20, 401)):
        answer = requests.post(hub.url + path, data=b"x" * size, headers=headers, verify=hub.ca, timeout=60)
        assert answer.status_code == status and answer.json()["detail"], path


def test_who_asks_while_tokens_change_is_still_known(hub):
    """A new token makes the hub read its list again; whoever asks meanwhile must not be judged by the old one."""
    rounds, statuses = 40, []
    secrets, start, done = [], threading.Barrier(9), threading.Barrier(9)

    def ask():
        with requests.Session() as session:
            session.get(hub.url + "/health", verify=hub.ca, timeout=60)
            for _ in range(rounds):
                start.wait()
                answer = session.get(hub.url + "/api/v1/events", headers={"Authorization": f"Bearer {secrets[-1]}"}, verify=hub.ca, timeout=60)
                statuses.append(answer.status_code)
                done.wait()

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for _ in range(rounds):
        secrets.append(hub.call("POST", "/api/v1/tokens", {"kind": "api", "role": "viewer"}, 201)["token"])
        start.wait()
        done.wait()
    for thread in threads:
        thread.join()
    assert statuses == [200] * (rounds * 8)


def test_a_hub_that_is_stopped_answers_first(hub):
    """Twenty clients wait for events that do not come."""
    answers = []
    waiting = [threading.Thread(target=lambda: answers.append(hub.call("GET", "/api/v1/events?after=999999&wait_s=50"))) for _ in range(20)]
    for thread in waiting:
        thread.start()
    time.sleep(1.5)
    hub.stop()
    for thread in waiting:
        thread.join()
    assert [a["items"] for a in answers] == [[]] * 20


def test_a_database_that_is_none_is_said_in_one_sentence(tmp_path):
    folder = tmp_path / "hub"
    folder.mkdir()
    (folder / "hub.db").write_bytes(b"junk" * 300)
    run = subprocess.run([program("sedge-hub"), "serve", "--data", folder, "--listen", f"127.0.0.1:{free_port()}"],
                         capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 7 and "hub.db" in run.stderr and "not a database" in run.stderr and "PRAGMA" not in run.stderr, run.stderr
