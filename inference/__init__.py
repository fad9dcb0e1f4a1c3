"""Everything that needs no engine: settings, facts, what follows from them, checks and commands."""
