"""Files and text: discovery, encoding, the sieve, suppressions and edits; knows no Python meaning."""
