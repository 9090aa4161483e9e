# SPDX-License-Identifier: AGPL-3.0-or-later
"""`python -m demur` is `demur`."""

from demur.cli.main import run

if __name__ == "__main__":
    run()
