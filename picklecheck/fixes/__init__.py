"""Rewrites of source on LibCST, one file per transformation."""
