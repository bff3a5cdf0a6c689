import sys

import pytest

from workbench.curation.personal_data import models
from workbench.curation.personal_data.kinds import Finding, ModelFinding, without_overlaps
from workbench.errors import ConfigError, DependencyError


def test_a_missing_presidio_is_named_with_its_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "presidio_analyzer", None)  # so Python marks what is not there
    with pytest.raises(DependencyError, match=r"presidio_analyzer.*workbench\[presidio\]"):
        models.PresidioDetector("blank:en")


def test_a_missing_gliner_is_named_with_its_extra(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "gliner", None)
    with pytest.raises(DependencyError, match=r"gliner.*workbench\[gliner\]"):
        models.GlinerDetector(tmp_path)


def test_a_missing_model_folder_is_named_first(tmp_path):
    with pytest.raises(ConfigError, match="no-model"):
        models.GlinerDetector(tmp_path / "no-model")


def test_no_model_is_no_detector():
    assert models.detectors("off", "", 0.5) == ()


def test_what_an_overlap_leaves_of_a_models_finding_keeps_agent_and_score():
    one = ModelFinding.of(Finding("name", 0, 10), "m 1", 0.7)
    [left, mail] = without_overlaps([one, Finding("email", 5, 10)], "abcdefghij")
    assert left == ("name", 0, 5)
    assert (left.agent, left.score) == ("m 1", 0.7)
    assert not isinstance(mail, ModelFinding)


def test_presidio_is_asked_with_a_pipeline_from_a_folder(tmp_path):
    import spacy

    pipeline = spacy.blank("en", meta={"name": "names", "version": "1.2.3"})
    ruler = pipeline.add_pipe("entity_ruler")
    ruler.add_patterns([{"label": "PERSON", "pattern": "Quillfeather"}])
    pipeline.to_disk(tmp_path / "model")
    [detector] = models.detectors("presidio", str(tmp_path / "model"), 0.3)
    text = "😀 then Quillfeather gave 212-555-0187."
    found = {(each.kind, text[each.start : each.end]) for each in detector.find(text)}
    assert {("name", "Quillfeather"), ("phone", "212-555-0187")} <= found
    assert all(each.agent == detector.agent and each.score >= 0.3 for each in detector.find(text))
    assert detector.agent.endswith("spaCy en_names 1.2.3")


def test_a_spacy_model_that_is_not_there_is_not_downloaded():
    with pytest.raises(ConfigError, match="spaCy finds no model 'en_not_there'"):
        models.PresidioDetector("en_not_there")
