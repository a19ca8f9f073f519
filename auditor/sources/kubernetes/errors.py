"""What can go wrong when a cluster is read, each with its own class; the text is one sentence for the report.

- SourceError
  - UnreachableError: nothing of this API server can be read now
    - LoginError: nobody can be authenticated there
  - BadRequestError, ForbiddenError, NotFoundError, ExpiredError: 400, 403, 404, 410
  - ThrottledError, ServerFailureError: 429 and 5xx, after the retries
  - NoAnswerError: too late
  - StrangeAnswerError: not what an API server answers
"""

from auditor.sources.gathered import SourceError


class UnreachableError(SourceError):
    """No connection: refused, no such name, no route, no trust."""


class LoginError(UnreachableError):
    """The credentials are refused, or there are none."""


class BadRequestError(SourceError):
    """400: an older server that does not know a field selector answers so."""


class ForbiddenError(SourceError):
    """403."""


class NotFoundError(SourceError):
    """404."""


class ExpiredError(SourceError):
    """410: the list has to be read again from its beginning."""


class ThrottledError(SourceError):
    """429, still after the retries."""


class ServerFailureError(SourceError):
    """5xx, still after the retries."""


class NoAnswerError(SourceError):
    """No answer in time."""


class StrangeAnswerError(SourceError):
    """Not JSON, cut off, or a status that an API server does not give."""
