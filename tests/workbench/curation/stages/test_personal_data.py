from workbench.curation.personal_data.kinds import Finding, ModelFinding
from workbench.curation.personal_data.replace import ReplacedRow, Replacement
from workbench.curation.personal_data_rules import PersonalDataRules
from workbench.curation.stages.personal_data import PersonalDataStage, personal_data_in
from workbench.task import Prompt

KEY = b"k" * 32
NONE = frozenset()


def stage(rules=None, prompt=None):
    return PersonalDataStage(rules or PersonalDataRules(), KEY, prompt or Prompt())


def judged(text, rules=None, prompt=None, muted=NONE, names=()):
    [outcome] = stage(rules, prompt).judge_named([{"input": text}], [muted], [names])
    return outcome


def test_each_kind_is_a_decision_that_counts_without_the_text():
    outcome = judged("a@b.co, c@d.co and 123-45-6789")
    assert [(f.rule, f.action, f.reason, f.evidence) for f in outcome.findings] == [
        ("email", "edit", "2 of kind email replaced by a surrogate.", {"input": 2}),
        ("ssn", "edit", "1 of kind ssn replaced by a surrogate.", {"input": 1}),
    ]


def test_kinds_are_replaced_as_the_recipe_says_kind_by_kind():
    rules = PersonalDataRules(replace={"default": "tag", "email": "surrogate"})
    outcome = judged("a@b.co and 123-45-6789", rules)
    assert outcome.texts["input"].endswith(" and [SSN]")
    assert "[EMAIL]" not in outcome.texts["input"]
    assert {f.rule: f.reason for f in outcome.findings} == {
        "email": "1 of kind email replaced by a surrogate.",
        "ssn": "1 of kind ssn replaced by [SSN].",
    }


def test_an_undone_kind_stays_and_the_others_go():
    outcome = judged("a@b.co and 123-45-6789", muted=frozenset({"email"}))
    assert outcome.texts["input"].startswith("a@b.co")
    assert [f.rule for f in outcome.findings] == ["ssn"]


def test_names_that_a_column_gave_are_replaced_and_surrogates_do_not_change_again():
    outcome = judged("Then okonkwo paid.", names=("Okonkwo, Jane",))
    assert [f.rule for f in outcome.findings] == ["name"]
    assert "okonkwo" not in outcome.texts["input"]
    assert judged(outcome.texts["input"], names=("Okonkwo, Jane",)).findings == ()
    assert judged("Then okonkwo paid.").findings == ()


def test_the_text_is_scanned_as_the_template_renders_it():
    prompt = Prompt(template="Client: {input}")
    assert judged("Okonkwo paid.").findings == ()
    outcome = judged("Okonkwo paid.", prompt=prompt)
    assert [f.rule for f in outcome.findings] == ["name"]
    assert "Okonkwo" not in prompt.template.replace("{input}", outcome.texts["input"])


def test_what_surrounds_the_input_decides_the_outcome_and_so_the_settings():
    settings = [stage(prompt=Prompt(template=t)).settings for t in ("{input}", "Client: {input}")]
    assert settings[0] != settings[1]


def test_the_prompts_own_personal_data_is_told_by_place():
    prompt = Prompt(system="Write to help@firm.net.", template="Call 555-123-4567:\n{input}")
    assert personal_data_in(prompt, PersonalDataRules()) == {
        "prompt.system": {"email": 1},
        "prompt.template": {"phone": 1},
    }
    assert personal_data_in(Prompt(), PersonalDataRules()) == {}


def test_a_row_that_does_not_settle_is_dropped_unless_that_was_undone():
    change = Replacement(Finding("email", 0, 6), "a@b.co", "x@b.co")
    row = ReplacedRow({"input": "x@b.co"}, [{"input": (change,)}])
    [edit, drop] = stage()._outcome(row, is_muted=False).findings
    assert (drop.rule, drop.action, drop.evidence) == ("unsettled", "drop", {"kinds": ["email"]})
    assert edit.rule == "email"
    assert [f.rule for f in stage()._outcome(row, is_muted=True).findings] == ["email"]


def test_a_decision_names_the_model_that_alone_found_something_and_its_least_score():
    spans = [Finding("name", 0, 4), Finding("name", 5, 9)]
    made = [
        Replacement(ModelFinding.of(f, "gliner 1", s), "Jane", "Orel")
        for f, s in zip(spans, (0.9, 0.61234), strict=True)
    ]
    made.append(Replacement(Finding("name", 10, 14), "Jane", "Orel"))
    row = ReplacedRow({"input": ""}, [{"input": tuple(made)}], is_settled=True)
    [finding] = stage()._outcome(row, is_muted=False).findings
    assert finding.evidence == {
        "input": 3,
        "by_model": 2,
        "agent": "gliner 1",
        "least_score": 0.612,
    }
