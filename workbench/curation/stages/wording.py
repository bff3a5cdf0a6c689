"""Editors of wording: chatter is removed, typos are corrected, terms become the glossary's."""

from __future__ import annotations

from workbench.curation.recipe import WordingRules
from workbench.curation.stages import typos
from workbench.curation.stages.editing import Editor, EditorStage, OneByOne, Step
from workbench.curation.stages.typos import TyposStage
from workbench.curation.wording.chatter import ChatterRules
from workbench.curation.wording.chatter_model import ChatterModel
from workbench.curation.wording.protected import ProtectedSpans
from workbench.curation.wording.terminology import Glossary
from workbench.curation.wording.typos import SpellChecker
from workbench.curation.wording.word_counts import WordCounts
from workbench.task import Task

NAMES = ("chatter", typos.NAME, "terminology")
# What is done in which texts: an input is what the model will meet, and nobody corrects that.
_INPUT, _OUTPUTS = ("input",), ("output", "rejected")


def editor_stages(
    rules: WordingRules, task: Task, counts: WordCounts, model: ChatterModel | None = None
) -> list[EditorStage]:
    """Return the stages that a recipe asks for, without those that are off.

    Args:
        rules: The recipe's.
        task: Its glossary and protected spans.
        counts: Words of the project's texts; a frequent one is no typo.
        model: What the chatter stage asks beside its rules.
    """
    phrases, patterns = task.protected.phrases, task.protected.patterns
    glossary = {term.term: term.variants for term in task.glossary}
    wordings = [wording for term, variants in glossary.items() for wording in (term, *variants)]
    shared = {"glossary": glossary, "protected": [list(phrases), list(patterns)]}
    stages: list[EditorStage] = []
    if rules.chatter != "off":
        stages.append(
            EditorStage(
                "chatter",
                _chatter_steps(model),
                fields=_INPUT,
                action=rules.chatter,
                settings={"model": model.digest} if model else {},
            )
        )
    if rules.typos != "off":
        checker = SpellChecker(
            counts,
            wordings,
            ProtectedSpans(phrases, patterns, quotes=True),
            confidence=rules.confidence,
            known_rows=rules.known_rows,
        )
        own = {"confidence": rules.confidence, "known_rows": rules.known_rows}
        stages.append(
            TyposStage(checker, fields=_OUTPUTS, action=rules.typos, settings=shared | own)
        )
    if rules.terminology != "off" and glossary:
        editor = OneByOne(Glossary(glossary, ProtectedSpans(phrases, patterns)))
        step = Step("term", "wording", "wordings", "replaced by the glossary's", editor)
        stages.append(
            EditorStage(
                "terminology", [step], fields=_OUTPUTS, action=rules.terminology, settings=shared
            )
        )
    return stages


def _chatter_step(rule: str, which: str, editor: Editor) -> Step:
    return Step(rule, f"passage {which}", f"passages {which}", "removed", editor)


def _chatter_steps(model: ChatterModel | None) -> list[Step]:
    steps = [_chatter_step("removed", "of chatter", OneByOne(ChatterRules()))]
    if model:
        steps.append(_chatter_step("model", "that the model calls chatter", model))
    return steps
