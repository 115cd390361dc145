"""Training objectives: one file each, all of one shape (`base.py`)."""
