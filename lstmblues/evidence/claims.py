"""Every claim of 2002, and what came of it (chapter 14).

``data/claims.toml`` says what was claimed, and where. A verdict is given in the chapter, by the
cell that asserts what the verdict rests on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from lstmblues.evidence.intervals import wilson
from lstmblues.files import DATA, read_toml
from lstmblues.schema import Table, checked


class Verdict(StrEnum):
    """What came of a claim."""

    REPRODUCED = "reproduced"
    NOT_REPRODUCED = "not reproduced"
    DEPENDS = "it depends"
    UNTESTED = "not tested"


@dataclass(frozen=True)
class Claim:
    """A claim of 2002.

    Args:
        number: from 1.
        part: under which heading it stands.
        source: where it is made: TR, IC or the page, with sections.
        says: the claim in our words.
    """

    number: int
    part: str
    source: str
    says: str


@dataclass(frozen=True)
class Finding:
    """What was found of a claim.

    Args:
        number: of the claim.
        verdict: what came of it.
        found: the runs and what they gave, with intervals; Markdown, as all that follows.
        depends: on what it depends, or what the verdict does not cover; empty if nothing.
        where: the place in the book that shows it.
        command: what does it again; empty if the cells of that place do.
    """

    number: int
    verdict: Verdict
    found: str
    depends: str
    where: str
    command: str = ""


class _ClaimTable(Table):
    """What the file of claims holds."""

    claim: list[Claim]


def load_claims() -> list[Claim]:
    """Return every claim of 2002, by number; raise ``BluesError`` if their file is damaged."""
    path = DATA / "claims.toml"
    return checked(read_toml(path), _ClaimTable, f"{path} holds no claims").claim


def share(count: int, of: int) -> str:
    """Return a share as text, with its interval (``intervals.wilson``)."""
    low, high = wilson(count, of)
    return f"{count:,} of {of:,} ({low:.0%} to {high:.0%})"


def table(claims: Sequence[Claim], findings: Sequence[Finding]) -> str:
    """Return a Markdown table of ``claims`` in their order, each with what was found of it.

    There must be one of ``findings`` for each; those of other claims are left out.
    """
    found = {finding.number: finding for finding in findings}
    rows = ["| | claim | verdict | what was run, and what it depends on |", "|--:|:--|:--|:--|"]
    for claim in claims:
        finding = found[claim.number]
        parts = [finding.found, finding.depends, f"See {finding.where}."]
        if finding.command:
            parts.append(f"`python -m lstmblues {finding.command}`")
        rows.append(
            f"| {claim.number} | {claim.says} *{claim.source}* | **{finding.verdict}** "
            f"| {' '.join(part for part in parts if part)} |"
        )
    return "\n".join(rows)
