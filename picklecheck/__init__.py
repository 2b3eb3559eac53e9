"""Tells which values cannot cross a process boundary, and why."""

__version__ = "0.1.0"
