"""Finds values that cannot be sent to another process, explains why, and fixes them."""

__version__ = "0.1.0"
