"""Whether something other than quality tells chosen from rejected: length, position, origin, rater.

Each measurement is reported with its 95 % Wilson interval and flagged only if the whole interval
lies outside what is allowed, so that few pairs raise no alarm.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np

from workbench.curation.pair_rows import PairRow, SetFinding
from workbench.curation.quality_rules import DoctorRules
from workbench.curation.word_hashes import hash_words
from workbench.evaluation.statistics import wilson


def judge_balance(rows: Sequence[PairRow], rules: DoctorRules) -> list[SetFinding]:
    """Return what can be measured of a set; a measurement without any pair to it is left out."""
    found = (
        _length(rows, rules),
        _position(rows, rules),
        *_origins(rows, rules),
        _raters(rows, rules),
    )
    return [finding for finding in found if finding]


def _length(rows: Sequence[PairRow], rules: DoctorRules) -> SetFinding | None:
    """Measure length bias (Singhal et al., "A Long Way to Go", 2023): do longer answers win?"""
    chosen = np.diff(hash_words([row.chosen for row in rows]).offsets)
    rejected = np.diff(hash_words([row.rejected for row in rows]).offsets)
    differ = chosen != rejected
    n_longer, n_differ = int((chosen > rejected).sum()), int(differ.sum())
    if n_differ == 0:
        return None
    # one more on both sides, since an answer may have no word that can be counted
    mean_log_ratio = float(np.mean(np.log((chosen + 1) / (rejected + 1))))
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
