"""Lists of the Data Manager API: found by id or name, or made."""

from collections.abc import Callable
from typing import Any, Final

from google.ads import datamanager_v1 as api
from google.protobuf.duration_pb2 import Duration

from audsync.contracts import AudienceInfo, AudienceSpec
from audsync_sink_google.errors import GoogleRefusedError
from audsync_sink_google.lists import List, description, hidden_name, judge, several
from audsync_sink_google.meanings import Kind
from audsync_sink_google.options import GoogleOptions

_DAY_SECONDS: Final = 86_400
_PAGE: Final = 1000
_Info = api.IngestedUserListInfo
_CONTACT: Final = _Info.UploadKeyType.CONTACT_ID
_NOT_FOUND: Final = frozenset({Kind.MISSING, Kind.PERSON})


class Lists:
    """The lists of one account."""

    def __init__(
        self,
        client: Any,
        options: GoogleOptions,
        call: Callable[..., Any],
        account: str,
        login: str,
    ) -> None:
        self._client = client
        self._options = options
        self._ask = call
        self._parent = f"accountTypes/{account}/accounts/{options.account_id}"
        # Members are sent with the accounts in the request; lists with them in headers.
        self._headers = (
            [("login-account", f"accountTypes/{login}/accounts/{options.login_id}")]
            if options.login_id is not None
            else []
        )

    def all(self) -> list[List]:
        """Every list of the account."""
        request = api.ListUserListsRequest(parent=self._parent, page_size=_PAGE)
        found: list[List] = []
        while True:
            answer = self._call(self._client.list_user_lists, request)
            page = next(iter(answer.pages))
            found += [_list(one) for one in page.user_lists]
            if not page.next_page_token:
                return found
            request.page_token = page.next_page_token

    def open(self, spec: AudienceSpec, remote_id: str | None) -> AudienceInfo:
        """The list of that id, else of that name, else a new one."""
        found = self._by_id(remote_id) or self._by_name(spec.name)
        if found is not None:
            return judge(found, self._options)
        made = api.UserList(
            display_name=spec.name,
            description=description(spec),
            membership_duration=Duration(seconds=_DAY_SECONDS * self._options.membership_days),
            ingested_user_list_info=_Info(
                upload_key_types=[_CONTACT],
                contact_id_info=api.ContactIdInfo(
                    data_source_type=api.DataSourceType.DATA_SOURCE_TYPE_FIRST_PARTY
                ),
            ),
        )
        try:
            answer = self._call(
                self._client.create_user_list,
                api.CreateUserListRequest(parent=self._parent, user_list=made),
            )
        except GoogleRefusedError as error:
            if error.kind is not Kind.EXISTS:
                raise
            found = self._by_name(spec.name)
            return judge(found, self._options) if found else hidden_name(spec.name)
        return AudienceInfo(str(answer.id), spec.name, created=True, size=0)

    def find(self, remote_id: str) -> AudienceInfo | None:
        """The list of that id; None where there is none."""
        found = self._by_id(remote_id)
        # An account that is out of reach is told as one without the list; all of them are not.
        found = found or next((one for one in self.all() if one.id == remote_id), None)
        return judge(found, self._options) if found else None

    def close(self) -> None:
        """Let go of the channel."""
        self._client.transport.close()

    def _by_id(self, remote_id: str | None) -> List | None:
        if remote_id is None:
            return None
        request = api.GetUserListRequest(name=f"{self._parent}/userLists/{remote_id}")
        try:
            return _list(self._call(self._client.get_user_list, request))
        except GoogleRefusedError as error:
            # A list that is gone is made anew. Of an account that is out of reach the list of
            # lists says the same, and that is told.
            if error.kind in _NOT_FOUND:
                return None
            raise

    def _by_name(self, name: str) -> List | None:
        found = [one for one in self.all() if one.name == name]
        return several(name, len(found)) if len(found) > 1 else next(iter(found), None)

    def _call(self, method: Callable[..., Any], request: Any) -> Any:
        return self._ask(lambda **kw: method(request=request, metadata=self._headers, **kw))


def _list(one: Any) -> List:
    info = one.ingested_user_list_info
    rate = int(info.contact_id_info.match_rate_percentage)
    sizes = {
        "size_for_display": int(one.size_info.display_network_members_count),
        "size_for_search": int(one.size_info.search_network_members_count),
        "match_rate_percent": rate,
    }
    duration = one.membership_duration
    return List(
        str(one.id),
        one.display_name,
        takes_contacts=_CONTACT in info.upload_key_types,
        is_owned=one.access_reason
        in (
            api.UserList.AccessReason.OWNED,
            api.UserList.AccessReason.ACCESS_REASON_UNSPECIFIED,
        ),
        is_open=one.membership_status != api.UserList.MembershipStatus.CLOSED,
        is_read_only=bool(one.read_only),
        days=int(duration.total_seconds()) // _DAY_SECONDS if duration else None,
        size=sizes["size_for_display"] or None,
        status={name: value for name, value in sizes.items() if value},
    )
