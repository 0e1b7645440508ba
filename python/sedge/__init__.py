# SPDX-License-Identifier: Apache-2.0
"""libsedge for Python: see sedge.interpreter."""
from sedge._library import SedgeError
from sedge.interpreter import Interpreter

__all__ = ["Interpreter", "SedgeError"]
