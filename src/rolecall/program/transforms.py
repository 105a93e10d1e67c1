"""Which transforms apply to a registration, and in which order: its own, its parents' upwards, then the stack's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rolecall.model.goal import Refused
from rolecall.program.callbacks import Callbacks
from rolecall.wire.transforms import (
    apply_invoke_transform,
    apply_transform,
    invoke_transform_request,
    settle_dependencies,
    transform_request,
)

if TYPE_CHECKING:
    from rolecall.wire.messages import Callback, RegisterResourceRequest, ResourceInvokeRequest

Transforms = tuple["Callback", ...]


class TransformRegister:
    """Remembers the transforms of one run.

    A remote component is registered twice: by the program, and by the provider that builds it. The transforms that came
    with the first are kept for the second, which knows nothing of them.
    """

    def __init__(self, callbacks: Callbacks) -> None:
        self._callbacks = callbacks
        self._stack: list[Callback] = []
        self._invokes: list[Callback] = []
        self._of_resource: dict[str, Transforms] = {}
        self._parents: dict[str, str] = {}
        self._pending: dict[tuple[str, str, str], Transforms] = {}

    def add_for_stack(self, callback: Callback) -> None:
        """Apply a transform to all resources registered from now on."""
        self._stack.append(_usable(callback))

    def add_for_invokes(self, callback: Callback) -> None:
        """Apply a transform to all invokes from now on."""
        self._invokes.append(_usable(callback))

    def own(self, request: RegisterResourceRequest) -> Transforms:
        """The transforms that belong to this resource itself."""
        key = (request.parent, request.type, request.name)
        if key in self._pending:
            return self._pending.pop(key)
        found = tuple(_usable(callback) for callback in request.transforms)
        if found and request.remote:
            self._pending[key] = found
        return found

    def applying(self, own: Transforms, parent: str) -> Transforms:
        """All transforms for a resource with these of its own, below `parent`, in the order in which they run."""
        found = list(own)
        while parent:
            found += self._of_resource.get(parent, ())
            parent = self._parents.get(parent, "")
        return (*found, *self._stack)

    async def run(self, transforms: Transforms, request: RegisterResourceRequest) -> None:
        """Let transforms change a registration. Raises Refused when one fails."""
        for transform in transforms:
            apply_transform(request, await self._callbacks.invoke(transform, transform_request(request)))
        if request.transforms:
            settle_dependencies(request)

    async def run_for_invoke(self, request: ResourceInvokeRequest) -> None:
        """Let the invoke transforms change an invoke. Raises Refused when one fails."""
        for transform in tuple(self._invokes):
            apply_invoke_transform(request, await self._callbacks.invoke(transform, invoke_transform_request(request)))

    def remember(self, urn: str, parent: str, own: Transforms) -> None:
        """A resource was registered: its transforms apply to what comes below it."""
        self._parents[urn] = parent
        if own:
            self._of_resource[urn] = own


def _usable(callback: Callback) -> Callback:
    if not callback.target:
        raise Refused("target must be specified")
    return callback
