# SPDX-License-Identifier: Apache-2.0
"""The frame of the command line: help, unknown words, exit codes."""
import json
import re

import pytest
from conftest import Sedge


def commands(sedge):
    """Every command, from the list that a person gets."""
    return [line.split("  ")[1].split() for line in sedge.ok("--help").out.splitlines() if re.match(r"  \S.*  \S", line)]


def test_every_command_has_help(sedge):
    listed = commands(sedge)
    assert ["device", "list"] in listed
    for command in listed:
        text = sedge.ok(*command, "--help").out
        assert text.startswith("usage: sedge " + " ".join(command)), text
        assert "--json" in text


@pytest.mark.parametrize("args, words", [
    (["no-such-thing"], ["unknown command 'no-such-thing'"]),
    (["device", "lst"], ["did you mean", "list"]),
    (["device", "token", "--uses", "none"], ["--uses", "'none'"]),
    (["device", "token", "--lable", "a=b"], ["--lable", "did you mean --label"]),
    (["rollout", "start"], ["DEPLOYMENT"]),
    (["device", "list"], ["no hub is named", "--hub", "SEDGE_HUB_URL"]),
])
def test_usage_errors(sedge, args, words):
    sedge.refuses(*args, code=2, words=words)


def test_errors_as_json(sedge):
    result = sedge("device", "list", "--json")
    assert result.code == 2 and result.out == ""
    assert json.loads(result.err)["error"]["status"] == "usage"


def test_flag_wins_over_environment(tmp_path):
    sedge = Sedge(tmp_path, {"SEDGE_HUB_URL": "http://127.0.0.1:1"})
    sedge.refuses("device", "list", "--hub", "http://127.0.0.1:2", code=6, words=["127.0.0.1:2"])
