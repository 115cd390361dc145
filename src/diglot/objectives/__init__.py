"""Training objectives: one file each, all of one shape (`base.py`), by name in `registry.py`."""
