"""Syntax trees: scopes, modules, and which file a dotted name leads to; nothing of values."""
