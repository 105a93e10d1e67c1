"""The one error of the policy language: a document that is none, in the words of the AWS service that refuses it."""

from __future__ import annotations

from rolecall.errors import RolecallError


class MalformedPolicy(RolecallError):
    """A policy document that AWS refuses.

    `code`, `message` and `status` are what the service's API answers; `where` is the place in the document, such as
    `Statement[1].Action`.
    """

    def __init__(
        self, message: str, *, code: str = "MalformedPolicyDocument", status: int = 400, where: str = ""
    ) -> None:
        super().__init__(message, detail=f"in {where}" if where else "")
        self.message = message
        self.code = code
        self.status = status
        self.where = where
