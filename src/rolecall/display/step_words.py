"""What the operations of steps are called: marks, colours and verbs, before, while, after and instead of doing them."""

from __future__ import annotations

from rolecall.display import markup
from rolecall.model.step import Op, Step
from rolecall.model.urn import STACK_TYPE

MARKS: dict[Op, str] = {
    "same": "  ",
    "create": "+ ",
    "update": "~ ",
    "delete": "- ",
    "replace": "+-",
    "create-replacement": "++",
    "delete-replaced": "--",
    "read": "> ",
    "read-replacement": ">>",
    "refresh": "~ ",
    "discard": "< ",
    "discard-replaced": "<<",
    "import": "= ",
    "import-replacement": "=>",
    "remove-pending-replace": "~ ",
}

COLORS: dict[Op, str] = {
    "same": markup.RESET,
    "create": markup.GREEN,
    "update": markup.YELLOW,
    "delete": markup.RED,
    "replace": markup.BRIGHT_MAGENTA,
    "create-replacement": markup.BRIGHT_GREEN,
    "delete-replaced": markup.BRIGHT_RED,
    "read": markup.BRIGHT_CYAN,
    "read-replacement": markup.BRIGHT_MAGENTA,
    "refresh": markup.YELLOW,
    "discard": markup.RED,
    "discard-replaced": markup.RED,
    "import": markup.GREEN,
    "import-replacement": markup.BRIGHT_MAGENTA,
    "remove-pending-replace": markup.RESET,
}

UNDER_WAY: dict[Op, str] = {
    "same": "",
    "create": "creating",
    "update": "updating",
    "delete": "deleting",
    "replace": "replacing",
    "create-replacement": "creating replacement",
    "delete-replaced": "deleting original",
    "read": "reading",
    "read-replacement": "reading for replacement",
    "refresh": "refreshing",
    "discard": "discarding",
    "discard-replaced": "discarding original",
    "import": "importing",
    "import-replacement": "importing replacement",
    "remove-pending-replace": "",
}

DONE: dict[Op, str] = {
    "same": "",
    "create": "created",
    "update": "updated",
    "delete": "deleted",
    "replace": "replaced",
    "create-replacement": "created replacement",
    "delete-replaced": "deleted original",
    "read": "read",
    "read-replacement": "read for replacement",
    "refresh": "refresh",
    "discard": "discarded",
    "discard-replaced": "discarded original",
    "import": "imported",
    "import-replacement": "imported replacement",
    "remove-pending-replace": "",
}

FAILED: dict[Op, str] = {
    "same": "failed",
    "create": "creating failed",
    "update": "updating failed",
    "delete": "deleting failed",
    "replace": "replacing failed",
    "create-replacement": "creating failed",
    "delete-replaced": "deleting failed",
    "read": "reading failed",
    "read-replacement": "reading failed",
    "refresh": "refreshing failed",
    "discard": "discarding failed",
    "discard-replaced": "discarding failed",
    "import": "importing failed",
    "import-replacement": "importing failed",
    "remove-pending-replace": "",
}

PLANNED: dict[Op, str] = {
    "same": "",
    "create": "create",
    "update": "update",
    "delete": "delete",
    "replace": "replace",
    "create-replacement": "create replacement",
    "delete-replaced": "delete original",
    "read": "read",
    "read-replacement": "read for replacement",
    "refresh": "refreshing",
    "discard": "discard",
    "discard-replaced": "discard original",
    "import": "import",
    "import-replacement": "import replacement",
    "remove-pending-replace": "",
}
"""In previews, while the row may still change."""

PLAN: dict[Op, str] = PLANNED | {
    "create-replacement": "replace",
    "delete-replaced": "replace",
    "read-replacement": "replace",
    "discard-replaced": "replace",
    "import-replacement": "import",
    "refresh": "refresh",
}
"""In previews, at the end: what belongs to a replacement is one `replace`."""

PAST: dict[Op, str] = DONE | {
    "same": "samed",
    "refresh": "refreshed",
    "create-replacement": "create-replacementd",
    "delete-replaced": "deleted",
    "read-replacement": "read-replacementd",
    "discard-replaced": "discarded",
    "import-replacement": "imported",
}
"""In summaries. Some of these are no words; they are what Pulumi prints."""

SUMMARY_ORDER: tuple[Op, ...] = (
    "create",
    "update",
    "delete",
    "replace",
    "create-replacement",
    "delete-replaced",
    "refresh",
    "discard-replaced",
    "remove-pending-replace",
    "import",
    "import-replacement",
)
"""The operations that a summary counts one by one; same and reads are no changes."""

REPLACEMENT: frozenset[Op] = frozenset(
    {
        "replace",
        "create-replacement",
        "delete-replaced",
        "read-replacement",
        "discard-replaced",
        "remove-pending-replace",
        "import-replacement",
    }
)

_RETAINING: frozenset[Op] = frozenset({"delete", "replace", "create-replacement", "delete-replaced"})


def retained(step: Step) -> str:
    """The mark of a step that leaves something behind in the world: `[retain]`, or nothing."""
    leaves = step.old is not None and step.old.retain_on_delete and step.op in _RETAINING
    return "[retain]" if leaves else ""


def is_root_stack(step: Step) -> bool:
    """Whether the step is about the stack itself."""
    return step.urn.qualified_type == STACK_TYPE


def display_type(token: str) -> str:
    """A type as it is shown: `aws:s3/bucket:Bucket` as `aws:s3:Bucket`, where the file is the name in camel case."""
    parts = token.split(":")
    if len(parts) != 3 or not parts[2] or "/" not in parts[1]:
        return token
    package, module, name = parts
    directory, _, file = module.rpartition("/")
    return f"{package}:{directory}:{name}" if file == name[0].lower() + name[1:] else token
