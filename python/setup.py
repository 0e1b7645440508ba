# SPDX-License-Identifier: Apache-2.0
"""The wheel holds a shared library but no extension module: one wheel serves every Python 3 of a platform."""
import os

from setuptools import Distribution, setup
from setuptools.command.bdist_wheel import bdist_wheel


class PlatformDistribution(Distribution):
    def has_ext_modules(self):
        return True


class PlatformWheel(bdist_wheel):
    def get_tag(self):
        return "py3", "none", os.environ["SEDGE_WHEEL_PLATFORM"]


setup(distclass=PlatformDistribution, cmdclass={"bdist_wheel": PlatformWheel})
