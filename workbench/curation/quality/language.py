"""Guess the language of a text from its most frequent words, or from letters that only it uses.

Grefenstette, "Comparing two language identification schemes" (1995), found frequent short words as
good as letter trigrams from about 15 words on. A list of facts has few such words; it is unknown
here, as is any text that could be two languages: a wrong guess costs a reviewer more than none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import yaml

from workbench.curation.kernels import kernel
from workbench.curation.word_hashes import Hashes, Offsets, WordHashes, hash_words

UNKNOWN = "unknown"
# At least so many frequent words, so large a share of all words, and so far ahead of the second.
_MIN_HITS = 4.0
_MIN_SHARE = 0.15
_MIN_LEAD = 1.5
_MIN_LETTERS = 0.3
_MIN_BYTES_BEYOND_ASCII = 8
_LETTER = re.compile(r"[^\W\d_]")
_KANA = "ja"


def detect_languages(texts: Sequence[str], words: WordHashes) -> list[str]:
    """Return the language of each text as an ISO 639-1 code, or `unknown`.

    Args:
        texts: The texts.
        words: Their words, from `hash_words(texts)`.
    """
    names, keys, weights = _profiles()
    hits = _hits(words.offsets, words.hashes, keys, weights)
    ranked = np.sort(hits, axis=1)
    best, second = ranked[:, -1], ranked[:, -2]
    n_words = np.maximum(np.diff(words.offsets), 1)
    sure = (best >= _MIN_HITS) & (best / n_words >= _MIN_SHARE) & (best >= _MIN_LEAD * second)
    leaders = hits.argmax(axis=1)
    return [
        names[leader] if known else _by_letters(text)
        for text, leader, known in zip(texts, leaders, sure, strict=True)
    ]


def _by_letters(text: str) -> str:
    if text.isascii() or len(text.encode()) - len(text) < _MIN_BYTES_BEYOND_ASCII:
        return UNKNOWN
    n_letters = len(_LETTER.findall(text))
    counts = {name: len(found.findall(text)) for name, found in _scripts().items()}
    # Japanese mixes its own letters with Chinese characters; Chinese has none of the former.
    if 5 * counts[_KANA] > counts["zh"]:
        counts[_KANA] += counts.pop("zh")
    name = max(counts, key=lambda code: counts[code])
    return name if counts[name] > _MIN_LETTERS * n_letters else UNKNOWN


@cache
def _lists() -> Mapping[str, Mapping[str, object]]:
    content = Path(__file__).with_name("languages.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(content)  # type: ignore[no-any-return]  # our own file, fixed shape


@cache
def _scripts() -> dict[str, re.Pattern[str]]:
    scripts = {}
    for name, ranges in _lists()["letters"].items():
        spans = "".join(f"{chr(low)}-{chr(high)}" for low, high in ranges)  # type: ignore[attr-defined]
        scripts[name] = re.compile(f"[{spans}]")
    return scripts


@cache
def _profiles() -> tuple[list[str], Hashes, npt.NDArray[np.float64]]:
    """Return the languages, the sorted hashes of their words, and what each word says of each.

    A word that several languages share says less of each: its weight is 1 / how many have it.
    """
    lists = {name: str(words).split() for name, words in _lists()["words"].items()}
    names = list(lists)
    vocabulary = sorted({word for words in lists.values() for word in words})
    hashes = hash_words(vocabulary).hashes
    order = np.argsort(hashes)
    holds = np.array([[word in lists[name] for name in names] for word in vocabulary], float)
    weights = holds / holds.sum(axis=1, keepdims=True)
    return names, hashes[order], weights[order]


@kernel
def _hits(
    offsets: Offsets, hashes: Hashes, keys: Hashes, weights: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Return the weight of the frequent words of each language; (n_texts, n_languages)."""
    hits = np.zeros((offsets.size - 1, weights.shape[1]))
    for text in range(offsets.size - 1):
        for place in range(offsets[text], offsets[text + 1]):
            key = np.searchsorted(keys, hashes[place])
            if key < keys.size and keys[key] == hashes[place]:
                for language in range(weights.shape[1]):
                    hits[text, language] += weights[key, language]
    return hits
