"""Tables with a header, as spreadsheets of any country save them: one reader of their dialect."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass

from gallery.errors import TeamsheetError

_SEPARATORS = ",;\t|"
_STATED = re.compile(r"(?i)sep=(.)\s*$")
_NUMBER = r"[+-]?[0-9]+,[0-9]+(?:[eE][+-]?[0-9]+)?"


class TableTextError(TeamsheetError):
    """A text is no table; line is 1-based in it."""

    def __init__(self, line: int, what: str) -> None:
        super().__init__(what)
        self.line = line


@dataclass(frozen=True, slots=True)
class Dialect:
    """separator: between cells. decimal: "." or ",". skip: lines before the header."""

    separator: str = ","
    decimal: str = "."
    skip: int = 0


def dialect_of(text: str) -> Dialect:
    """How a table is written: its separator by the header, its decimal point by its numbers.

    A first line `sep=;`, which spreadsheets write and obey, says the separator. A comma stands for
    the decimal point where it separates no cells, or where numbers with a comma are quoted.
    """
    first, _, rest = text.lstrip("\ufeff").partition("\n")
    stated = _STATED.fullmatch(first.strip().strip('"'))
    if stated:
        separator, skip = stated[1], 1
    else:
        header = re.sub(r'"[^"]*"', "", first)
        separator, skip = max(_SEPARATORS, key=header.count), 0
    return Dialect(separator, "," if _has_decimal_commas(rest, separator) else ".", skip)


def _has_decimal_commas(rows: str, separator: str) -> bool:
    if separator == ",":
        return '"' in rows and re.search(rf'(?m)(?:^|,)"{_NUMBER}"(?:,|\r?$)', rows) is not None
    edge = re.escape(separator)
    return re.search(rf'(?m)(?:^|{edge})"?{_NUMBER}"?(?:{edge}|\r?$)', rows) is not None


def table_rows(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    """(line, cells by column) of every row that holds something, the header's as the first.

    Columns in lower case, cells without blanks around them; "" where a row is short. Raises
    TableTextError.
    """
    lines = text.lstrip("\ufeff").splitlines()
    how = dialect_of(text)
    rows = csv.reader(lines[how.skip :], skipinitialspace=True, delimiter=how.separator)
    header: list[str] = []
    try:
        for row in rows:
            cells = [cell.strip() for cell in row]
            if not any(cells):
                continue
            header = header or [cell.lower() for cell in cells]
            short = [""] * (len(header) - len(cells))
            yield rows.line_num + how.skip, dict(zip(header, [*cells, *short], strict=False))
    except csv.Error as error:
        raise TableTextError(rows.line_num + how.skip, f"broken CSV ({error})") from error
