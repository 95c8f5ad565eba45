"""The codes of mistakes in segment files. A code never changes its meaning."""

from enum import StrEnum


class Mistake(StrEnum):
    """Codes of problems in segment files.

    S101  unknown field
    S102  the field does not take this operator
    S103  the value is of another type than the field
    S104  a list where one value is expected
    S105  a key of the whole segment stands inside a block
    S106  not a length of time, or not a period
    S107  not one of the field's values
    S108  in_segment names a segment that is not there
    S109  segments refer to each other in a circle
    S110  not a valid id
    S111  the file was made for a newer audsync
    S112  unknown key of a segment
    S113  an empty text or list
    S114  the bounds of between are not two values, lowest first
    S115  two comparisons of one field inside any or none
    S116  a block without lines, or a segment without blocks
    S117  a block, field or key of the wrong shape
    S118  a count of nothing inside bought or visited
    S119  a number out of range, or with too many decimals
    S120  more than one window in a block
    S130  the shop's source does not provide what the field needs
    S131  the shop has no such parameter, or one of another type
    S132  the shop has no such sink
    S133  there is no such shop
    S134  the shop does not keep the value that the line asks for
    S135  the shop has too few orders for what the line asks for to be predicted
    S136  the shop has no such list of people
    S137  no postcode that is known lies in a place of that name
    S139  the shop's map of RFM scores has no segment of that name
    S140  a sink advises against the name or the description
    S150  the shop does not answer queries in SQL
    S151  a query in SQL is not one SELECT of client_id from what it may ask
    S152  a query in SQL failed while it was answered
    """

    UNKNOWN_FIELD = "S101"
    OPERATOR = "S102"
    VALUE_TYPE = "S103"
    LIST = "S104"
    MISPLACED_KEY = "S105"
    TIME = "S106"
    UNKNOWN_VALUE = "S107"
    UNKNOWN_SEGMENT = "S108"
    CIRCLE = "S109"
    ID = "S110"
    NEWER = "S111"
    UNKNOWN_KEY = "S112"
    EMPTY = "S113"
    BOUNDS = "S114"
    AMBIGUOUS = "S115"
    NO_LINES = "S116"
    SHAPE = "S117"
    NOTHING_BOUGHT = "S118"
    RANGE = "S119"
    WINDOWS = "S120"
    NOT_PROVIDED = "S130"
    PARAMETER = "S131"
    UNKNOWN_SINK = "S132"
    UNKNOWN_SHOP = "S133"
    NOT_KEPT = "S134"
    NOT_PREDICTED = "S135"
    UNKNOWN_LIST = "S136"
    UNKNOWN_PLACE = "S137"
    NOT_MAPPED = "S139"
    ADVICE = "S140"
    NO_SQL = "S150"
    SQL = "S151"
    SQL_FAILED = "S152"
