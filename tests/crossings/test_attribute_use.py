"""What a method does with an attribute of its object, by its text."""

from __future__ import annotations

import ast

import pytest

from picklecheck.crossings.attribute_use import by_method

BODIES = {
    "return sorted(self.rows)": "reads",
    "'''Text.'''\n    return self.rows.items()": "reads",
    "if self.rows:\n        return 1": "reads",
    "for row in self.rows:\n        print(row)": "reads",
    "if self.known:\n        return self.rows": "neither",
    "if self.known:\n        return 0\n    return self.rows": "neither",
    "return self.known": "neither",
    "return len(self.rows or [])": "reads",
    "return self.known or self.rows": "neither",
    "try:\n        return self.rows[0]\n    except IndexError:\n        return None": "reads",
    "try:\n        return self.known\n    except OSError:\n        return self.rows": "neither",
    "self.rows = []": "may set",
    "self.rows.append(1)\n    return self.rows": "may set",
    "self.rows[1] = 2": "may set",
    "self.fill()\n    return self.rows": "may set",
    "fill(self)\n    return self.rows": "may set",
    "fill(self.rows)\n    return self.rows": "may set",
    "rows = self.rows\n    rows.append(1)\n    return self.rows": "may set",
}


@pytest.mark.parametrize("body", BODIES)
def test_method(body: str) -> None:
    (node,) = ast.parse(f"def method(self):\n    {body}").body
    assert isinstance(node, ast.FunctionDef)
    assert by_method(node, "rows") == BODIES[body]
