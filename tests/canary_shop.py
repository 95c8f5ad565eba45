"""A shop in whose every field stands a value that must be seen nowhere else."""

from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

from small_shop import HEAD, feed_texts, write_shop

# By field; invented, and such that no other text of a run contains one.
CANARIES = {
    "email": "canary.mail@example.com",
    "phone": "+420 601 987 321",
    "first_name": "Kanárek",
    "last_name": "Canaryová",
    "city": "Canarytown",
    "zip": "98765-canary",
    "customer_id": "canaryid",
    "price_category": "canaryprices",
    "customer_type": "canarykind",
    "tags": "canarytag",
    "param": "canaryparam",
    "order_id": "canaryorder",
    "offer_code": "canaryoffer",
    "store": "canarystore",
    "status": "canarystatus",
    "product_id": "canaryproduct",
    "title": "Canarytea",
    "brand": "Canarybrand",
    "category": "Canarycategory",
    "return_id": "canaryreturn",
    "file": "canary.file@example.com",
    "bad_email": "canary(at)example.com",
    "bad_date": "canary-birthday",
    "bad_price": "canary-price",
    "bad_time": "canary-time",
    "bad_country": "canaryland",
}
# What names a person; these leave the warehouse in no form, the others in none but as ids.
DIRECT = ("email", "phone", "first_name", "last_name", "city", "tags", "param", "file")

CONFIG = (
    HEAD
    + """
[shops.kolo]
schedule = "30 3 * * *"

[shops.kolo.quarantine]
warn_percent = 60
stop_percent = 60

[shops.kolo.source]
type = "csv"

[shops.kolo.source.order_rows]
files = "orders-*.csv"

[shops.kolo.source.order_rows.columns]
order_id = "order"
customer_id = "customer"
email = "email"
phone = "phone"
first_name = "first"
last_name = "last"
city = "city"
zip = "zip"
created_at = "date"
status = { column = "status", map = { canarystatus = "finished", done = "finished" } }
currency = "currency"
offer_code = "offer"
store = "store"
product_id = "product"
quantity = "quantity"
unit_gross = "price"

[shops.kolo.source.customers]
files = "customers.csv"

[shops.kolo.source.customers.columns]
customer_id = "id"
email = "email"
phone = "phone"
first_name = "first_name"
last_name = "last_name"
city = "city"
zip = "zip"
country = "country"
born_on = "born"
price_category = "prices"
customer_type = "kind"
tags = "tags"
ad_consent = "ads"

[shops.kolo.source.customers.params]
wish = "wish"

[shops.kolo.source.products]
files = "products.csv"

[shops.kolo.source.products.columns]
product_id = "id"
title = "title"
brand = "brand"
category = "category"

[shops.kolo.source.returns]
files = "returns.csv"

[shops.kolo.source.returns.columns]
return_id = "id"
order_id = "order"
product_id = "product"
quantity = "quantity"
returned_at = "date"

[shops.kolo.source.visits]
files = "visits.csv"

[shops.kolo.source.visits.columns]
visited_at = "date"
email = "email"
product_id = "product"

[shops.kolo.source.messages]
files = "messages.csv"

[shops.kolo.source.messages.columns]
happened_at = "date"
email = "email"
phone = "phone"
channel = { value = "email" }
event = "event"

[shops.kolo.source.consents]
files = "consents.csv"

[shops.kolo.source.consents.columns]
decided_at = "date"
email = "email"
phone = "phone"
purpose = "purpose"
answer = "answer"

[shops.kolo.lists.staff]
file = "staff.csv"
"""
)
CUSTOMERS = (
    "id,email,phone,first_name,last_name,city,zip,country,born,prices,kind,tags,ads,wish"
)
ORDERS = (
    "order,customer,email,phone,first,last,city,zip,date,status,currency,offer,store,"
    "product,quantity,price"
)
SEGMENT = """\
name = "Buyers"
sinks = ["files"]

[all]
order_count.at_least = 1

[none]
in_list = "staff"
"""


def make_canary_shop(folder: Path) -> Path:
    """Five hundred people, of whom a few break the mapping in every way there is."""
    one = CANARIES
    people, orders = [CUSTOMERS], [ORDERS]
    for number in range(500):
        bad = number in {7, 8}
        who = "" if number == 9 else f"{one['customer_id']}{number}"
        name = (
            f"{one['phone']},{one['first_name']},{one['last_name']},{one['city']},{one['zip']}"
        )
        email = one["bad_email"] if bad else f"{number}.{one['email']}"
        country = one["bad_country"] if bad else "CZ"
        born = one["bad_date"] if bad else "1980-05-17"
        groups = f"{one['price_category']},{one['customer_type']},{one['tags']}"
        people.append(f"{who},{email},{name},{country},{born},{groups},yes,{one['param']}")
        date = one["bad_time"] if number == 3 else "2026-10-05 10:00:00"
        status = "canary-unknown-status" if number == 4 else one["status"]
        price = one["bad_price"] if number == 5 else "99.90"
        orders.append(
            f"{one['order_id']}{number},{who},{email},{name},{date},{status},CZK,"
            f"{one['offer_code']},{one['store']},{one['product_id']},1,{price}"
        )
    people += [people[20].replace("yes", "no"), people[21]]  # an id twice, and a whole row
    when = ("2026-10-09 10:00:00", one["bad_time"])
    visits, messages = ["date,email,product"], ["date,email,phone,event"]
    consents = ["date,email,phone,purpose,answer"]
    for number in range(40):
        email, date = f"{number}.{one['email']}", when[number == 7]
        visits.append(f"{date},{email},{one['product_id']}")
        messages.append(
            f"{date},{email},{one['phone']},{'opened' if number else 'canaryevent'}"
        )
        odd = f",{one['store']},{one['param']}"
        said = odd if number == 7 else f"{one['phone']},newsletter,no"
        consents.append(f"{date},{email},{said}")
    feeds = {
        "customers": people,
        f"orders-{one['file']}": orders,
        "products": [
            "id,title,brand,category",
            f"{one['product_id']},{one['title']},{one['brand']},{one['category']}",
            f",{one['title']},,",
        ],
        "returns": [
            "id,order,product,quantity,date",
            f"{one['return_id']},{one['order_id']}1,{one['product_id']},1,2026-10-09 10:00:00",
        ],
        "visits": visits,
        "messages": messages,
        "consents": consents,
        "staff": [f"490.{one['email']}", f"stranger.{one['email']}", one["bad_email"]],
    }
    return write_shop(folder, CONFIG, segments={"buyers": SEGMENT}, feeds=feed_texts(feeds))


def spellings(text: str) -> set[bytes]:
    """A text as it might be seen: in other cases, without spaces, encoded."""
    forms = {text, text.lower(), text.upper(), text.replace(" ", "")}
    found = {form.encode() for form in forms}
    found |= {quote(form).encode() for form in forms}
    # Wherever it begins in the bytes that are encoded, some part of it looks like one of these.
    for pad in range(3):
        encoded = b64encode(b"\0" * pad + text.encode())
        found.add(encoded[4 if pad else 0 : -4])
    return found


def digests(count: int) -> set[bytes]:
    """The digests by which the first people of the shop are known at a platform."""
    values = [
        CANARIES["phone"].replace(" ", ""),
        "kanárek",
        "kanarek",
        "canaryová",
        "canaryova",
    ]
    values += [f"{number}.{CANARIES['email']}" for number in range(count)]
    return {sha256(value.encode()).hexdigest().encode() for value in values}
