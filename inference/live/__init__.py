"""Talks to the account and to a running stack. Imports nothing from `offline`."""
