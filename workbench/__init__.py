"""The fine-tuning workbench: from raw notes to a blind comparison of base, SFT and DPO."""

__version__ = "0.1.0"
