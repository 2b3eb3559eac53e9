"""Tools for those who work on picklecheck, in a checkout: `python -m picklecheck.dev`, one file per verb."""
