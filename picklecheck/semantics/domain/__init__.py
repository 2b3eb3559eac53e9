"""Abstract values and the store that holds what changes about them; nothing here runs a program."""
