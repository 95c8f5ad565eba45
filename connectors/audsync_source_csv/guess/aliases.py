"""Names that columns go by in exports: English, Czech, Polish, German, and the Samba feeds.

Names are compared folded and without anything but letters and digits. Where a header could mean
two columns of one kind of feed, the column that stands first takes it.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from audsync.identity.text import fold

_OTHER: Final = re.compile(r"[^a-z0-9]+")

_PERSON: Final = {
    "customer_id": "customerid idcustomer clientid userid customerno customernumber customer "
    "idzakaznika cislozakaznika idklienta numerklienta kundennummer kundennr kundenid",
    "email": "email emailaddress customeremail mail adresemail emailzakaznika emailadresse "
    "emailbilling billingemail emailklienta",
    "phone": "phone phonenumber telephone mobile telefon telefonnummer numertelefonu mobil "
    "phonebilling billingphone phonemobile",
    "first_name": "firstname firstnamebilling givenname jmeno krestnijmeno imie vorname",
    "last_name": "lastname lastnamebilling surname familyname prijmeni nazwisko nachname",
    "zip": "zip zipcode postcode postalcode psc kodpocztowy plz postleitzahl postcodebilling",
    "city": "city citybilling town mesto miasto ort stadt",
    "country": "country countrycode countrycodebilling zeme stat kraj land",
}
_ORDER: Final = {
    "order_id": "orderid idorder ordernumber orderno ordernr order invoiceno invoiceid invoice "
    "cisloobjednavky idobjednavky objednavka numerzamowienia idzamowienia zamowienie "
    "bestellnummer bestellnr bestellid auftragsnummer rechnungsnummer",
    "created_at": "createdat createdon created orderdate orderedat date invoicedate "
    "purchasedate datum datumobjednavky datumvytvoreni vytvoreno datazamowienia "
    "datazlozenia datazlozeniazamowienia datazakupu data dateadd bestelldatum",
    "finished_at": "finishedat finishedon completedat datumvyrizeni datumdokonceni "
    "datarealizacji",
    "status": "status orderstatus stav stavobjednavky statuszamowienia bestellstatus "
    "currentstate",
    "currency": "currency currencycode mena waluta wahrung waehrung",
    "total_gross": "totalgross ordertotal grandtotal total totalprice celkemsdph celkem "
    "cenacelkem wartosc suma kwota gesamtbetrag gesamt summe "
    "ordertotalamount totalpaidtaxincl totalpaid wartosczamowienia",
    "total_net": "totalnet celkembezdph",
    "shipping_gross": "shippinggross shipping shippingcost doprava kosztdostawy versandkosten",
    "offer_code": "offercode couponcode discountcode coupon kupon slevovykod gutschein",
    "store": "store channel eshop prodejna sklep",
    **_PERSON,
}
_LINE: Final = {
    "product_id": "productid itemid stockcode variantid idproduktu produktid kodproduktu "
    "kodzbozi artikelnummer artikelnr productcode productreference "
    "product sku",
    "sku": "sku",
    "name": "productname itemname description nazevproduktu nazev nazwaproduktu nazwa "
    "artikelname artikel bezeichnung",
    "quantity": "quantity productquantity qty amount units mnozstvi pocetkusu pocet ilosc "
    "menge anzahl",
    "unit_net": "unitnet unitpricetaxexcl unitpricenet netprice cenabezdph cenanetto "
    "nettopreis",
    "unit_gross": "unitgross unitpricetaxincl unitprice price itemprice itemcost cenasdph "
    "cenabrutto cena jednotkovacena cenajednostkowa einzelpreis bruttopreis preis",
    "gross": "linetotal linegross",
    "net": "linenet",
    "vat_percent": "vatpercent vatrate vat taxrate sazbadph dph stawkavat mwst",
}
_RETURN: Final = {
    "return_id": "returnid creditnote creditnoteid rmaid cislodobropisu idzwrotu retourennr",
    "returned_at": "returnedat returnedon returndate datumvraceni datazwrotu retourendatum",
}

KINDS: Final[Mapping[str, Mapping[str, str]]] = {
    "returns": _RETURN | {name: _LINE[name] for name in ("product_id", "quantity")}
    | {name: _ORDER[name] for name in ("order_id", "customer_id")},
    "order_rows": _ORDER | _LINE,
    "order_lines": {"order_id": _ORDER["order_id"], **_LINE},
    "orders": _ORDER,
    "consents": {
        **{name: _PERSON[name] for name in ("customer_id", "email", "phone")},
        "purpose": "purpose consentpurpose consenttype channel ucel kanal cel zweck",
        "answer": "answer decision consent consentstatus optstatus subscriptionstatus status "
        "stav souhlas odpoved zgoda odpowiedz einwilligung antwort "
        "optin",  # codespell:ignore optin
        "decided_at": "decidedat decidedon consentat consentdate consentedat changedat "
        "updatedat timestamp date createdat datum datumsouhlasu data datazgody zeitpunkt",
    },
    "products": {
        "product_id": "productid itemid id idproduktu kodproduktu kodzbozi artikelnummer sku",
        "parent_id": "parentid parentproductid itemgroupid",
        "sku": "sku productcode kod kodproduktu",
        "title": "title productname name nazev nazevproduktu nazwa bezeichnung",
        "brand": "brand vendor manufacturer znacka vyrobce marka producent marke hersteller",
        "product_line": "productline series rada seria",
        "category": "category categorytext categorypath kategorie kategoria",
        "price": "price pricegross cena preis pricevat cenasdph",
        "price_before_discount": "pricebeforediscount listprice compareatprice",
        "price_buy": "pricebuy purchaseprice costprice cost nakupnicena",
        "currency": _ORDER["currency"],
        "stock": "stock instock stockquantity skladem stanmagazynowy bestand lagerbestand",
        "tags": "tags labels",
    },
    "customers": {
        **_PERSON,
        "customer_id": f"{_PERSON['customer_id']} id",
        "registered_at": "registeredat registeredon registration registered customersince "
        "createdat created signupdate datumregistrace registrace datarejestracji "
        "registrierungsdatum dateadd",
        "updated_at": "updatedat modifiedat lastmodified",
        "born_on": "bornon birthdate birthday dateofbirth dob datumnarozeni narozeni "
        "dataurodzenia geburtsdatum",
        "gender": "gender sex pohlavi plec geschlecht nem",
        "customer_type": "customertype customergroup typzakaznika typklienta kundentyp",
        "price_category": "pricecategory pricelist cenovahladina cenovakategorie",
        "newsletter_frequency": "newsletterfrequency newsletter",
        "sms_frequency": "smsfrequency",
        "data_permission": "datapermission",
        "ad_consent": "adconsent adsconsent marketingconsent adpersonalization souhlasreklama "
        "zgodareklama werbeeinwilligung",
        "ad_consent_at": "adconsentat adconsentdate",
        "tags": "tags labels",
    },
}  # fmt: skip


def plain(header: str) -> str:
    """A header as it is compared with the names of columns."""
    return _OTHER.sub("", fold(header))


def named(kind: str, headers: Iterable[str]) -> dict[str, str]:
    """Columns of a feed of that kind, by the headers that go by one of their names."""
    free = {plain(header): header for header in reversed(list(headers))}
    found: dict[str, str] = {}
    for column, names in KINDS[kind].items():
        for name in names.split():
            if name in free:
                found[column] = free.pop(name)
                break
    return found
