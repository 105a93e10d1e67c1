"""The view for people: what stands on the terminal in the end, and that it is drawn over, not below."""

from __future__ import annotations

import re

from rolecall.display.identity import IdentityBlock
from rolecall.display.tree import Tree
from rolecall.model.event import Event, Identified, Started
from rolecall.model.provider import Identity
from rolecall.model.resource import Resource
from rolecall.model.urn import URN
from tests.unit.display.stage import NOW, PROVIDER, ROOT, created, play, scene, stack, step, thing, whole


def screen(text: str) -> list[str]:
    """What a terminal shows after the text: cursor movements up, and clearing below, are carried out."""
    lines = [""]
    row = 0
    for piece in re.split(r"(\x1b\[\d*[A-Za-z]|\x1b\[\?25[lh]|\n|\r)", text):
        if match := re.fullmatch(r"\x1b\[(\d+)A", piece):
            row -= int(match[1])
        elif piece == "\x1b[J":
            lines = [*lines[:row], ""]
        elif piece == "\n":
            row += 1
            lines += [""] * (row + 1 - len(lines))
        elif piece and not piece.startswith(("\x1b", "\r")):
            lines[row] += piece
    return [line.rstrip() for line in lines]


def drawn(events: list[Event], *, preview: bool) -> str:
    written: list[str] = []
    play(Tree(scene(preview=preview), written.append, action="updating", identities=IdentityBlock(NOW)), events)
    return "".join(written)


def component(name: str, parent: URN) -> Resource:
    return Resource(URN.make("dev", "proj", parent, "app:index:Box", name), "app:index:Box", parent=parent)


def test_resources_stand_below_their_parents_in_columns() -> None:
    box = component("box", ROOT)
    inner = Resource(
        URN.make("dev", "proj", box.urn, "probe:index:Thing", "in"), "probe:index:Thing", True, parent=box.urn
    )
    events = whole(
        [
            Started(step("create", None, stack()), True),
            Started(step("create", None, box), True),
            *created(inner, planning=True),
            *created(thing("a"), planning=True),
        ],
        preview=True,
        changes={"create": 4},
    )
    assert screen(drawn(events, preview=True))[:6] == [
        "     Type                     Name      Plan",
        " +   pulumi:pulumi:Stack      proj-dev  create",
        " +   ├─ app:index:Box         box       create",
        " +   │  └─ probe:index:Thing  in        create",
        " +   └─ probe:index:Thing     a         create",
        "",
    ]


def test_unchanged_resources_are_not_drawn_unless_something_below_them_changed() -> None:
    box, idle = component("box", ROOT), component("idle", ROOT)
    inner = Resource(
        URN.make("dev", "proj", box.urn, "probe:index:Thing", "in"), "probe:index:Thing", True, parent=box.urn
    )
    events = whole(
        [
            Started(step("same", stack(), stack()), True),
            Started(step("same", box, box), True),
            Started(step("same", idle, idle), True),
            *created(inner, planning=True),
        ],
        preview=True,
        changes={"create": 1},
    )
    text = "\n".join(screen(drawn(events, preview=True)))
    assert "box" in text and "idle" not in text


def test_a_replacement_is_one_row_that_reads_replaced_in_the_end() -> None:
    old, new = thing("a", {"k": 1}), thing("a", {"k": 2})
    events = whole(
        [Started(step(op, old, new), False) for op in ("create-replacement", "replace")]
        + [Started(step("delete-replaced", old, None), False)],
        preview=False,
        changes={"replace": 1},
    )
    rows = [line for line in screen(drawn(events, preview=False)) if "Thing" in line]
    assert len(rows) == 1 and rows[0].startswith(" +-")


def test_the_cursor_is_back_when_it_is_over() -> None:
    text = drawn(whole([*created(thing("a"))], preview=False, changes={"create": 1}), preview=False)
    assert text.rindex("\x1b[?25h") > text.rindex("\x1b[?25l")


def test_identities_stand_above_the_tree_even_when_they_come_after_its_first_row() -> None:
    who = Identity("sandbox", "000000424242", "us-east-1", ("arn:aws:iam::000000424242:root",))
    events = whole(
        [
            Started(step("create", None, stack()), True),
            Identified(PROVIDER.urn, who),
            *created(thing("a"), planning=True),
        ],
        preview=True,
        changes={"create": 2},
    )
    assert screen(drawn(events, preview=True))[:5] == [
        "  target   sandbox, account 000000424242, us-east-1",
        "  as       root",
        "",
        "     Type                  Name      Plan",
        " +   pulumi:pulumi:Stack   proj-dev  create",
    ]


def test_what_is_said_aside_stays_above_a_tree_that_is_drawn_again() -> None:
    written: list[str] = []
    tree = Tree(scene(preview=False), written.append, action="updating", identities=IdentityBlock(NOW))
    box = component("box", ROOT)
    tree.show(Started(step("create", None, stack()), True))
    tree.show(Started(step("create", None, box), True))
    tree.above("^C received; cancelling.")
    tree.tick()
    shown = screen("".join(written))
    assert "^C received; cancelling." in shown
    assert sum("Type" in line for line in shown) == 1
