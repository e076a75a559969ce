"""Telephone numbers: typed as people type them, kept as E.164, shown as a country writes them."""

from node.errors import Invalid

_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "0123456789" * 2)


def read(typed: str, country: str) -> str:
    """`+212522000001` of a number typed in a country, with 00, spaces, dots or Arabic digits.  Raises Invalid.

    Numbers need only be possible, not given out: operators open new ranges.
    """
    import phonenumbers

    try:
        number = phonenumbers.parse(typed.translate(_DIGITS), country)
    except phonenumbers.NumberParseException as error:
        raise Invalid("This is no telephone number: {number}.", number=typed[:40]) from error
    if not phonenumbers.is_possible_number(number):
        raise Invalid("This is no telephone number: {number}.", number=typed[:40])
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def shown(number: str, country: str) -> str:
    """`05 22 00 00 01` to readers of its own country, `+216 74 000 000` to others; other text as it stands."""
    import phonenumbers

    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return number
    if phonenumbers.region_code_for_country_code(parsed.country_code or 0) != country:
        return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL))
    national = "0" + str(parsed.national_number) if country == "MA" else str(parsed.national_number)
    if country == "MA":
        return " ".join(national[start : start + 2] for start in range(0, len(national), 2))
    return f"{national[:2]} {national[2:5]} {national[5:]}".strip()
