"""What follows from the configuration and the catalog: sizes, times, surge, chart values, routes.

Pure functions that import no Pulumi module. Users are never asked for these values, and
`preflight` and `components` read the same ones.
"""
