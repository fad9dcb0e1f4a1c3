"""`python -m inference`, and the command `inference`."""

import gc
import sys

# The provider modules are some 10^6 objects that live until the end: looking through them for
# garbage while they load takes a quarter of a plan's time.
gc.disable()

from inference.progress import showing  # noqa: E402 after the line above

with showing("loading Pulumi"):
    from inference.cli import main

if __name__ == "__main__":
    sys.exit(main())
