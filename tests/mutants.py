"""How many changed programs the tests notice: mutation testing. ``make mutants`` runs this.

mutmut makes thousands of copies of the core modules, each with one small change, a mutant, and runs
the tests that run the changed function. A mutant is killed if a test fails, or if the tests do not
end in time. ``mutants.toml`` gives a reason for every kind of mutant that may survive.
"""

import json
import re
import subprocess
import sys
import tomllib
from collections import Counter
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Reason:
    """Why mutants of a kind may survive.

    Args:
        why: one sentence.
        where: which functions it is about, a regular expression for mutmut's names of mutants.
        changed: a regular expression. A mutant is of the kind if its changed lines are the same as
            before but for what this matches.
    """

    why: str
    where: str
    changed: str

    def excuses(self, name: str, difference: str) -> bool:
        """Return whether a mutant, of which ``difference`` tells the change, is of the kind."""
        lines = difference.splitlines()
        before, after = (
            "".join(line[1:] for line in lines if line.startswith(sign) and line[:3] != sign * 3)
            for sign in "-+"
        )
        alike = re.sub(self.changed, "", before) == re.sub(self.changed, "", after)
        return alike and re.search(self.where, name) is not None


def main() -> int:
    """Run what has not run yet and print the scores; return 0 if they are good enough, else 1."""
    if sys.argv[1:] != ["--score"]:
        subprocess.run([Path(sys.executable).with_name("mutmut"), "run"], cwd=ROOT, check=True)
    ended = statuses()
    ran = {name: status for name, status in ended.items() if status is not NOT_RUN}
    survivors = [name for name, status in ran.items() if status in (SURVIVED, WITHOUT_TESTS)]
    reasons = [Reason(**each) for each in tomllib.loads(REASONS.read_text("utf-8"))["reason"]]
    excused, unexcused = Counter(), 0
    for name in survivors:
        difference = change(name)
        why = next((each.why for each in reasons if each.excuses(name, difference)), None)
        if why is None:
            print(f"survives without a reason: {name}\n{difference}")
            unexcused += 1
        else:
            excused[why] += 1
    for why, count in excused.most_common():
        print(f"{count} survive: {why}")
    print(score_table(ran))
    print(f"{len(ended) - len(ran)} not run; {unexcused} survivors without a reason")
    score = 100 * (1 - len(survivors) / len(ran))
    return int(score < LEAST_SCORE or bool(unexcused) or len(ran) < len(ended))


if __name__ == "__main__":
    sys.exit(main())
