"""One HTML page about a stack, for a review: needs no network, and changes nothing."""
