"""The chord symbols that a plot shows above its axes."""


def symbols(ax) -> list[tuple[float, str]]:
    """Every symbol with the place of its tick."""
    return [
        (float(tick), label.get_text())
        for top in ax.child_axes
        for tick, label in zip(top.get_xticks(), top.get_xticklabels(), strict=True)
    ]
