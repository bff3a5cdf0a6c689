from importlib.util import find_spec
from pathlib import Path

import pytest

from workbench.curation.personal_data import models
from workbench.errors import ConfigError, DependencyError


@pytest.mark.skipif(find_spec("presidio_analyzer") is not None, reason="it is installed here")
def test_a_missing_presidio_is_named_with_its_extra():
    with pytest.raises(DependencyError, match="presidio_analyzer"):
        models.PresidioDetector()


@pytest.mark.skipif(find_spec("gliner") is not None, reason="it is installed here")
def test_a_missing_gliner_is_named_with_its_extra():
    with pytest.raises(DependencyError, match="gliner"):
        models.GlinerDetector(Path())


def test_a_missing_model_folder_is_named_first(tmp_path):
    with pytest.raises(ConfigError, match="no-model"):
        models.GlinerDetector(tmp_path / "no-model")
