"""A language server: what picklecheck finds is shown while the code is written, and fixed on request."""
