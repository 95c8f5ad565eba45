"""The errors of the Graph API that the fake answers with: code, subcode, text."""

from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class GraphError:
    """An error as its body tells it; decide by code and subcode, as the texts change.

    `status` is the HTTP status that comes with it, which nobody documents.
    """

    code: int
    subcode: int | None = None
    message: str = "Invalid request."
    status: int = 400
    is_transient: bool = False
    user_title: str | None = None
    user_msg: str | None = None
    data: object = None

    def body(self, trace_id: str) -> dict[str, Any]:
        """The JSON body."""
        told = {
            "message": f"(#{self.code}) {self.message}",
            "type": "OAuthException",
            "code": self.code,
            "error_subcode": self.subcode,
            "is_transient": self.is_transient,
            "error_user_title": self.user_title,
            "error_user_msg": self.user_msg,
            "error_data": self.data,
            "fbtrace_id": trace_id,
        }
        return {"error": {name: value for name, value in told.items() if value is not None}}


class Refused(Exception):  # noqa: N818 -- it carries the error
    """A call that is answered with an error."""

    def __init__(self, error: GraphError) -> None:
        super().__init__(error.code, error.subcode)
        self.error = error


def wrong(message: str) -> Refused:
    """A parameter that cannot be right."""
    return Refused(GraphError(100, None, message, user_msg=message))


UNKNOWN_PATH: Final = GraphError(2500, None, "Unknown path components.")
RETIRED_VERSION: Final = GraphError(
    2635, None, "You are calling a deprecated version of the Ads API."
)
NO_TOKEN: Final = GraphError(
    104, None, "An access token is required to request this resource.", 401
)
WRONG_PROOF: Final = GraphError(104, None, "Invalid appsecret_proof.")
NOT_THERE: Final = GraphError(
    100, 33, "The object does not exist, cannot be loaded, or does not support the operation."
)
NO_PERMISSION: Final = GraphError(200, None, "Permissions error.", 403)
TERMS: Final = GraphError(
    200,
    1870034,
    "Custom Audience Terms Not Accepted",
    user_title="Terms not accepted",
    user_msg="The Custom Audience terms were not accepted for this ad account.",
)
NO_BUSINESS: Final = GraphError(
    200, 1870050, "The ad account belongs to no business portfolio.", 403
)
MAY_NOT_CREATE: Final = GraphError(
    2654, 1713092, "No permission to create a custom audience in this ad account.", 403
)
TOO_MANY_AUDIENCES: Final = GraphError(
    2654, None, "The ad account has as many audiences as it may have."
)
TOO_MUCH_DATA: Final = GraphError(
    1, None, "Please reduce the amount of data you're asking for, then retry.", 500
)
NOT_READY: Final = GraphError(803, None, "Some of the aliases you requested do not exist.", 404)
FLAGGED: Final = GraphError(
    100, 1713230, "The audience is flagged; its members stay as they are."
)
FLAGGED_UPDATE: Final = GraphError(100, 1713228, "The audience is flagged.")
FLAGGED_LOOKALIKE: Final = GraphError(
    100, 1713231, "The lookalike comes of a flagged audience."
)
FLAGGED_SEED: Final = GraphError(100, 1713232, "The seed audience is flagged.")
HAS_LOOKALIKES: Final = GraphError(2656, None, "The audience has lookalike audiences.")
TOO_SMALL: Final = GraphError(200, 1870047, "The audience would become too small.", 403)
OTHER_KEYS: Final = GraphError(
    2650, None, "The data source of the audience does not support this schema."
)
OTHER_SCHEMA: Final = GraphError(2650, None, "The schema differs from that of the session.")
VALUE_BASED: Final = GraphError(
    2650, None, "Value-based and other audiences do not replace each other."
)
REPLACE_NOT_NORMAL: Final = GraphError(2650, None, "The audience is not in a normal state.")
HUGE: Final = GraphError(2650, 1870144, "The audience is too large to be replaced.")
UPDATE_RUNS: Final = GraphError(2650, 1870145, "Another update of the audience is in process.")
NO_FIRST_BATCH: Final = GraphError(2650, 1870147, "The session has no first batch.")
PARTLY_REPLACED: Final = GraphError(2650, 1870148, "The audience was only partly updated.")
WINDOW_ENDED: Final = GraphError(2650, 1870158, "The session has ended after 90 minutes.")
SESSION_CLOSED: Final = GraphError(2650, 1870159, "The session had its last batch.")
THROTTLED: Final = GraphError(
    80003, 2446079, "There have been too many calls from this ad account.", is_transient=True
)
DEAD_TOKEN_SUBCODES: Final = (458, 459, 460, 463, 464, 467, 492)


def dead_token(subcode: int = 463) -> GraphError:
    """A token that is no longer valid, for one of the reasons in `DEAD_TOKEN_SUBCODES`."""
    return GraphError(190, subcode, "Error validating access token.", 401)
