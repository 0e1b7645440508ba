# SPDX-License-Identifier: Apache-2.0
"""The frame of the command line: help, unknown words, exit codes."""
import pytest


def test_help_lists_groups(sedge):
    assert "usage: sedge COMMAND" in sedge.ok("--help").out


@pytest.mark.parametrize("args, words", [
    ([], ["no command is given"]),
    (["no-such-thing"], ["unknown command 'no-such-thing'"]),
])
def test_usage_errors(sedge, args, words):
    sedge.refuses(*args, code=2, words=words)
