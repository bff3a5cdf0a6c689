"""`python -m workbench.cli`, for the job runner and for checkouts that are not installed."""

import sys

from workbench.cli.main import main

sys.exit(main())
