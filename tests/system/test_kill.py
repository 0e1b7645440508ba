# SPDX-License-Identifier: Apache-2.0
"""kill -9 of agents and hub at random moments of a roll-out: no lost registry entry, no half-switched slot."""
import time

import pytest
from conftest import wait_for
from fleet import Fleet


def versions(fleet):
    return [v["version"] for v in fleet.hub.call("GET", "/api/v1/models/pump")["versions"]]


def one_round(fleet, rng, previous):
    """Registers and rolls out, killing someone several times on the way; returns the release that all devices run then."""
    release = fleet.push("int8" if previous % 2 else "other")
    rollout = fleet.start(release)
    for _ in range(rng.randint(1, 4)):
        time.sleep(rng.uniform(0, 1.5))
        victim = rng.choice([fleet.hub, *fleet.agents])
        victim.kill()
        # at any moment a killed agent's folder names the old release, the new one, or, before the first, none
        time.sleep(rng.uniform(0, 0.5))
        victim.start()
    over = fleet.wait_over(rollout, 120)
    assert over["state"] == "done", over
    fleet.wait_all_on(release)
    assert sorted(int(v) for v in versions(fleet)) == list(range(1, release + 1)), "a registered version is gone"
    for agent in fleet.agents:
        status = wait_for(agent.status, "the agent answers", 30)
        assert status["models"][0]["release"] == release, status
        agent.check()
    fleet.hub.check()
    return release


@pytest.mark.parametrize("rounds", [5, pytest.param(50, marks=[pytest.mark.long, pytest.mark.timeout(3600)])])
def test_kills_lose_nothing(hub, project, tmp_path, rng, rounds):
    with Fleet(hub, project, tmp_path, 3) as fleet:
        release = fleet.push("int8")
        fleet.deploy()
        fleet.wait_over(fleet.start(release))
        for n in range(rounds):
            release = one_round(fleet, rng, release)
            assert release == n + 2
