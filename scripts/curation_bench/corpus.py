"""A seeded corpus of documents of about 1 KB, with planted copies and near-duplicates.

The text is plain lower-case words between single spaces, so that every contender makes the same
shingles of it whatever its own idea of a word is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt

N_PARTS = 2  # files; datatrove gives each core files of its own
N_WORDS = 50_000
WORDS_A_DOCUMENT = 132
BLOCK = 5_000  # documents; a near-duplicate stands in the block of its original
COPY_FRACTION = 0.03
VARIANT_FRACTION = 0.17
BOILERPLATE_FRACTION = 0.10
BOILERPLATE_WORDS = 30
FAMILY_FRACTION = 0.2  # of the originals are those that have variants
MOST_EDITS = 9  # each costs about five shingles: similarities from 1 to about .5

Words = npt.NDArray[np.int64]


def write_corpus(folder: Path, n_documents: int, *, seed: int = 1) -> Path:
    """Write documents with `id` and `text` as JSON Lines, in N_PARTS files of a new folder.

    Ids ascend in the order of the files.
    """
    folder.mkdir(parents=True)
    texts = documents(n_documents, seed=seed)
    per_part = -(-n_documents // N_PARTS)
    for part in range(N_PARTS):
        with (folder / f"part-{part}.jsonl").open("w", encoding="utf-8") as file:
            for number, text in enumerate(islice(texts, per_part)):
                row = {"id": f"d{part * per_part + number:08}", "text": text}
                file.write(json.dumps(row) + "\n")
    return folder


def documents(n_documents: int, *, seed: int) -> Iterator[str]:
    """Yield the texts; the first ones do not depend on how many are asked for, block by block."""
    chance = np.random.default_rng(seed)
    names = np.array(_vocabulary(chance), object)
    boilerplates = [_some_words(chance, BOILERPLATE_WORDS) for _ in range(20)]
    for begin in range(0, n_documents, BLOCK):
        block = _block(chance, boilerplates)
        for text in block[: n_documents - begin]:
            yield " ".join(names[text])


def _vocabulary(chance: np.random.Generator) -> list[str]:
    letters = np.array(list("abcdefghijklmnopqrstuvwxyz"))
    words: dict[str, None] = {}
    while len(words) < N_WORDS:
        words["".join(chance.choice(letters, chance.integers(3, 10)))] = None
    return list(words)


def _some_words(chance: np.random.Generator, n_words: int) -> Words:
    """Draw words by Zipf's law: the frequency of a word falls with its rank."""
    return np.floor(np.exp(chance.random(n_words) * np.log(N_WORDS))).astype(np.int64)


def _block(chance: np.random.Generator, boilerplates: list[Words]) -> list[Words]:
    n_copies, n_variants = int(BLOCK * COPY_FRACTION), int(BLOCK * VARIANT_FRACTION)
    n_originals = BLOCK - n_copies - n_variants
    lengths = chance.lognormal(np.log(WORDS_A_DOCUMENT), 0.3, n_originals).astype(int) + 5
    texts = [_some_words(chance, length) for length in lengths]
    for number in np.flatnonzero(chance.random(n_originals) < BOILERPLATE_FRACTION):
        closing = boilerplates[chance.integers(len(boilerplates))]
        texts[number] = np.concatenate((texts[number], closing))
    n_families = int(n_originals * FAMILY_FRACTION)
    for _ in range(n_copies):
        texts.append(texts[chance.integers(n_families)])
    for _ in range(n_variants):
        # The square favours the first families, some of which grow large.
        texts.append(_edited(chance, texts[int(n_families * chance.random() ** 2)]))
    return [texts[number] for number in chance.permutation(BLOCK)]


def _edited(chance: np.random.Generator, text: Words) -> Words:
    """Replace, remove or insert a few words, anywhere."""
    edited = text.copy()
    for _ in range(chance.integers(1, MOST_EDITS + 1)):
        place, kind = chance.integers(edited.size), chance.integers(3)
        if kind == 0:
            edited[place] = chance.integers(N_WORDS)
        elif kind == 1:
            edited = np.delete(edited, place)
        else:
            edited = np.insert(edited, place, chance.integers(N_WORDS))
    return edited
