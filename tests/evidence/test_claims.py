import json

import pytest
from paths import ROOT

from lstmblues.errors import BluesError
from lstmblues.evidence import claims as claims_module
from lstmblues.evidence.claims import Claim, Finding, Verdict, load_claims, share, table


def test_there_are_28_claims_each_with_a_source():
    claims = load_claims()
    assert [claim.number for claim in claims] == list(range(1, 29))
    assert all(claim.says.endswith((".", ".)")) and claim.source for claim in claims)
    assert len({claim.says for claim in claims}) == 28


def test_a_share_has_its_interval():
    assert share(9, 10) == "9 of 10 (60% to 98%)"


def test_a_row_says_what_was_claimed_and_what_was_found():
    claims = [Claim(1, "part", "TR 1", "It works."), Claim(2, "part", "IC 2", "It is fast.")]
    found = [
        Finding(2, Verdict.DEPENDS, "It ran.", "", "chapter 9", "sweep chords --seeds 0:2"),
        Finding(1, Verdict.REPRODUCED, "It does.", "If fed.", "chapter 8"),
    ]
    *_, works, fast = table(claims, found).splitlines()
    assert fast == (
        "| 2 | It is fast. *IC 2* | **it depends** "
        "| It ran. See chapter 9. `python -m lstmblues sweep chords --seeds 0:2` |"
    )
    assert works == ("| 1 | It works. *TR 1* | **reproduced** | It does. If fed. See chapter 8. |")
    assert table(claims[1:], found).splitlines()[2:] == [fast]
    with pytest.raises(KeyError):
        table(claims, found[:1])


def test_the_chapter_gives_every_claim_a_verdict():
    notebook = json.loads((ROOT / "chapters" / "14-every-claim.ipynb").read_text("utf-8"))
    shown = [
        line
        for cell in notebook["cells"]
        for output in cell.get("outputs", [])
        for line in "".join(output.get("data", {}).get("text/markdown", "")).splitlines()
    ]
    for claim in load_claims():
        (row,) = (line for line in shown if line.startswith(f"| {claim.number} | {claim.says}"))
        assert sum(f"**{verdict}**" in row for verdict in Verdict) == 1


def test_a_damaged_file_of_claims_is_refused(monkeypatch, tmp_path):
    (tmp_path / "claims.toml").write_text("[[claim]]\nnumber = 1\nsays = 3\n")
    monkeypatch.setattr(claims_module, "DATA", tmp_path)
    with pytest.raises(BluesError, match=r"claims\.toml holds no claims"):
        load_claims()
