#!/usr/bin/env python3
"""What CPython makes of `template.format_map(values)`, with Colophon's stated differences applied.

As a program: a JSON object a line on stdin, `{"template", "built_ins", "own"}` (names to strings or
integers), a JSON object a line on stdout, in order: `{"text"}` where the template is accepted, else
`{"refused"}` with CPython's message or the stated difference's name. The first line out is
`{"python": [major, minor], "unicode": "14.0.0"}`.

Only CPython's own parser (`_string`) and formatter decide; the differences are modelled here, apart
from Colophon's code.
"""

import json
import re
import sys
import unicodedata
from _string import formatter_field_name_split, formatter_parser

MAX_WIDTH = 10_000
# Built-in variables for which an own one of the same name counts.
ADDED_LATER = {"volume_title"}
# What stands before the width, the width, the precision. `\d` is what CPython takes as a digit there.
SPEC = re.compile(r"(?:.[<>=^]|[<>=^])?[-+ ]?z?#?(\d*)[,_]*(?:\.(\d+))?", re.DOTALL)


class Refused(Exception):
    """One of the stated differences refuses what CPython may accept."""


def number(digits):
    """The value of a run of digits, without CPython's limit on the length of such a run."""
    value = 0
    for digit in digits:
        value = min(value * 10 + unicodedata.decimal(digit), MAX_WIDTH + 1)
    return value


def apply_differences(template, values, text_built_ins, nested=False):
    """Raises `Refused` where a difference applies; ValueError and KeyError are CPython's own."""
    for _, name, spec, _ in formatter_parser(template):
        if name is None:
            continue
        first, rest = formatter_field_name_split(name)
        for _ in rest:
            raise Refused("lookup_refused")
        if nested and first in text_built_ins:
            raise Refused("nested_text_field")
        if "{" in spec:
            if nested:
                raise ValueError("Max string recursion exceeded")
            apply_differences(spec, values, text_built_ins, nested=True)
            spec = spec.format_map(values)
            spec.encode()
        found = SPEC.match(spec)
        if number(found[1]) > MAX_WIDTH or number(found[2] or "") > MAX_WIDTH:
            raise Refused("width_too_large")


def render(template, built_ins, own):
    """`{"text"}` or `{"refused"}`."""
    built_ins = {name: value for name, value in built_ins.items() if name not in ADDED_LATER & own.keys()}
    values = own | built_ins
    text_built_ins = {name for name, value in built_ins.items() if isinstance(value, str)}
    try:
        apply_differences(template, values, text_built_ins)
        text = template.format_map(values)
        # A lone surrogate (`{n:c}`) is no text: it cannot be sent, nor be part of a format spec.
        text.encode()
    except Refused as difference:
        return {"refused": f"difference: {difference}"}
    except (ValueError, KeyError, OverflowError) as error:
        message = f"{type(error).__name__}: {error}"
        return {"refused": message.encode("ascii", "backslashreplace").decode()}
    return {"text": text}


def main():
    about = {"python": list(sys.version_info[:2]), "unicode": unicodedata.unidata_version}
    print(json.dumps(about), flush=True)
    for line in sys.stdin.buffer:
        case = json.loads(line)
        print(json.dumps(render(case["template"], case["built_ins"], case["own"])))


if __name__ == "__main__":
    main()
