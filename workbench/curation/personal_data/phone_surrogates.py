"""Telephone numbers that nobody has, in the form of ones that somebody has."""

from __future__ import annotations

import re

from workbench.curation.personal_data.keyed import KeyedChoices

# Area codes in use, so that the form is right; the number behind them is fictional.
_AREAS = (
    "201 202 203 205 206 207 208 209 210 212 213 214 215 216 217 218 219 224 225 228 229 231 234 "
    "239 240 248 251 252 253 254 256 260 262 267 269 270 276 281 301 302 303 304 305 307 308 309 "
    "310 312 313 314 315 316 317 318 319 320 321 323 330 334 336 337 339 347 351 352 360 361 386 "
    "401 402 404 405 406 407 408 409 410 412 413 414 415 417 419 423 425 432 434 435 440 443 469 "
    "478 479 480 484 501 502 503 504 505 507 508 509 510 512 513 515 516 517 518 520 530 540 541 "
    "559 561 562 563 567 570 571 573 574 585 586 601 602 603 605 606 607 608 609 610 612 614 615 "
    "616 617 618 619 620 623 626 630 631 636 641 646 650 651 660 661 662 678 682 701 702 703 704 "
    "706 707 708 712 713 714 715 716 717 718 719 720 724 727 731 732 734 740 754 757 760 763 765 "
    "769 770 772 773 774 775 781 785 786 801 802 803 804 805 806 808 810 812 813 814 815 816 817 "
    "818 828 830 831 832 843 845 847 848 850 856 857 858 859 860 862 863 864 865 870 878 901 903 "
    "904 906 907 908 909 910 912 913 914 915 916 917 918 919 920 925 928 931 936 937 940 941 947 "
    "949 951 952 954 956 970 971 972 973 978 979 980 985 989"
).split()
_NORTH_AMERICA = "1"
# Ofcom, "Telephone numbers for use in TV and radio drama programmes".
_BRITISH = "44"
_BRITISH_RANGES = {"2": "207946 0", "1": "163296 0", "7": "770090 0"}
_EXTENSION = re.compile(r"[ ,]*(?:x|ext\.?|extension)[ ]?\d{1,6}$", re.IGNORECASE)


class PhoneSurrogates:
    """Draws telephone numbers. `region` is the country of numbers without a country code."""

    def __init__(self, choices: KeyedChoices, region: str) -> None:
        self._choices = choices
        self._region = region

    def surrogate(self, value: str) -> str:
        """Return a fictional number in the form of another."""
        extension = _EXTENSION.search(value)
        number = value[: extension.start()] if extension else value
        country, national = self._split(number)
        digits = "".join(filter(str.isdigit, number))
        kept = digits[: len(digits) - len(national)]
        drawn = iter(kept + self._fictional(country, national))
        written = "".join(next(drawn) if each.isdigit() else each for each in number)
        if not extension:
            return written
        drawn = iter(self._choices.digits("extension", value, len(extension[0])))
        return written + re.sub(r"\d", lambda _: next(drawn), extension[0])

    def is_surrogate(self, value: str) -> bool:
        """Tell whether a number is one that nobody has."""
        country, national = self._split(_EXTENSION.sub("", value))
        if country == _NORTH_AMERICA and len(national) in (7, 10):
            return national[-7:-2] == "55501"
        if country == _BRITISH and len(national) == 10:
            return national.startswith(_british_range(national))
        return national.startswith("000")

    def _fictional(self, country: str, national: str) -> str:
        if country == _NORTH_AMERICA and len(national) in (7, 10):
            area = self._choices.choose("area", national, _AREAS) if len(national) == 10 else ""
            return f"{area}55501{self._choices.digits('phone', national, 2)}"
        start = "000"
        if country == _BRITISH and len(national) == 10:
            start = _british_range(national)
        return start + self._choices.digits("phone", national, len(national) - len(start))

    def _split(self, value: str) -> tuple[str, str]:
        """Return the country code ("" where unknown) and the digits that tell the subscriber."""
        import phonenumbers

        digits = "".join(filter(str.isdigit, value))
        home = str(phonenumbers.country_code_for_region(self._region))
        plus = value.lstrip(" (").startswith("+")
        if plus or (digits.startswith("00") and digits[2:3] != "0"):
            international = digits if plus else digits[2:]
            for size in (1, 2, 3):
                if int(international[:size]) in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
                    return international[:size], international[size:]
            return "", international
        if home == _NORTH_AMERICA:
            return home, digits[1:] if len(digits) == 11 and digits[0] == "1" else digits
        return home, digits[1:] if digits[:1] == "0" else digits


def _british_range(national: str) -> str:
    return _BRITISH_RANGES.get(national[0], _BRITISH_RANGES["2"]).replace(" ", "")
