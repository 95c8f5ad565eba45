"""User lists by way of Data Manager."""

import base64
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from audsync.testing.google.accounts import Account, AccountType
from audsync.testing.google.dm_destinations import account_of
from audsync.testing.google.lists import CONTACT, DAY, LONGEST_DAYS, UserList
from audsync.testing.google.platform import Platform
from audsync.testing.google.refusals import Refused, data_manager
from audsync.testing.google.sizes import LEAST_TO_SERVE, estimate

_NAME: Final = re.compile(r"accountTypes/(\w+)/accounts/(\d+)(?:/userLists/(\d+))?")
_CONDITION: Final = re.compile(
    r"""\s*([\w.]+)\s*(=|:|!=)\s*(?:"((?:[^"\\]|\\.)*)"|([\w]+))\s*(?:AND\b|$)""", re.IGNORECASE
)
_KINDS: Final = {1: CONTACT, 2: "mobile", 3: "user_id", 4: "pair", 5: "pseudonymous"}
_KEY_TYPES: Final = {kind: number for number, kind in _KINDS.items()}
_PAGE: Final = 50
_MOST_ON_PAGE: Final = 1000
_LONGEST_NAME: Final = 255
_OPEN: Final = 1
_CLOSED: Final = 2


class Lists:
    """`UserListService`."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform

    def create(self, request: Any, answer: Any, headers: Mapping[str, str]) -> Any:
        """`CreateUserList`."""
        account, _ = self._named(request.parent, headers)
        if not account.has_political_declaration:
            raise data_manager("EU_POLITICAL_ADVERTISING_DECLARATION_REQUIRED")
        wanted = request.user_list
        if not wanted.display_name:
            raise data_manager("REQUIRED_FIELD_MISSING", "user_list.display_name")
        self._check_name(account, wanted.display_name, None)
        info = wanted.ingested_user_list_info
        if not wanted.HasField("ingested_user_list_info") or not info.upload_key_types:
            path = "user_list.ingested_user_list_info.upload_key_types"
            raise data_manager("REQUIRED_FIELD_MISSING", path)
        if len(info.upload_key_types) > 1:
            raise data_manager("UNSUPPORTED_USER_LIST_UPLOAD_KEY_TYPES", "user_list")
        days = self._days(wanted)
        if request.validate_only:
            return answer
        made = self.platform.add_list(
            account.id,
            wanted.display_name,
            days=days,
            description=wanted.description,
            kind=_KINDS[info.upload_key_types[0]],
            integration_code=wanted.integration_code,
            is_open=wanted.membership_status != _CLOSED,
        )
        return self._fill(answer, made)

    def get(self, request: Any, answer: Any, headers: Mapping[str, str]) -> Any:
        """`GetUserList`."""
        return self._fill(answer, self._held(request.name, headers))

    def list(self, request: Any, answer: Any, headers: Mapping[str, str]) -> Any:
        """`ListUserLists`."""
        account, _ = self._named(request.parent, headers)
        if request.page_size < 0:
            raise data_manager("INVALID_ARGUMENT", "page_size")
        size = min(request.page_size or _PAGE, _MOST_ON_PAGE)
        conditions = _conditions(request.filter)
        found = [
            held
            for held in self.platform.lists_of(account.id)
            if all(_holds(held, *one) for one in conditions)
        ]
        start = _place(request.page_token)
        for held in found[start : start + size]:
            self._fill(answer.user_lists.add(), held)
        if start + size < len(found):
            answer.next_page_token = base64.b64encode(str(start + size).encode()).decode()
        return answer

    def update(self, request: Any, answer: Any, headers: Mapping[str, str]) -> Any:
        """`UpdateUserList`."""
        wanted = request.user_list
        held = self._held(wanted.name, headers)
        if not held.is_owned:
            raise data_manager("OWNERSHIP_REQUIRED_FOR_UPDATE", code="PERMISSION_DENIED")
        if held.is_read_only:
            raise data_manager("USER_LIST_MUTATION_NOT_SUPPORTED")
        paths = set(request.update_mask.paths)
        if not paths:
            raise data_manager("INVALID_UPDATE_MASK", "update_mask")
        if not paths <= _MUTABLE:
            raise data_manager("IMMUTABLE_FIELD_FOR_UPDATE", *sorted(paths - _MUTABLE))
        if "display_name" in paths:
            self._check_name(self.platform.accounts[held.account], wanted.display_name, held)
        values = {
            "display_name": ("name", wanted.display_name),
            "description": ("description", wanted.description),
            "integration_code": ("integration_code", wanted.integration_code),
            "membership_status": ("is_open", wanted.membership_status != _CLOSED),
        }
        if "membership_duration" in paths:
            days = self._days(wanted)
            values["membership_duration"] = ("days", LONGEST_DAYS if days is None else days)
        if not request.validate_only:
            for path in paths:
                setattr(held, *values[path])
        return self._fill(answer, held)

    def delete(self, request: Any, answer: Any, headers: Mapping[str, str]) -> Any:
        """`DeleteUserList`."""
        held = self._held(request.name, headers)
        if not request.validate_only:
            del self.platform.lists[held.id]
        return answer

    def _named(self, name: str, headers: Mapping[str, str]) -> tuple[Account, int | None]:
        parts = _NAME.fullmatch(name)
        if parts is None or parts[1] not in AccountType.__members__:
            raise data_manager("INVALID_RESOURCE_NAME", "name")
        login = None
        if header := headers.get("login-account"):
            way = _NAME.fullmatch(header)
            if way is None or way[1] not in AccountType.__members__:
                raise data_manager("INVALID_RESOURCE_NAME", "login-account")
            login = (int(AccountType[way[1]]), way[2])
        account = account_of(self.platform, AccountType[parts[1]], parts[2], login)
        return account, None if parts[3] is None else int(parts[3])

    def _held(self, name: str, headers: Mapping[str, str]) -> UserList:
        account, number = self._named(name, headers)
        held = None if number is None else self.platform.lists.get(number)
        if held is None or held.account != account.id:
            raise Refused("NOT_FOUND", reason="NOT_FOUND")
        return held

    def _check_name(self, account: Account, name: str, held: UserList | None) -> None:
        if not name.strip() or len(name) > _LONGEST_NAME:
            raise data_manager("INVALID_DISPLAY_NAME", "user_list.display_name")
        for other in self.platform.lists_of(account.id):
            if other.name == name and other is not held:
                raise data_manager("DISPLAY_NAME_ALREADY_USED", "user_list.display_name")

    def _days(self, wanted: Any) -> int | None:
        if not wanted.HasField("membership_duration"):
            return None
        duration = wanted.membership_duration
        if duration.nanos or duration.seconds % DAY or duration.seconds < 0:
            raise data_manager("INVALID_ARGUMENT", "user_list.membership_duration")
        days: int = duration.seconds // DAY
        if days > LONGEST_DAYS:
            raise data_manager("MEMBERSHIP_DURATION_TOO_LONG", "user_list.membership_duration")
        return days

    def _fill(self, message: Any, held: UserList) -> Any:
        account = self.platform.accounts[held.account]
        message.name = (
            f"accountTypes/{account.type.name}/accounts/{account.id}/userLists/{held.id}"
        )
        message.id = held.id
        message.read_only = held.is_read_only
        message.display_name = held.name
        message.description = held.description
        message.membership_status = _OPEN if held.is_open else _CLOSED
        if held.integration_code:
            message.integration_code = held.integration_code
        message.membership_duration.seconds = held.days * DAY
        message.access_reason = 1 if held.is_owned else 2
        message.account_access_status = 1
        if held.kind in _KEY_TYPES:
            message.ingested_user_list_info.upload_key_types.append(_KEY_TYPES[held.kind])
        percent = self.platform.quirks.match_percent
        size = estimate(held, self.platform.clock.now, percent)
        if held.kind == CONTACT:
            info = message.ingested_user_list_info.contact_id_info
            info.data_source_type = 1
            info.match_rate_percentage = 0 if size is None else percent
        if size is not None:
            for name in ("display_network", "search_network", "youtube", "gmail"):
                setattr(message.size_info, f"{name}_members_count", size)
        message.target_network_info.eligible_for_display = (size or 0) >= LEAST_TO_SERVE
        message.target_network_info.eligible_for_search = (size or 0) >= LEAST_TO_SERVE
        return message


_MUTABLE: Final = frozenset(
    {
        "display_name",
        "description",
        "membership_status",
        "membership_duration",
        "integration_code",
    }
)


def _place(token: str) -> int:
    try:
        return int(base64.b64decode(token)) if token else 0
    except ValueError:
        raise data_manager("INVALID_PAGE_TOKEN", "page_token") from None


def _conditions(text: str) -> list[tuple[str, str, str]]:
    found = []
    place = 0
    while place < len(text):
        condition = _CONDITION.match(text, place)
        if condition is None or condition[1] not in _FILTERS:
            raise data_manager("INVALID_FILTER", "filter")
        value = condition[4] or re.sub(r"\\(.)", r"\1", condition[3] or "")
        found.append((condition[1], condition[2], value))
        place = condition.end()
    return found


_KEY_TYPE_NAMES: Final = {CONTACT: "CONTACT_ID", "mobile": "MOBILE_ID", "user_id": "USER_ID"}
_FILTERS: Final[Mapping[str, Callable[[UserList], str]]] = {
    "display_name": lambda held: held.name,
    "id": lambda held: str(held.id),
    "membership_status": lambda held: "OPEN" if held.is_open else "CLOSED",
    "access_reason": lambda held: "OWNED" if held.is_owned else "SHARED",
    "integration_code": lambda held: held.integration_code,
    "ingested_user_list_info.upload_key_types": lambda held: _KEY_TYPE_NAMES.get(held.kind, ""),
}


def _holds(held: UserList, field: str, operator: str, wanted: str) -> bool:
    value = _FILTERS[field](held)
    if operator == ":":
        return wanted.lower() in value.lower()
    return (value == wanted) is (operator == "=")
