"""What one form of syntax does: statements, expressions, conditions, patterns."""
