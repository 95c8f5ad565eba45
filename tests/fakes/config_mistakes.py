"""Mistakes of a config: what is added to it, where that is told, what is said, what to do."""

MISTAKES = [
    (
        '[shops.kolo]\nschedul_ = "30 3 * * *"',
        '2:1: error[C104]: unknown key "schedul_"',
        'did you mean "schedule"?',
    ),
    (
        "[shops.kolo.model]\nzzz = 1",
        '2:1: error[C104]: unknown key "zzz"',
        (
            "known keys: affluence, bands, clv, counted_status, leap_day, money, order_date, "
            "places, rfm"
        ),
    ),
    (
        '[shops.kolo.model]\nschedule = "30 3 * * *"',
        '2:1: error[C104]: unknown key "schedule"',
        "it belongs to [shops.kolo]: move it there",
    ),
    (
        "[paths]\nversion = 1",
        '2:1: error[C104]: unknown key "version"',
        "it belongs above the first [header]",
    ),
    (
        '[shops.kolo.source.customers]\nfile = "x"\nfiles = "x"',
        '2:1: error[C104]: unknown key "file"',
        'did you mean "files"?',
    ),
    ("[shop]\na = 1", '1:2: error[C104]: unknown key "shop"', 'did you mean "shops"?'),
    (
        "[guard]\nshrink_percent = '20'",
        "2:18: error[C105]: shrink_percent must be a whole number, such as 20",
        "without quotes: 20",
    ),
    (
        "[guard]\nshrink_percent = 20.0",
        "2:18: error[C105]: shrink_percent must be a whole number, such as 20",
        "without decimals: 20",
    ),
    (
        "[guard]\nshrink_percent = true",
        "2:18: error[C105]: shrink_percent must be a whole number, such as 20",
        None,
    ),
    (
        "[shops.kolo]\nname = 5",
        "2:8: error[C105]: name must be text in quotes",
        'in quotes: "5"',
    ),
    (
        '[shops.kolo.model]\ncounted_status = "finished"',
        '2:18: error[C105]: counted_status must be a list, such as ["finished"]',
        'in brackets: ["finished"]',
    ),
    (
        "[shops.kolo.model]\ncounted_status = ['finished', 5]",
        "2:31: error[C105]: element 2 of counted_status must be text in quotes",
        'in quotes: "5"',
    ),
    (
        "[shops.kolo]\nname = 2026-01-31",
        "2:8: error[C105]: name must be text in quotes",
        'in quotes: "2026-01-31"',
    ),
    (
        "[shops.kolo]\ncurrency = 12:30:00",
        "2:12: error[C105]: currency must be text in quotes",
        'in quotes: "12:30:00"',
    ),
    (
        "[shops.kolo.rates]\nEUR = 2026-01-31",
        "2:7: error[C105]: EUR must be text in quotes",
        'in quotes: "2026-01-31"',
    ),
    (
        "[privacy]\nhistory_days = 36501",
        "2:16: error[C107]: history_days must be from 1 to 36500",
        None,
    ),
    ("[shops.kolo]\nmodel = 5", "2:9: error[C105]: model must be a table", None),
    ("[shops.kolo]\nsinks.files = 5", "2:15: error[C105]: files must be a table", None),
    ("[shops]\nb = 5", "2:5: error[C105]: b must be a table", None),
    (
        "[shops.kolo.quarantine]\nwarn_percent = '0,5'",
        "2:16: error[C105]: warn_percent must be a number, such as 1.0",
        "without quotes: 0.5",
    ),
    (
        "[shops.kolo.source.customers]\nfiles = 5",
        "2:9: error[C105]: files must be text in quotes or a list",
        'in quotes: "5"',
    ),
    (
        "[shops.kolo.source.customers]\nfiles = 'x'\ncolumns.email = 5",
        "3:17: error[C105]: email must be text in quotes or a table",
        'in quotes: "5"',
    ),
    (
        "[shops.kolo.source.customers]\nfiles = 'x'\ncolumns.email = { decimal = ',' }",
        '3:9: error[C103]: missing key "column"',
        "column: Header of the column.",
    ),
    (
        "[shops.kolo.source.customers]\nfiles = 'x'\ncolumns.nonsense = 'x'",
        '3:9: error[C108]: no column "nonsense"',
        None,
    ),
    (
        '[shops.kolo.model]\nmoney = "grosz"',
        '2:9: error[C106]: "grosz" is no value of money: it is "net" or "gross"',
        'did you mean "gross"?',
    ),
    (
        "[shops.kolo.model]\nmoney = 5",
        '2:9: error[C105]: money must be "net" or "gross"',
        None,
    ),
    (
        '[shops.kolo.model]\ncounted_status = ["finishe_"]',
        (
            '2:19: error[C106]: "finishe_" is no status of an order: '
            'it is "open", "finished", "cancelled", "returned" or "excluded"'
        ),
        'did you mean "finished"?',
    ),
    (
        "[shops.kolo.model]\ncounted_status = []",
        "2:18: error[C107]: counted_status names no status, so no order would count",
        None,
    ),
    (
        "[guard]\nshrink_percent = 101",
        "2:18: error[C107]: shrink_percent must be from 0 to 100",
        None,
    ),
    (
        "[shops.kolo.guard]\nshrink_members = -1",
        "2:18: error[C107]: shrink_members must be 0 or more",
        None,
    ),
    (
        "[shops.kolo.model.clv]\nleast_clients = 0",
        "2:17: error[C107]: least_clients must be 1 or more",
        None,
    ),
    (
        "[shops.kolo.model.clv]\nactive_percent = 10",
        "2:18: error[C107]: churned_percent (20) is above active_percent (10)",
        None,
    ),
    (
        "[shops.kolo.model.clv]\nactive_days = 300",
        "2:15: error[C107]: active_days (300) is above churned_days (240)",
        None,
    ),
    (
        "[shops.kolo.model.clv]\nmargin_percent = 101",
        "2:18: error[C107]: margin_percent must be from 0 to 100",
        None,
    ),
    (
        "[shops.kolo.model.rfm]\nmonetary_bands = [20, 50.5, 10, 99]",
        "2:18: error[C107]: monetary_bands must be four ascending numbers, none below 0",
        None,
    ),
    (
        "[shops.kolo.model.rfm]\nfrequency_bands = [2, 3, 5]",
        "2:19: error[C107]: frequency_bands must be four ascending numbers, none below 0",
        None,
    ),
    (
        '[shops.kolo.model.rfm.boxes]\nlost = ["1-5 / 1-5 / 1-4", "1-4/1-5/5"]',
        "1:23: error[C107]: no box has the scores 515, 525, 535, 545, 555",
        "each score needs one box",
    ),
    (
        '[shops.kolo.model.rfm.boxes]\nchampion = ["1-5 / 1-5 / 1-5"]',
        '2:1: error[C107]: there is no RFM segment "champion"',
        'did you mean "champions"?',
    ),
    (
        "[shops.kolo.model.affluence]\nmost_units = 0",
        "2:14: error[C107]: most_units must be from 1 to 100",
        None,
    ),
    (
        "[shops.kolo.model.bands]\nlow_index = 120",
        "2:13: error[C107]: low_index (120) is not below high_index (120)",
        None,
    ),
    (
        "[shops.kolo.model.bands]\nvalue_cuts = [8, 3]",
        "2:14: error[C107]: value_cuts must be the last low and the first high bucket",
        "of 10 buckets, such as [3, 8]",
    ),
    (
        "[shops.kolo.model.bands]\nactive_days = 366",
        "2:15: error[C107]: active_days (366) is above lost_days (365)",
        None,
    ),
    (
        "[shops.kolo.model.rfm]\nwindow_days = 0",
        "2:15: error[C107]: window_days must be 1 or more",
        None,
    ),
    (
        "[shops.kolo.quarantine]\nstop_percent = nan",
        "2:16: error[C107]: stop_percent must be from 0 to 100",
        None,
    ),
    (
        "[shops.kolo.quarantine]\nstop_percent = 0.5",
        "2:16: error[C107]: warn_percent (1) is above stop_percent (0.5)",
        None,
    ),
    (
        "[shops.kolo.sinks.Files]",
        '1:19: error[C110]: "Files" cannot be the id of a sink',
        "lower-case letters, digits and single hyphens, at most 40 characters",
    ),
    (
        f"[shops.{'a' * 41}]",
        f'1:8: error[C110]: "{"a" * 41}" cannot be the id of a shop',
        "lower-case letters, digits and single hyphens, at most 40 characters",
    ),
    (
        '[shops.kolo]\ntimezone = "Europe/Prag"',
        '2:12: error[C113]: there is no time zone "Europe/Prag"',
        'did you mean "Europe/Prague"?',
    ),
    (
        '[shops.kolo]\ntimezone = "../../etc/passwd"',
        '2:12: error[C113]: there is no time zone "../../etc/passwd"',
        "write it like Europe/Prague",
    ),
    (
        '[shops.kolo]\ncountry = "UK"',
        '2:11: error[C114]: there is no country "UK"',
        'write "GB"',
    ),
    (
        '[shops.kolo]\ncountry = "Czechia"',
        '2:11: error[C114]: there is no country "Czechia"',
        "two letters, such as CZ",
    ),
    (
        '[shops.kolo]\ncurrency = "eur"',
        '2:12: error[C115]: "eur" is no currency code',
        'write "EUR"',
    ),
    (
        '[shops.kolo.lists.Staff]\nfile = "staff.csv"',
        '1:19: error[C110]: "Staff" cannot be the id of a list',
        "lower-case letters, digits and single hyphens, at most 40 characters",
    ),
    (
        '[shops.kolo.lists.staff]\nfile = "staff.csv"\nholds = "mail"',
        (
            '3:9: error[C106]: "mail" is no value of holds: it is "customer_id", "email" or '
            '"phone"'
        ),
        'did you mean "email"?',
    ),
    (
        "[shops.kolo.lists.staff]\nholds = 'email'",
        '1:19: error[C103]: missing key "file"',
        "file: Path of the file; a relative one starts at the config's folder.",
    ),
    (
        '[shops.kolo.lists.staff]\nfile = "x"\n[shops.kolo.eligibility]\nsuppressed = ["staf"]',
        '4:15: error[C128]: the shop has no list "staf"',
        'did you mean "staff"?',
    ),
    (
        "[shops.kolo.eligibility]\nholdout_percent = 95",
        "2:19: error[C107]: holdout_percent must be from 0 to 90",
        "",
    ),
    (
        '[shops.kolo.eligibility]\nholdout_salt = " "',
        "2:16: error[C107]: holdout_salt is empty",
        "",
    ),
    (
        '[shops.kolo.rates]\nEUR = "24,3"',
        "2:7: error[C116]: the rate of EUR must be a decimal number above zero",
        'write "24.3"',
    ),
    (
        '[shops.kolo.rates]\nEUR = "0.00"',
        "2:7: error[C116]: the rate of EUR must be a decimal number above zero",
        'such as "4.31"',
    ),
    (
        '[shops.kolo.rates]\nEUR = "Infinity"',
        "2:7: error[C116]: the rate of EUR must be a decimal number above zero",
        'such as "4.31"',
    ),
    (
        "[shops.kolo.rates]\nEUR = 24.3",
        "2:7: error[C105]: EUR must be text in quotes",
        'in quotes: "24.3"',
    ),
    (
        '[shops.kolo.rates]\nCZK = "1"',
        "2:1: error[C116]: CZK is the shop's own currency",
        None,
    ),
    (
        '[shops.kolo.rates]\neuro = "24.3"',
        '2:1: error[C115]: "euro" is no currency code',
        "three letters, such as EUR",
    ),
    (
        '[shops.kolo.sinks.ads]\ntype = "stub_adds"',
        '2:8: error[C117]: there is no sink of type "stub_adds"',
        'did you mean "stub_ads"? installed sinks: files, stub_ads',
    ),
    (
        "[shops.kolo.sinks.meta]",
        '1:19: error[C103]: missing key "type"',
        "installed sinks: files, stub_ads",
    ),
    (
        "[shops.kolo.sinks.meta]\ntype = 5",
        "2:8: error[C105]: type must be text in quotes",
        "installed sinks: files, stub_ads",
    ),
    (
        '[shops.kolo.sinks.files]\npurpose = "advertizing"',
        '2:11: error[C106]: purpose is "advertising", "newsletter" or "sms"',
        'did you mean "advertising"?',
    ),
    (
        '[shops.kolo.sinks.files]\npurpos = "sms"',
        '2:1: error[C104]: unknown key "purpos"',
        'did you mean "purpose"?',
    ),
    (
        '[paths]\nstate = "../state"',
        "2:9: error[C119]: state leads out of the config folder",
        "add the folder that holds it to data under [paths]",
    ),
    (
        '[paths]\nsegments = "a\\u0000b"',
        "2:12: error[C119]: segments leads out of the config folder",
        "add the folder that holds it to data under [paths]",
    ),
    ('[paths]\ndata = ["a\\u0000b"]', "2:9: error[C105]: this is no path", None),
    (
        '[shops.kolo]\nschedule = "daily"',
        "2:12: error[C123]: a schedule has 5 fields: minute, hour, day, month, weekday",
        'every day at half past three: "30 3 * * *"',
    ),
    (
        (
            "[shops.kolo.consent.newsletter]\nfield = 'newsletter_frequency'\n"
            "granted = ['every_day', 'never']"
        ),
        (
            '3:25: error[C106]: "never" of newsletter_frequency is no yes: '
            'it is "every_day" or "special_occasions"'
        ),
        None,
    ),
    (
        "[shops.kolo.consent.sms]\nfield = 'sms_frequency'\ngranted = []",
        "3:11: error[C107]: granted names no value, so nobody could ever be sent",
        None,
    ),
    (
        "[shops.kolo.consent.sms]\nfield = 5\ngranted = ['yes']",
        "2:9: error[C105]: field must be text in quotes",
        'in quotes: "5"',
    ),
    (
        "[shops.kolo.consent.sms]\nfield = 'param.sms'\ngranted = ['yes', '']",
        "3:19: error[C107]: a missing answer means no and cannot be granted",
        None,
    ),
    (
        "[shops.kolo.consent.sms]\nfield = 'sms_frequenc'\ngranted = ['every_day']",
        '2:9: error[C120]: "sms_frequenc" is no column of customers that holds an answer',
        'did you mean "sms_frequency"?',
    ),
    (
        "[shops.kolo.consent.sms]\nfield = 'email'\ngranted = ['a']",
        '2:9: error[C120]: "email" is no column of customers that holds an answer',
        "use ad_consent, param.<name>, or consents for a table of decisions",
    ),
    (
        "[shops.kolo.consent.sms]\nfield = 'sms_frequency'",
        '1:21: error[C103]: missing key "granted"',
        "granted: Values that mean yes; everything else means no.",
    ),
]
