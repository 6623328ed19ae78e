"""Answers that their parser does not understand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class AnswerError(ValueError):
    """An answer that its parser does not understand."""


@contextmanager
def understood(source: str, text: str) -> Iterator[None]:
    """Turns any error of a parser into an `AnswerError` that names the source."""
    try:
        yield
    except AnswerError:
        raise
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        shown = repr(text[:80])
        message = f"{source} answered something that is not understood: {shown}"
        raise AnswerError(message) from None
