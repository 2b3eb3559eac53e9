"""Where program and knowledge meet: boundary calls, crossings and verdicts."""
