"""For all tests: property tests draw the same examples each time, unless told to explore.

`make test` must mean the same today and tomorrow; `make explore` draws anew, and many more. A failure found there prints
the example, which then becomes a test of its own.
"""

import os

from hypothesis import settings

# A deadline on one example would fail on a busy machine and say nothing about the code.
settings.register_profile("fixed", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None, max_examples=2000, print_blob=True)
settings.load_profile(os.environ.get("ROLLSET_PROPERTIES", "fixed"))
