"""Log lines kept back while a command of ours says the same in its own words. Nothing else."""

import logging
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def without_log_lines() -> Generator[None]:
    """Nothing below critical is logged within; afterwards everything is as before."""
    logger = logging.getLogger("kentongan")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(before)
