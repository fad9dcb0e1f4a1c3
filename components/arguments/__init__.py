"""Settings as arguments of components: the only place where both are known."""
