"""Orders as the API writes them."""

from audsync.testing.idosell.order_money import payments, prepaids
from audsync.testing.idosell.panel import Panel
from audsync.testing.idosell.records import Address, Line, Order
from audsync.testing.idosell.shapes import Json, Shapes

STATUS_IDS = {
    "new": 1,
    "payment_waiting": 2,
    "delivery_waiting": 3,
    "on_order": 4,
    "packed": 5,
    "ready": 6,
    "suspended": 7,
    "canceled": 8,
    "false": 9,
    "lost": 10,
    "missing": 11,
    "finished": 12,
    "finished_ext": 13,
    "joined": 14,
    "returned": 15,
    "complainted": 16,
    "packed_fulfillment": 17,
    "packed_ready": 18,
    "wait_for_dispatch": 19,
    "unconfirmed": 20,
}
_NOBODY = {
    "clientId": 0,
    "clientLogin": "",
    "clientEmail": "",
    "clientPhone1": "",
    "clientPhone2": "",
    "clientCodeExternal": "",
}


def order_record(panel: Panel, order: Order, *, by_id: bool = False) -> Json:
    """An order as a search gives it; asked for by its id it says more."""
    shapes, clock = Shapes(panel.quirks), panel.clock
    turn = order.serial
    record: Json = {
        "orderId": f"{order.login}-{order.number}",
        "orderSerialNumber": order.serial,
        "orderType": order.terms.kind,
        "orderBridgeNote": "",
        "errors": [],
        "clientResult": _client(shapes, order),
        "orderDetails": {
            "orderStatus": order.status,
            "orderStatusId": STATUS_IDS.get(order.status, 99),
            "apiFlag": "none",
            "orderConfirmation": "email",
            "orderAddDate": clock.wall(order.added_at),
            "orderChangeDate": clock.wall(order.changed_at),
            "orderDispatchDate": (
                shapes.no_dispatch(turn)
                if order.dispatched_at is None
                else clock.wall(order.dispatched_at)
            ),
            "receivedDate": "",
            "purchaseDate": clock.day(order.added_at),
            "orderPrepareTime": None if order.dispatched_at is None else 74_333,
            "dropshippingOrderStatus": "none",
            "clientNoteToOrder": "",
            "clientNoteToCourier": "",
            "orderNote": "",
            "clientRequestInvoice": shapes.invoice(order.terms.invoice, turn),
            "clientDeliveryAddressId": turn + 100_000,
            "productRemovedInStock": "y",
            "stockId": 1,
            "subscriptionId": 0,
            "orderOperatorLogin": "magda",
            "orderPackingPersonLogin": None,
            "transactionType": "national",
            "splitPayment": False,
            **_discount(order),
            "payments": payments(panel, shapes, order),
            "prepaids": prepaids(panel, shapes, order),
            "orderSourceResults": _source(panel, order),
            "auctionInfo": shapes.keyed({}),
            "dispatch": _DISPATCH,
            **shapes.lines(
                [_line(shapes, order, line, place) for place, line in _placed(order)]
            ),
        },
    }
    if by_id:
        details = record["orderDetails"]
        details["orderStatusId"] = str(details["orderStatusId"])
        details["orderStatusChangeDate"] = clock.wall(order.status_at)
        details |= {"allProductPacked": "y", "plannedDateOfPacking": "", "verified": "n"}
        record["clientResult"]["clientOnBlackList"] = False
    return shapes.with_extras(record, turn)


_DISPATCH = {
    "courierId": 101,
    "courierName": "Kurier X",
    "courierWebserviceOnly": False,
    "deliveryPackageId": "",
    "deliveryDate": "",
    "deliveryDateAdditional": "",
    "estimatedDeliveryDate": "",
    "deliveryWeight": 1300,
}


def _placed(order: Order) -> list[tuple[int, Line]]:
    return list(enumerate(order.lines, start=1))


