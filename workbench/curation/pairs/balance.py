"""Whether something other than quality tells chosen from rejected: length, position, origin, rater.

Each measurement is reported with its 95 % Wilson interval and flagged only if the whole interval
lies outside what is allowed, so that few pairs raise no alarm.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from workbench.curation.pairs.rows import PairFinding, PairRow, SetFinding
from workbench.curation.quality.rules import DoctorRules
from workbench.curation.word_hashes import hash_words
from workbench.evaluation.statistics import wilson

# A share that reaches its bound exactly is not to be pushed beyond it by rounding.
_ROUNDING = 1e-9


def judge_balance(rows: Sequence[PairRow], rules: DoctorRules) -> list[SetFinding]:
    """Return what can be measured of a set; a measurement without any pair to it is left out."""
    found = (
        _length(rows, rules),
        _position(rows, rules),
        *_origins(rows, rules),
        _raters(rows, rules),
    )
    return [finding for finding in found if finding]


def unbalancing_pairs(rows: Sequence[PairRow], *, rules: DoctorRules) -> Iterator[PairFinding]:
    """Yield the fewest pairs without which a set that is biased by length would not be.

    These are pairs of the side that wins too often, the largest difference in length first. If all
    pairs are of that side, nothing less than all of them will do.
    """
    found = _length(rows, rules)
    if found is None or not found.flagged:
        return
    ratios = _log_length_ratios(rows)
    n_longer, n_differ = int((ratios > 0).sum()), int((ratios != 0).sum())
    if found.evidence["low"] > rules.max_longer_chosen:
        # the least n with (n_longer - n) / (n_differ - n) <= max_longer_chosen
        surplus = (n_longer - rules.max_longer_chosen * n_differ) / (1 - rules.max_longer_chosen)
        sign = 1
    else:
        # the least n with n_longer / (n_differ - n) >= min_longer_chosen
        surplus, sign = n_differ - n_longer / rules.min_longer_chosen, -1
    order = sorted(range(len(rows)), key=lambda place: (-sign * ratios[place], rows[place].pair_id))
    n_pairs = math.ceil(surplus - _ROUNDING)
    for place in order[:n_pairs]:
        yield PairFinding(
            rows[place].pair_id,
            "length_bias",
            f"Its chosen answer has {math.exp(ratios[place]):.2f} times as many words; it is one "
            f"of {n_pairs} pairs without which length would not tell which answer is chosen.",
            {"log_length_ratio": round(float(ratios[place]), 4), "n_pairs": n_pairs},
        )


def _log_length_ratios(rows: Sequence[PairRow]) -> npt.NDArray[np.float64]:
    """Return log(words of chosen / words of rejected) of each pair, (n_rows,)."""
    chosen = np.diff(hash_words([row.chosen for row in rows]).offsets)
    rejected = np.diff(hash_words([row.rejected for row in rows]).offsets)
    # one more on both sides, since an answer may have no word that can be counted
    ratios: npt.NDArray[np.float64] = np.log((chosen + 1) / (rejected + 1))
    return ratios


def _length(rows: Sequence[PairRow], rules: DoctorRules) -> SetFinding | None:
    """Measure length bias (Singhal et al., "A Long Way to Go", 2023): do longer answers win?"""
    ratios = _log_length_ratios(rows)
    n_longer, n_differ = int((ratios > 0).sum()), int((ratios != 0).sum())
    if n_differ == 0:
        return None
    mean_log_ratio = float(np.mean(ratios))
    low, high = wilson(n_longer, n_differ)
    return SetFinding(
        "length_bias",
        low > rules.max_longer_chosen or high < rules.min_longer_chosen,
        f"The chosen answer is the longer one in {_share(n_longer, n_differ)}; on average it has "
        f"{math.exp(mean_log_ratio):.2f} times as many words.",
        {**_numbers(n_longer, n_differ), "mean_log_length_ratio": round(mean_log_ratio, 4)},
    )


def _position(rows: Sequence[PairRow], rules: DoctorRules) -> SetFinding | None:
    known = [row for row in rows if row.chosen_position]
    n_first = sum(row.chosen_position == "first" for row in known)
    if not known:
        return None
    low, high = wilson(n_first, len(known))
    return SetFinding(
        "position",
        low > rules.max_first_chosen or high < 1 - rules.max_first_chosen,
        f"The chosen answer was shown first in {_share(n_first, len(known))}.",
        _numbers(n_first, len(known)),
    )


def _origins(rows: Sequence[PairRow], rules: DoctorRules) -> list[SetFinding]:
    """Measure how often each origin wins: one that always does teaches its style, not quality."""
    wins: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    for row in rows:
        if row.chosen_origin and row.rejected_origin and row.chosen_origin != row.rejected_origin:
            wins[row.chosen_origin] += 1
            seen.update((row.chosen_origin, row.rejected_origin))
    return [
        SetFinding(
            "origin",
            wilson(wins[origin], seen[origin])[0] > rules.max_origin_wins,
            f"{origin} is chosen in {_share(wins[origin], seen[origin])} against others.",
            {"origin": origin, **_numbers(wins[origin], seen[origin])},
        )
        for origin in sorted(seen)
    ]


def _raters(rows: Sequence[PairRow], rules: DoctorRules) -> SetFinding | None:
    judged = [set(row.raters) for row in rows if row.raters]
    if not judged:
        return None
    counts = Counter(rater for raters in judged for rater in raters)
    rater, count = min(counts.items(), key=lambda item: (-item[1], item[0]))
    return SetFinding(
        "one_rater",
        wilson(count, len(judged))[0] > rules.max_rater_share,
        f"Of {len(counts)} raters the busiest, {rater}, judged {_share(count, len(judged))}.",
        {"rater": rater, "n_raters": len(counts), **_numbers(count, len(judged))},
    )


def _share(count: int, total: int) -> str:
    low, high = wilson(count, total)
    return f"{count} of {total} pairs ({100 * low:.0f}-{100 * high:.0f} %)"


def _numbers(count: int, total: int) -> dict[str, float]:
    low, high = wilson(count, total)
    return {"count": count, "n_pairs": total, "low": round(low, 4), "high": round(high, 4)}
