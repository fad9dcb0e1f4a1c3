"""List prices of Google Cloud: `table.json`, written by `inference prices --refresh`.

A row gives what Google asks of everyone, in US dollars and without tax: of a machine by region and
capacity, by the hour; of other items by their unit, in a region or ("") wherever they are. `date` is
the day of the price (YYYY-MM-DD), "" where the source names none. Committed use, sustained use and
contracts are not in it. A machine's price includes its GPUs, vCPUs and memory.
"""
