"""What probes and interventions say over many seeds (chapter "A clock of eight cells").

The results are those of ``tables.PROBES``, one for every network.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np

from lstmblues.evidence.inside.settled_chorus import GROUP
from lstmblues.evidence.inside.tables import BLOCKS, SOURCES, rounded


def summary(results: Sequence[dict]) -> dict:
    """Return what the ``results`` of many seeds say together.

    ``seeds``, and how many ``learned``; only these count below. ``probes``: for every question
    ``chance``, quartiles (the first, the median, the third) of what is read from each of the
    ``SOURCES`` and from the ``best_block``, and the mean and the 2.5 and 97.5 percentiles of the
    ``control``. ``blocks``: see ``tally_blocks``. ``exchanges``: see ``tally_exchanges``.
    """
    learned = [result for result in results if result["learned"]]
    report = {"seeds": len(results), "learned": len(learned)}
    if not learned:
        return report
    probes = {}
    for name, first in learned[0]["probes"].items():
        rows = [result["probes"][name] for result in learned]
        shuffled = np.concatenate([row["control"] for row in rows])
        probes[name] = {
            "chance": first["chance"],
            **{source: _quartiles([row[source] for row in rows]) for source in SOURCES},
            "best_block": _quartiles([max(row["blocks"]) for row in rows]),
            "control": rounded([shuffled.mean(), *np.quantile(shuffled, [0.025, 0.975])]),
        }
    return report | {
        "probes": probes,
        "blocks": tally_blocks(learned),
        "exchanges": tally_exchanges(learned),
    }


def tally_blocks(learned: Sequence[dict]) -> dict:
    """Return what the blocks of many networks have in common.

    Quartiles over the networks: ``longest_half_life`` and ``shortest_half_life`` of the four
    blocks, ``longest_memory`` of any, and ``silenced``, the largest share of right steps without
    any one block. The rest counts networks. ``bars_counted``: those in which some block counts this
    bar; ``one_clock_for_both``: of those in which two bars to tell apart are both counted, those in
    which the same block does it, and all of them; ``clocks``: those with 0, 1, ... blocks that
    count any bar; ``turnaround``: those with 0, 1, ... blocks that mark it better than any other
    two bars; ``cleared_by``: those in which this chord empties some block.
    """
    tables = [result["blocks"] for result in learned]
    counted = Counter(bar for table in tables for bar in sorted(set(sum(table["clock_of"], []))))
    both = {}
    for entry in learned[0]["exchanges"]:
        pair = {entry["bar"], entry["other"]}
        clocks = [table["clock_of"] for table in tables if pair <= set(sum(table["clock_of"], []))]
        shared = sum(any(pair <= set(bars) for bars in blocks) for blocks in clocks)
        both[" and ".join(map(str, sorted(pair)))] = [shared, len(clocks)]
    clocks = [sum(bool(bars) for bars in table["clock_of"]) for table in tables]
    marking = [sum(rank == 1 for rank in table["turnaround_rank"]) for table in tables]
    cleared = Counter(
        symbol for table in tables for symbol in sorted(set(sum(table["cleared_by"], [])))
    )
    return {
        "longest_half_life": _quartiles([max(table["half_life"]) for table in tables]),
        "shortest_half_life": _quartiles([min(table["half_life"]) for table in tables]),
        "longest_memory": _quartiles([max(table["longest_memory"]) for table in tables]),
        "silenced": _quartiles([max(share for _, share in t["silenced"]) for t in tables]),
        "bars_counted": {str(bar): counted[bar] for bar in sorted(counted)},
        "one_clock_for_both": both,
        "clocks": np.bincount(clocks, minlength=len(BLOCKS) + 1).tolist(),
        "turnaround": np.bincount(marking, minlength=len(BLOCKS) + 1).tolist(),
        "cleared_by": dict(cleared.most_common()),
    }


def named_cell(entry: dict, by: str = "speaking") -> int:
    """Return the cell that ``by`` names, ``"speaking"`` or ``"keeping"``, in one entry."""
    return int(np.argmax(entry[by]))


def tally_exchanges(learned: Sequence[dict]) -> dict[str, dict]:
    """Return where the exchanges of many networks lead, for pairs such as ``"2 as 5"``.

    Counts of ``other``, ``own`` and ``neither``, in this order: for the cell named by
    ``speaking``, by ``keeping``, the ``other_cells`` than the one speaking, the ``speaking_block``
    of that cell, the ``other_blocks``, ``speaking_late`` and ``other_cells_late`` (exchanged only
    before the last step of the bar), the ``keepers`` together, and ``all`` cells. ``chance``: the
    mean share, of all choices of as many cells as there are keepers, that leads to the other bar.
    ``fewest_cells`` and ``fewest_blocks`` count the networks by how many are needed at least:
    entry 0 for one, entry 1 for two.
    """
    table = {}
    for number, first in enumerate(learned[0]["exchanges"]):
        entries = [result["exchanges"][number] for result in learned]
        ways = defaultdict(Counter)
        for entry in entries:
            cell = named_cell(entry)
            block = cell // GROUP.cells_per_block
            ways["speaking"][entry["cells"][cell][0]] += 1
            ways["keeping"][entry["cells"][named_cell(entry, "keeping")][0]] += 1
            ways["other_cells"].update(to for n, (to, _) in enumerate(entry["cells"]) if n != cell)
            ways["speaking_block"][entry["blocks"][block][0]] += 1
            ways["other_blocks"].update(
                to for n, (to, _) in enumerate(entry["blocks"]) if n != block
            )
            ways["speaking_late"][entry["cells_late"][cell][0]] += 1
            ways["other_cells_late"].update(
                to for n, (to, _) in enumerate(entry["cells_late"]) if n != cell
            )
            ways["keepers"][entry["as_kept"][0]] += 1
            ways["all"][entry["all"][0]] += 1
        table[f"{first['bar']} as {first['other']}"] = (
            {
                name: [count[to] for to in ("other", "own", "neither")]
                for name, count in ways.items()
            }
            | {"chance": round(float(np.mean([entry["chance"] for entry in entries])), 3)}
            | {
                f"fewest_{kind}": np.bincount(
                    [len(entry[f"smallest_{kind}"][0]) for entry in entries], minlength=most + 1
                )[1:].tolist()
                for kind, most in (("cells", GROUP.cells), ("blocks", GROUP.blocks))
            }
        )
    return table


def _quartiles(values: Sequence[float]) -> list[float]:
    return rounded(np.quantile(values, [0.25, 0.5, 0.75]))
