# SPDX-License-Identifier: Apache-2.0
"""The loop through the three real programs, with a fleet of three."""
import pytest
from conftest import wait_for
from fleet import Fleet


@pytest.fixture
def fleet(hub, project, tmp_path):
    with Fleet(hub, project, tmp_path, 3) as fleet:
        yield fleet


def test_good_model_reaches_all_and_works(fleet):
    release = fleet.push("int8")
    fleet.deploy()
    rollout = fleet.wait_over(fleet.start(release))
    assert rollout["state"] == "done", rollout
    fleet.wait_all_on(release)
    stats = wait_for(lambda: (s := fleet.hub.call("GET", "/api/v1/stats?model=pump"))["inferences"] > 0 and s, "statistics arrive", 30)
    assert stats["failures"] == 0


def test_wrong_golden_vectors_stop_at_the_canary(fleet):
    good = fleet.push("int8")
    fleet.deploy()
    fleet.wait_over(fleet.start(good))
    fleet.wait_all_on(good)
    golden = fleet.sedge.cwd / "golden.bin"
    fleet.sedge.ok("bundle", fleet.project / "other", "--release", 1, "--out", fleet.sedge.cwd / "b", "--golden-out", golden)
    bad = fleet.push("int8", "--golden", golden)
    rollout = fleet.wait_over(fleet.start(bad))
    assert rollout["state"] == "aborted", rollout
    assert "golden" in rollout["reason"], rollout
    assert fleet.releases() == [good] * 3


def test_limit_of_processor_time_rolls_back(fleet):
    good = fleet.push("int8")
    fleet.deploy()
    fleet.wait_over(fleet.start(good))
    fleet.wait_all_on(good)
    slow = fleet.push("net", "--max-cpu-us", 1)  # no net is that fast under ASan
    rollout = fleet.wait_over(fleet.start(slow))
    assert rollout["state"] == "aborted", rollout
    fleet.wait_all_on(good)


def test_used_token_is_refused(fleet, tmp_path):
    """A token is spent by the first device: the second gets one sentence, the documented code, and no identity."""
    from conftest import Agent

    token = fleet.sedge.ok("device", "token", "--json").json["token"]
    first = Agent(fleet.hub, tmp_path / "first", token).start()
    wait_for(lambda: len(fleet.devices()) == 4, "the first device enrols", 30)
    first.stop()
    second = Agent(fleet.hub, tmp_path / "second", token).start()
    assert second.process.wait(30) == 5, second.text()
    assert "token" in second.text().strip().splitlines()[-1]
    assert len(fleet.devices()) == 4


def test_agent_goes_on_while_the_hub_is_away(fleet):
    release = fleet.push("int8")
    fleet.deploy()
    fleet.wait_over(fleet.start(release))
    fleet.wait_all_on(release)
    before = fleet.hub.call("GET", "/api/v1/stats?model=pump")["inferences"]
    fleet.hub.stop()
    wait_for(lambda: all(a.status() for a in fleet.agents), "agents answer", 20)
    fleet.hub.start()
    wait_for(lambda: fleet.hub.call("GET", "/api/v1/stats?model=pump")["inferences"] > before, "spooled reports arrive", 60)
    assert fleet.releases() == [release] * 3
