"""Configuration files: where they lie, what they may hold, and what they say."""
