"""Findings as text for people and as data for programs, one file per format."""
