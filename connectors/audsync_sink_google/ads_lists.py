"""Lists of the Google Ads API: found by id or name, or made."""

from collections.abc import Callable
from typing import Any, Final

from audsync.contracts import AudienceInfo, AudienceSpec
from audsync_sink_google.errors import GoogleRefusedError
from audsync_sink_google.lists import List, description, hidden_name, judge, several
from audsync_sink_google.meanings import Kind
from audsync_sink_google.options import GoogleOptions

# Names may hold quotes, so that they are compared here and never in a query.
_FIELDS: Final = (
    "user_list.id, user_list.name, user_list.type, user_list.access_reason, "
    "user_list.membership_status, user_list.membership_life_span, user_list.read_only, "
    "user_list.size_for_display, user_list.size_for_search, user_list.match_rate_percentage, "
    "user_list.crm_based_user_list.upload_key_type"
)


class Lists:
    """The lists of one account."""

    def __init__(
        self,
        client: Any,
        service: Any,
        options: GoogleOptions,
        call: Callable[..., Any],
        rows: Callable[[str], list[Any]],
    ) -> None:
        self._client = client
        self._service = service
        self._options = options
        self._call = call
        self._rows = rows

    def all(self) -> list[List]:
        """Every list that the account owns."""
        query = f"SELECT {_FIELDS} FROM user_list WHERE user_list.access_reason = 'OWNED'"
        return [self._list(row.user_list) for row in self._rows(query)]

    def open(self, spec: AudienceSpec, remote_id: str | None) -> AudienceInfo:
        """The list of that id, else of that name, else a new one."""
        found = self._found(spec.name, remote_id)
        if found is not None:
            return judge(found, self._options)
        try:
            made = self._made(spec)
        except GoogleRefusedError as error:
            if error.kind is not Kind.EXISTS:
                raise
            found = self._found(spec.name, None)
            return judge(found, self._options) if found else hidden_name(spec.name)
        return AudienceInfo(made, spec.name, created=True, size=0)

    def find(self, remote_id: str) -> AudienceInfo | None:
        """The list of that id; None where the account has none."""
        found = [one for one in self.all() if one.id == remote_id]
        return judge(found[0], self._options) if found else None

    def _found(self, name: str, remote_id: str | None) -> List | None:
        lists = self.all()
        known = [one for one in lists if one.id == remote_id]
        named = [one for one in lists if one.name == name]
        if not known and len(named) > 1:
            several(name, len(named))
        return next(iter([*known, *named]), None)

    def _made(self, spec: AudienceSpec) -> str:
        """Make a list; its number."""
        enums = self._client.enums
        request = self._client.get_type("MutateUserListsRequest")
        request.customer_id = self._options.account_id
        made = request.operations.add().create
        made.name = spec.name
        made.description = description(spec)
        made.membership_life_span = self._options.membership_days
        made.membership_status = enums.UserListMembershipStatusEnum.OPEN
        info = made.crm_based_user_list
        info.upload_key_type = enums.CustomerMatchUploadKeyTypeEnum.CONTACT_INFO
        info.data_source_type = enums.UserListCrmDataSourceTypeEnum.FIRST_PARTY
        answer = self._call(self._service.mutate_user_lists, request)
        return str(answer.results[0].resource_name).rpartition("/")[2]

    def _list(self, one: Any) -> List:
        enums = self._client.enums
        sizes = {
            "size_for_display": one.size_for_display,
            "size_for_search": one.size_for_search,
            "match_rate_percent": one.match_rate_percentage,
        }
        info = one.crm_based_user_list
        return List(
            str(one.id),
            one.name,
            takes_contacts=one.type_ == enums.UserListTypeEnum.CRM_BASED
            and info.upload_key_type == enums.CustomerMatchUploadKeyTypeEnum.CONTACT_INFO,
            is_open=one.membership_status != enums.UserListMembershipStatusEnum.CLOSED,
            is_read_only=bool(one.read_only),
            days=one.membership_life_span,
            size=one.size_for_display or None,
            status={name: value for name, value in sizes.items() if value},
        )
