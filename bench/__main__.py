# SPDX-License-Identifier: AGPL-3.0-or-later
"""`script/bench`: which question, how often, and how it is shown. A question is a module with `measure(plan) -> list[Row]`."""

import argparse
import importlib
import json
import os
import platform
import sys

from bench.frame import Plan, Row

QUESTIONS = ("start", "filing", "seal", "upload", "record", "pages")


def main() -> int:
    """Measure what was asked; 0 if every goal was reached."""
    parser = argparse.ArgumentParser(prog="script/bench", description="Figures, each beside a floor of the same run.")
    parser.add_argument("questions", nargs="*", metavar="QUESTION", help=f"of {', '.join(QUESTIONS)}; all unless said")
    parser.add_argument("--rounds", type=int, default=5, help="interleaved rounds (5)")
    parser.add_argument("--json", action="store_true", help="one JSON document")
    parser.add_argument("--quick", action="store_true", help="tiny sizes, to see that it runs")
    parser.add_argument("--long", action="store_true", help="the long way too: 10,000 filings, a file of 2 GB")
    asked = parser.parse_args()
    if odd := sorted(set(asked.questions) - set(QUESTIONS)):
        parser.error(f"there is no question {odd[0]!r}; ask {', '.join(QUESTIONS)}")
    if asked.rounds < 1:
        parser.error("there is no median of no rounds; ask for 1 or more")
    plan = Plan(rounds=1 if asked.quick else asked.rounds, quick=asked.quick, long=asked.long)
    answers: dict[str, list[Row]] = {}
    for question in asked.questions or QUESTIONS:
        print(f"bench: {question}", file=sys.stderr)
        answers[question] = importlib.import_module(f"bench.{question}").measure(plan)
        if not asked.json:
            print(f"\n{question}")
            print("\n".join(row.line for row in answers[question]))
    if asked.json:
        machine = {"cores": os.cpu_count(), "python": platform.python_version(), "rounds": plan.rounds}
        rows = {question: [row.document for row in found] for question, found in answers.items()}
        print(json.dumps({"machine": machine, "answers": rows}, indent=2))
    return 0 if all(row.met is not False for found in answers.values() for row in found) else 1


if __name__ == "__main__":
    sys.exit(main())
