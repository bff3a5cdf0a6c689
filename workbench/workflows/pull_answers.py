"""Pull what people prefer from Argilla and publish it as preference pairs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from annotation.aggregate import PreferenceOutcome, judge_preference
from annotation.label_folder import Assignment, Push
from annotation.preference_task import SIDES
from annotation.rankings import RankedPair, judge_ranking
from annotation.sampled_answers import AnsweredPrompt, pair_id, sampled_answers
from workbench.errors import AnnotationError
from workbench.home import Home
from workbench.records import PreferencePair
from workbench.store import Decision
from workbench.workflows.annotate_pull import (
    RELATION,
    Labelled,
    PullResult,
    pull_result,
    read_labelled,
    recipe_of,
)
from workbench.workflows.examine_pairs import examine_pairs
from workbench.workflows.labelled_rows import STAGE
from workbench.workflows.publish import publish_pairs

_NO_PREFERENCE = "no preference"


def pull_preferences(home: Home, *, dataset: str = "") -> PullResult:
    """Publish the chosen and the rejected answer of each pair that people prefer one of.

    Args:
        home: The project.
        dataset: Name of the dataset in Argilla; empty for the one pushed last.

    Raises:
        AnnotationError: Nothing was pushed, or nobody prefers one answer to another.
        AnnotationServerError: Argilla does not answer, or its counts are not what was read.
    """
    labelled = read_labelled(home, "preferences", dataset)
    prompts = _answered_prompts(home, labelled)
    counts: Counter[str] = Counter()
    rows, decisions = [], []
    for name, found in sorted(labelled.answers.items()):
        prompt, order = prompts[name]
        outcome = judge_preference(found)
        counts[_outcome_name(outcome)] += 1
        decisions.append(_preference_decision(name, outcome, labelled.push.dataset))
        if outcome.direction:
            rows.append(_chosen_pair(prompt, order, outcome))
    return _publish(home, labelled, rows, decisions, counts)


def pull_rankings(home: Home, *, dataset: str = "") -> PullResult:
    """Publish a pair for each two ranked answers of which more than half prefer the same one.

    See `pull_preferences`. A tie gives no pair. Ranks tell no strength, so that of each is 1.
    """
    labelled = read_labelled(home, "rankings", dataset)
    prompts = _answered_prompts(home, labelled)
    counts: Counter[str] = Counter()
    rows, decisions = [], []
    for name, found in sorted(labelled.answers.items()):
        prompt, order = prompts[name]
        for ranked in judge_ranking(found):
            pair = _ranked_pair(prompt, order, ranked)
            counts["better" if ranked.decided else _NO_PREFERENCE] += 1
            decisions.append(_ranking_decision(pair.pair_id, ranked, labelled.push.dataset))
            if ranked.decided:
                rows.append(pair)
    return _publish(home, labelled, rows, decisions, counts)


def _publish(
    home: Home,
    labelled: Labelled,
    rows: Sequence[PreferencePair],
    decisions: Sequence[Decision],
    counts: Mapping[str, int],
) -> PullResult:
    if not rows:
        raise AnnotationError(
            f"No answer to {labelled.push.dataset} prefers one answer to the other.",
            "Label more pairs, or let somebody decide where people differ with `workbench annotate "
            f"adjudicate {labelled.push.kind}`, then pull again.",
        )
    examined = examine_pairs(home, rows)
    version = publish_pairs(
        home,
        examined.pairs,
        parents=[labelled.push.version],
        recipe={**recipe_of(labelled), **examined.described()},
        decisions=[*decisions, *examined.decisions],
        relation=RELATION,
    )
    n_simulated = sum(pair.simulated for pair in examined.pairs)
    result = pull_result(
        labelled, version.manifest.digest, counts, len(examined.pairs), n_simulated
    )
    return replace(result, left_out=examined.dropped, balance=examined.balance)


def _answered_prompts(
    home: Home, labelled: Labelled
) -> dict[str, tuple[AnsweredPrompt, Assignment]]:
    """Return what stood in each answered record, with the order in which it stood there."""
    assignment = labelled.folder.read_assignment()
    known = _pushed_prompts(home, labelled.push, assignment)
    for name in labelled.answers:
        if name not in known or name not in assignment:
            raise AnnotationError(
                f"Record {name} of {labelled.push.dataset} was not pushed from here.",
                f"Remove it in Argilla, or put back the assignment.json of {labelled.folder.path}: "
                "a file that `workbench annotate backup` wrote holds it.",
            )
    return {name: (known[name], assignment[name]) for name in labelled.answers}


def _pushed_prompts(
    home: Home, push: Push, assignment: Mapping[str, Assignment]
) -> dict[str, AnsweredPrompt]:
    n_answers = max((len(order.samples) for order in assignment.values()), default=2)
    answers = sampled_answers(home.answers / push.answer_set, n_answers=n_answers)
    if answers.sha256 != push.answers_sha256:
        raise AnnotationError(
            f"The answers of {answers.set_id} changed since they were pushed.",
            "Restore answers.jsonl as it was when it was pushed.",
        )
    return {prompt.record_id: prompt for prompt in answers.prompts}


def _chosen_pair(
    prompt: AnsweredPrompt, order: Assignment, outcome: PreferenceOutcome
) -> PreferencePair:
    chosen, rejected = order.sample_a, order.sample_b
    if outcome.direction < 0:
        chosen, rejected = rejected, chosen
    return PreferencePair(
        pair_id=prompt.record_id,
        example_id=prompt.example_id,
        split=prompt.split,
        prompt=prompt.prompt,
        chosen=prompt.texts[chosen],
        rejected=prompt.texts[rejected],
        strength=outcome.strength,
        raters=outcome.raters,
        origin="annotation",
        simulated=outcome.simulated,
    )


def _ranked_pair(prompt: AnsweredPrompt, order: Assignment, ranked: RankedPair) -> PreferencePair:
    sample_of = dict(zip(SIDES, order.samples, strict=False))  # a ranking of three has no D
    better, worse = sample_of[ranked.better], sample_of[ranked.worse]
    return PreferencePair(
        pair_id=pair_id(prompt.record_id, better, worse),
        example_id=prompt.example_id,
        split=prompt.split,
        prompt=prompt.prompt,
        chosen=prompt.texts[better],
        rejected=prompt.texts[worse],
        strength=1,
        raters=ranked.raters,
        origin="annotation",
        simulated=ranked.simulated,
    )


def _preference_decision(name: str, outcome: PreferenceOutcome, dataset: str) -> Decision:
    """Say what people chose; ratings stand by the place in which an answer was shown."""
    evidence = {
        "dataset": dataset,
        "choices": dict(outcome.choices),
        "agreement": outcome.agreement,
        "ratings": {side: dict(given) for side, given in outcome.ratings.items() if given},
        "simulated": outcome.simulated,
    }
    return _decision(name, is_decided=outcome.direction != 0, evidence=evidence)


def _ranking_decision(name: str, ranked: RankedPair, dataset: str) -> Decision:
    evidence = {
        "dataset": dataset,
        "raters": len(ranked.raters),
        "agreement": ranked.agreement,
        "simulated": ranked.simulated,
    }
    return _decision(name, is_decided=ranked.decided, evidence=evidence)


def _decision(name: str, *, is_decided: bool, evidence: Mapping[str, object]) -> Decision:
    if is_decided:
        reason = "More than half of the annotators prefer the same answer."
        return Decision(name, STAGE, "preferred", "flag", reason, evidence)
    reason = "Annotators prefer neither answer, so it is no pair to learn from."
    return Decision(name, STAGE, "no_preference", "flag", reason, evidence)


def _outcome_name(outcome: PreferenceOutcome) -> str:
    if not outcome.direction:
        return _NO_PREFERENCE
    return "much better" if outcome.strength > 1 else "better"
