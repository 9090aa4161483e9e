# SPDX-License-Identifier: AGPL-3.0-or-later
"""The page's tests read the translations as they are now, not as they were when Demur was installed."""

import sys
from pathlib import Path

import django
import pytest

# The views import models, and models need Django set up; nothing here opens the database.
django.setup()

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session", autouse=True)
def fresh_catalogues() -> None:
    """Compile the catalogues as the build does."""
    sys.path.insert(0, str(ROOT))
    from hatch_build import compile_catalogues

    assert compile_catalogues(ROOT)
