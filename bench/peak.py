# SPDX-License-Identifier: AGPL-3.0-or-later
"""Runs a program and prints the largest resident size that it had, in MiB: `python -m bench.peak PROGRAM [WORD...]`."""

import resource
import subprocess
import sys

if __name__ == "__main__":
    subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603 -- as asked
    print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)
