"""Bits of a weight and of a cached value, as repository names and vLLM's arguments give them.

Formats of 4 bits keep a scale for each group of weights: 4.25 bits in all. Embeddings and norms
that a format leaves in 16 bit are not counted, so that large vocabularies come out a little small.
"""

import re
from typing import Final

from inference.catalog.engines_precision import BITS_BY_METHOD, BITS_BY_NAME
from inference.config.engine import Engine
from inference.config.models import Model
