"""Guessing what the columns of a file are for: the text, the second text of a pair, the label."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from ftcli.tasks.reading.columns import listing, match_column, other_separator, positions
from ftcli.tasks.reading.errors import file_error
from ftcli.tasks.reading.form import named_format
from ftcli.tasks.reading.table import Table

_PAIRS = (
    ("sentence1", "sentence2"),
    ("text1", "text2"),
    ("question1", "question2"),
    ("texta", "textb"),
    ("sentencea", "sentenceb"),
    ("premise", "hypothesis"),
    ("question", "sentence"),
    ("question", "answer"),
    ("question", "passage"),
    ("question", "context"),
    ("query", "passage"),
    ("query", "document"),
    ("text", "textpair"),
    ("s1", "s2"),
    ("q1", "q2"),
)
TEXT_NAMES = (
    *("text", "sentence", "sentences", "review", "reviewtext", "comment", "commenttext", "content", "body", "message"),
    *("tweet", "sms", "utterance", "document", "question", "query", "post", "feedback", "description", "headline"),
    *("abstract", "title", "input", "texts", *(first for first, _ in _PAIRS)),
)
LABEL_NAMES = (
    *(
        "label",
        "labels",
        "target",
        "class",
        "category",
        "y",
        "goldlabel",
        "gold",
        "labeltext",
        "labelname",
        "sentiment",
    ),
    *("intent", "topic", "emotion", "polarity", "classlabel", "score", "similarity", "rating", "stars", "grade"),
    *("isduplicate", "acceptability", "output", "tag", "tags", "categories", "topics", "emotions", "annotation"),
)
_NUMBERS = ("", "id", "ids", "idx", "index", "no", "nr", "number", "row", "unnamed:0", "pairid", "guid", "uuid")
NUMBER = re.compile(r"[+-]?([0-9]{1,18}([.,][0-9]*)?|[.,][0-9]+)([eE][+-]?[0-9]{1,2})?")
_MOST_CLASSES = 100
_BY_POSITION = "they are called by their positions, for the first line is taken for a row; if it names them: --header."
_ONE_HOT = (
    " If each of these columns says whether one label is given, put the labels of a row into one column, such as "
    "'toxic|insult', and give --label-separator '|'."
)
_NO_HEADER = "if the first line of the file is a row: --no-header."


@dataclass(frozen=True)
class Roles:
    """The names of the columns that matter."""

    text: str
    pair: str | None
    label: str


def guess_roles(table: Table, *, text: str | None = None, pair: str | None = None, label: str | None = None) -> Roles:
    """Find the columns of a file by their names, else by what they hold; those that are given stay.

    Args:
        table: all columns of the training file.
        text: the column of the text; where it is given, the file has a pair only where that is given too.
        pair: the column of the second text.
        label: the column of the label.

    Raises:
        DataError: the file does not show which column has the text, or the label.
    """
    names = list(table.columns)
    if text is None:
        text, found = _texts(table, [name for name in names if name not in (pair, label, *table.lists)])
        pair = pair or found
    if label is None:
        label = _label(table, [name for name in names if name not in (text, pair)])
    return Roles(text, pair, label)


def looks_like_numbers(labels: Sequence[str]) -> bool:
    """Whether labels are numbers to predict: many different ones with decimals; a few, or whole ones, are classes.

    Whole numbers are numbers to predict where hardly any comes twice. A decimal comma is seen as one.
    """
    values = [label.strip() for label in labels if label.strip()]
    if not values or not all(NUMBER.fullmatch(value) for value in values):
        return False
    numbers = [float(value.replace(",", ".")) for value in values]
    different = len(set(numbers))
    if all(number.is_integer() for number in numbers):
        return different > max(20, len(numbers) / 2)
    return different > min(10, len(numbers) / 2)


def _texts(table: Table, names: Sequence[str]) -> tuple[str, str | None]:
    """Return the column of the text, and that of the second text of a pair where names tell that there is one."""
    by_key = _byname_key(names)
    if match_column("text", names) and "textpair" not in by_key:
        return "text", None
    for first, second in _PAIRS:
        if first in by_key and second in by_key:
            return by_key[first], by_key[second]
    if named := next((by_key[key] for key in TEXT_NAMES if key in by_key), None):
        return named, None
    texts = [
        name for name in names if holds_text(table.columns[name]) and name_key(name) not in (*_NUMBERS, *LABEL_NAMES)
    ]
    if len(texts) == 1:
        return texts[0], None
    raise _unsure(table, "text", texts or names, many=len(texts) > 1)


def _label(table: Table, names: Sequence[str]) -> str:
    by_key = _byname_key(names)
    if match_column("label", names):
        return "label"
    if named := next((by_key[key] for key in LABEL_NAMES if key in by_key), None):
        return named
    others = [name for name in names if name_key(name) not in _NUMBERS and not _counts(table.columns[name])]
    classes = [name for name in others if name in table.lists or _holds_labels(table.columns[name])]
    short = [name for name in classes if not holds_text(table.columns[name])]
    if len(short or classes) == 1:
        return (short or classes)[0]
    raise _unsure(table, "label", classes or others or names, many=len(classes) > 1)


def _unsure(table: Table, role: str, names: Sequence[str], *, many: bool) -> Exception:
    message = f"no column '{role}', and " + (
        f"{listing(names)} may each hold it" if many else "none that is sure to hold it"
    )
    hint = (
        f"Columns there are: {listing(table.columns)}.{other_separator(table.columns)} Choose with --{role}-column"
        + (" (and --pair-column for a second text)" if role == "text" else "")
        + "; "
        + _about_the_header(table)
        + (_ONE_HOT if role == "label" and many and all(_is_flag(table.columns[name]) for name in names) else "")
    )
    return file_error(table.path, 1, message, hint)


def _is_flag(values: Sequence[str]) -> bool:
    """Whether a column says of each row yes or no."""
    return {value.strip().casefold() for value in values} <= {"0", "1", "true", "false", "yes", "no", ""}


def _about_the_header(table: Table) -> str:
    if named_format(table.path) in ("json", "jsonl", "parquet", "arrow"):
        return "what lies within an object is called by both keys, such as data.text."
    return _BY_POSITION if list(table.columns) == positions(len(table.columns)) else _NO_HEADER


def holds_text(values: Sequence[str]) -> bool:
    """Whether most values have several words, or are at least long and different."""
    filled = [value for value in values if value.strip()]
    words = sum(len(value.split()) > 2 for value in filled)
    return bool(filled) and words > len(filled) / 2


def _holds_labels(values: Sequence[str]) -> bool:
    """Whether values look like classes or numbers: few different ones that come again, or all of them numbers."""
    filled = [value.strip() for value in values if value.strip()]
    return holds_few_values(filled) or looks_like_numbers(filled)


def _counts(values: Sequence[str]) -> bool:
    """Whether values number the rows: each is one more than the one before."""
    if not all(re.fullmatch("[0-9]{1,9}", value.strip()) for value in values):
        return False
    numbers = [int(value) for value in values]
    return len(numbers) > 2 and all(after == before + 1 for before, after in pairwise(numbers))


def holds_few_values(values: Sequence[str]) -> bool:
    """Whether there are few different values, which come again."""
    return 1 < len(set(values)) <= min(_MOST_CLASSES, len(values) / 2)


def _byname_key(names: Sequence[str]) -> dict[str, str]:
    """Return the columns by what is left of their names; two that are left alike tell nothing."""
    keys = Counter(map(name_key, names))
    return {name_key(name): name for name in names if keys[name_key(name)] == 1}


def name_key(name: str) -> str:
    """Return what is left of a name without case and marks."""
    return re.sub(r"[\s_.-]+", "", name.casefold())
