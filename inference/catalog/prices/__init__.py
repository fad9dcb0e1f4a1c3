"""List prices of Google Cloud: `table.json`, which `inference prices --refresh` brings up to date.

A row gives what Google asks of everyone, in US dollars and without tax: of a machine by region and
capacity, for an hour; of other items for their unit, in a region, or everywhere where that is "".
`date` is the day of the price (YYYY-MM-DD), "" where the source names none. Committed use,
sustained use and contracts are not in it. A machine's price has its GPUs, vCPUs and memory in it.
"""