def _client(shapes: Shapes, order: Order) -> Json:
    billing, delivery, turn = order.billing, order.delivery, order.serial
    return {
        "clientAccount": {
            "clientId": order.client_id,
            "clientLogin": order.login,
            "clientEmail": order.email,
            "clientPhone1": order.phone,
            "clientPhone2": "",
            "clientCodeExternal": "",
        },
        "endClientAccount": _NOBODY,
        "clientBillingAddress": {
            **address_record(shapes, billing, turn),
            "clientCountryName": shapes.country_name(billing.country),
            "clientProvinceId": "",
            "clientProvince": "",
            "clientNipUeVerified": None,
        },
        "clientDeliveryAddress": {
            f"clientDeliveryAddress{name}": value
            for name, value in (
                ("Id", str(turn + 100_000)),
                ("FirstName", delivery.first_name),
                ("LastName", delivery.last_name),
                ("Firm", delivery.firm),
                ("Street", delivery.street),
                ("ZipCode", delivery.zip_code),
                ("City", delivery.city),
                ("Country", shapes.country_name(delivery.country)),
                ("CountryId", shapes.country(delivery.country, turn)),
                ("Phone1", delivery.phone),
                ("Phone2", ""),
                ("ProvinceId", ""),
                ("Province", ""),
                ("Type", "pickupPoint" if _is_fetched(order) else "client"),
                ("PickupPointInternalId", 0),
            )
        },
        **_optional_addresses(order),
    }


def _is_fetched(order: Order) -> bool:
    return order.serial % 6 == 0


def _optional_addresses(order: Order) -> Json:
    """Blocks that only some orders have; the id of a pickup point is a number or a text."""
    found: Json = {}
    if _is_fetched(order):
        point: object = order.serial if order.serial % 4 else f"WAW{order.serial}"
        found["clientPickupPointAddress"] = {"pickupPointId": point, "name": "Punkt odbioru"}
    if order.billing.firm:
        found["payerAddress"] = {
            "payerAddressId": order.serial + 200_000,
            "payerAddressFirm": order.billing.firm,
            "payerAddressNip": order.billing.tax_number,
        }
    return found


def address_record(shapes: Shapes, address: Address, turn: int) -> Json:
    """A billing address, as orders and accounts have it."""
    return {
        "clientFirstName": address.first_name,
        "clientLastName": address.last_name,
        "clientFirm": address.firm,
        "clientNip": address.tax_number,
        "clientStreet": address.street,
        "clientZipCode": address.zip_code,
        "clientCity": address.city,
        "clientCountryId": shapes.country(address.country, turn),
        "clientPhone1": address.phone,
        "clientPhone2": "",
    }


def _discount(order: Order) -> Json:
    if order.terms.discount_code is None:
        return {}
    code = {"campaignId": "14", "discountCodeName": order.terms.discount_code}
    return {"discountCode": {**code, "discountCodeValue": "10"}}


def _source(panel: Panel, order: Order) -> Json:
    origin = order.terms.origin
    missing = None if panel.quirks.source_name_missing == "null" else ""
    return {
        "orderSourceType": origin.kind,
        "shopId": order.shop_id,
        "auctionsServiceName": origin.marketplace or missing,
        "orderSourceDetails": {
            "orderSourceType": origin.kind,
            "orderSourceName": origin.name or missing,
            "orderSourceTypeId": 3,
            "orderSourceId": 1,
            "orderExternalId": origin.external_id,
            "fresh": "n",
            "fulfillment": "n",
        },
        "preorderSourcesDetails": [],
    }


def _line(shapes: Shapes, order: Order, line: Line, place: int) -> Json:
    gross, net = line.gross, line.net
    base_gross, base_net = round(gross * order.rate), round(net * order.rate)
    return {
        "productId": line.product_id,
        "productName": line.name,
        "productCode": f"C-{line.product_id}",
        "sizeId": line.size,
        "sizePanelName": line.size,
        "productSizeCodeExternal": "",
        "stockId": 1,
        "productQuantity": shapes.quantity(line.quantity),
        "productWeight": 600,
        "productVat": line.vat,
        "productPanelPrice": shapes.amount(base_gross),
        "productPanelPriceNet": shapes.amount(base_net),
        "productOrderPrice": shapes.amount(gross),
        "productOrderPriceNet": shapes.amount(net),
        "productOrderPriceBaseCurrency": shapes.amount(base_gross),
        "productOrderPriceNetBaseCurrency": shapes.amount(base_net),
        "remarksToProduct": "",
        "label": None,
        "orderSalesMode": line.mode,
        "bundleId": 0,
        "productSerialNumbers": None,
        "productOrderAdditional": "",
        "basketPosition": place,
        "productPriceLog": "",
    }
