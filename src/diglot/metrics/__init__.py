"""Measures, in pure NumPy: ranking quality, confidence intervals, calibration."""
