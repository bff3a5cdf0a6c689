import pytest

from workbench.curation.personal_data.scan import Scanner


@pytest.fixture(scope="session", autouse=True)
def _compiled():
    """Compile the kernels before a test that is given little time for an example runs them."""
    Scanner().find("Dr. Smith, a@b.co")
