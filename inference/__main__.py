"""`python -m inference`, and the command `inference`."""

import gc
import sys

# The provider modules are some 10^6 objects that live until the end: looking through them for
# garbage while they load takes a quarter of a plan's time.
gc.disable()

from inference.cli import main  # noqa: E402 after the line above, which is for what it imports

if __name__ == "__main__":
    sys.exit(main())
