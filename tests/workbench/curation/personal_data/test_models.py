import builtins
import importlib

import pytest

from workbench.curation.personal_data import models
from workbench.errors import DependencyError


@pytest.mark.parametrize(
    ("make", "extra"),
    [
        (models.PresidioDetector, "presidio"),
        (lambda: models.GlinerDetector(importlib.resources.files("workbench")), "gliner"),
    ],
)
def test_a_missing_library_is_named_with_its_extra(make, extra, monkeypatch):
    if importlib.util.find_spec("presidio_analyzer") or importlib.util.find_spec("gliner"):
        pytest.skip("the library is installed here")
    with pytest.raises(DependencyError, match=extra):
        make()
    assert builtins  # the module itself needs none of them
