"""Calibration by simulation: what is tried, how a world is made and fitted, how ranks are kept and judged."""
