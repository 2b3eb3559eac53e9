"""One file per rule: its code and name, which refusals it answers for, what it says and how it is fixed."""
