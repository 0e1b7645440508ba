# SPDX-License-Identifier: Apache-2.0
"""The house itself: the list of packages and the pages that are made from code."""
import subprocess

from conftest import ROOT


def test_package_list_is_sorted_into_known_groups():
    for line in (ROOT / "scripts/packages").read_text().splitlines():
        if line and not line.startswith("#"):
            package, groups, why = line.split(None, 2)
            assert set(groups.split(",")) <= {"build", "test", "lint", "fuzz"}, line
            assert why, line


def test_nothing_to_install_is_silent():
    run = subprocess.run([ROOT / "scripts/deps", "build", "test"], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")


def test_unknown_group_is_a_usage_error():
    run = subprocess.run([ROOT / "scripts/deps", "nonsense"], capture_output=True, text=True, check=False)
    assert run.returncode == 2 and "nonsense" in run.stderr


def test_errors_page_is_what_the_list_says():
    page = subprocess.run([ROOT / "scripts/errors-page"], capture_output=True, text=True, check=True).stdout
    assert page == (ROOT / "docs/errors.md").read_text()
