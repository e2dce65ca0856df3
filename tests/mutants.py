"""How many changed programs the tests notice: mutation testing. ``make mutants`` runs this.

mutmut makes thousands of copies of the core modules, each with one small change, a mutant, and runs
the tests that run the changed function. A mutant is killed if a test fails, or if the tests do not
end in time. ``mutants.toml`` gives a reason for every mutant that may survive.
"""

import json
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path

from paths import ROOT

LEAST_SCORE = 95.0
"""The least share of mutants that the tests have to kill, in percent."""
REASONS = ROOT / "tests" / "mutants.toml"
RESULTS = ROOT / "mutants"
SURVIVED, NOT_RUN, WITHOUT_TESTS = 0, None, 33
"""What mutmut writes of a mutant that was not killed; all else is an end by failure or by time."""


def statuses() -> dict[str, int | None]:
    """Return how the tests of each mutant ended, by mutmut's name of it."""
    found = {}
    for path in sorted(RESULTS.rglob("*.py.meta")):
        found |= json.loads(path.read_text("utf-8"))["exit_code_by_key"]
    return found


def score_table(statuses: dict[str, int | None]) -> str:
    """Return how many mutants of each module, and of all, were killed: one line each."""
    killed, run = Counter(), Counter()
    for name, status in statuses.items():
        for part in (name.rpartition(".")[0], "all"):
            killed[part] += status not in (SURVIVED, WITHOUT_TESTS)
            run[part] += 1
    return "\n".join(
        f"{part:40} {killed[part]:5} of {count:5} killed {100 * killed[part] / count:6.1f} %"
        for part, count in run.items()
    )


def change(name: str) -> str:
    """Return what a mutant changes, as a difference of two texts."""
    command = [Path(sys.executable).with_name("mutmut"), "show", name]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def main() -> int:
    """Run what has not run yet and print the scores; return 0 if they are good enough, else 1."""
    if sys.argv[1:] != ["--score"]:
        subprocess.run([Path(sys.executable).with_name("mutmut"), "run"], cwd=ROOT, check=True)
    ended = statuses()
    ran = {name: status for name, status in ended.items() if status is not NOT_RUN}
    survivors = [name for name, status in ran.items() if status in (SURVIVED, WITHOUT_TESTS)]
    groups = tomllib.loads(REASONS.read_text("utf-8")).get("reason", [])
    named = {name for group in groups for name in group["mutants"]}
    unnamed = [name for name in survivors if name not in named]
    for name in unnamed:
        print(f"survives without a reason: {name}\n{change(name)}")
    score = 100 * (1 - len(survivors) / len(ran))
    print(score_table(ran))
    print(f"{len(ended) - len(ran)} not run; {len(unnamed)} survivors without a reason")
    return int(score < LEAST_SCORE or bool(unnamed) or len(ran) < len(ended))


if __name__ == "__main__":
    sys.exit(main())
