"""One registration, from goal to answer: find what is remembered, check, compare, decide, do.

The sequence reads top to bottom in `Registration.decide`; the cases follow Pulumi's step generator.
"""

from __future__ import annotations

from dataclasses import replace

from rolecall.engine import steps
from rolecall.engine.aliases import find_old
from rolecall.engine.ask import UNKNOWN_PROVIDER, DiffUnavailable, explain
from rolecall.engine.differences import SOME, must_replace, replace_on_changes, replacing
from rolecall.engine.ending import Bail, Fault, StepFailed, Stopped
from rolecall.engine.graph import references
from rolecall.engine.held import Held
from rolecall.engine.importing import import_by_option
from rolecall.engine.lifecycle import Component, Custom, Lifecycle, OfProvider, lifecycle_of
from rolecall.engine.path import BadPath, ignoring_changes
from rolecall.engine.printing import shown
from rolecall.engine.providers import Plugin, Providers, is_denied, ref_of
from rolecall.engine.refreshing import refresh_registered
from rolecall.engine.replacement import delete_dependents, dependents_to_delete, has_dependents
from rolecall.engine.run import Run
from rolecall.engine.secrecy import known
from rolecall.engine.untargeted import keep_unregistered, keep_untargeted, leads_to_failed, refuse_skipped_dependencies
from rolecall.model.goal import Goal, Registered
from rolecall.model.provider import Differences, ProviderFailed
from rolecall.model.resource import Resource
from rolecall.model.urn import URN, ProviderRef
from rolecall.model.value import EMPTY, Map, has_unknowns, same, unwrap

IMPORTED = (
    "previously-imported resources that still specify an ID may not be replaced; "
    "please remove the `import` declaration from your program;\\n"
)


class Registration:
    """Deciding on one goal and doing what was decided. Use once."""

    def __init__(self, run: Run, providers: Providers, goal: Goal) -> None:
        self.run = run
        self.providers = providers
        self.goal = goal
        self.seed = b""
        self.delete_first: bool | None = goal.delete_before_replace

    async def decide(self) -> Registered:
        """The whole of it. Raises Bail, Fault or Stopped when the run cannot go on, StepFailed when the step failed."""
        self.run.must_go_on()
        self.urn = self._claim_urn()
        self.old, alias, valid = find_old(self.run, self.urn, self.goal)
        self.new = self._new_state(alias)
        if self.new.is_provider:
            self.providers.inputs[self.urn] = self.new.inputs
        try:
            return await self._decide(valid)
        except StepFailed as failure:
            if not self.run.options.continue_on_error:
                raise Stopped from failure
            self.run.decisions.failed.add(self.urn)
            return Registered(self.urn, failed=True)
        except ProviderFailed as error:
            raise Fault(error.message, self.urn) from error
        except Fault as fault:
            raise fault if fault.urn else Fault(fault.message, self.urn) from fault

    # Who it is

    def _claim_urn(self) -> URN:
        goal, seen = self.goal, self.run.decisions.seen
        if goal.parent and goal.parent not in seen:
            raise Fault(f"could not find parent resource {goal.parent}")
        urn = URN.make(self.run.deployment.stack, self.run.deployment.project, goal.parent, goal.type, goal.name)
        if urn in seen:
            self.run.tell("error", f"Duplicate resource URN '{urn}'; try giving it a unique name", urn)
            raise Bail
        seen.add(urn)
        return urn

    def _new_state(self, alias: URN | None) -> Resource:
        goal = self.goal
        old = self.old.state if self.old else None
        return Resource(
            urn=self.urn,
            type=goal.type,
            custom=goal.custom,
            inputs=goal.properties,
            parent=goal.parent,
            protect=bool(goal.protect),
            dependencies=tuple(dict.fromkeys(goal.dependencies)),
            provider=ref_of(goal.provider) if goal.provider else None,
            property_dependencies=goal.property_dependencies,
            additional_secret_outputs=goal.additional_secret_outputs,
            aliases=(alias,) if alias else (),
            custom_timeouts=goal.custom_timeouts,
            import_id=goal.import_id,
            retain_on_delete=bool(goal.retain_on_delete),
            deleted_with=goal.deleted_with,
            replace_with=goal.replace_with,
            created=old.created if old else "",
            modified=old.modified if old else "",
            source_position=goal.source_position,
            stack_trace=goal.stack_trace,
            ignore_changes=goal.ignore_changes,
            hide_diff=goal.hide_diffs,
            replace_on_changes=goal.replace_on_changes,
            replacement_trigger=goal.replacement_trigger,
            refresh_before_update=old.refresh_before_update if old else False,
            hooks=goal.hooks,
        )

    # What to do

    async def _decide(self, valid: bool) -> Registered:
        special = await self._without_program_changes()
        if special is not None:
            return special
        life = await self._lifecycle()
        planned = self.run.planning.seed(self.urn) if self.run.planning else b""
        self.seed = planned or self.run.environment.seed()
        if self._is_import():
            return await self._import(life, valid)
        return await self._go_on(life, valid, imported=False)

    async def _without_program_changes(self) -> Registered | None:
        """The answer in operations that ask the program what there is, without doing what it wants."""
        if not self.run.options.run_program:
            return None
        if self.run.kind == "refresh" or self.run.options.refresh:
            await self._refresh()
        if self.run.kind == "refresh":
            return await self._in_refresh()
        return await self._in_destroy() if self.run.kind == "destroy" else None

    async def _refresh(self) -> None:
        if self.old is not None and self.run.scope.names(self.old.state):
            self.run.decisions.refreshes.add(self.urn)
            self.old = await refresh_registered(self.run, self.providers, self.old)

    async def _in_refresh(self) -> Registered | None:
        """Resources are only looked at; providers and components are done as ever, for what stands below them."""
        needs_skipped = any(urn in self.run.decisions.skipped_creates for urn in references(self.new))
        if not needs_skipped and (not self.new.custom or self.new.is_provider):
            return None
        if self.old is not None:
            return self._answer(self.old.state)
        self.run.decisions.sames.add(self.urn)
        self.run.decisions.skipped_creates.add(self.urn)
        return self._answer(await steps.skip(self.run, self.new), unknown=True)

    async def _in_destroy(self) -> Registered | None:
        decisions = self.run.decisions
        needs_skipped = any(urn in decisions.skipped_creates for urn in references(self.new))
        is_plain = self.new.custom and not self.new.is_provider
        if needs_skipped or (is_plain and self.old is None):
            decisions.skipped_creates.add(self.urn)
            if self.old is not None:
                self.new = replace(self.new, outputs=self.old.state.outputs)
            return self._answer(await steps.skip(self.run, self.new), unknown=True)
        if not is_plain or self.old is None:
            self.run.destroyed_later.append(self.urn)
            return None
        decisions.sames.add(self.urn)
        self.run.destroyed_later.append(self.urn)
        self.new = replace(self.new, inputs=self.old.state.inputs)
        return self._answer(await self._keep(Component(), self.old))

    async def _lifecycle(self) -> Lifecycle:
        if not self.new.custom:
            return Component()
        if self.new.is_provider:
            return OfProvider(self.run, self.providers)
        ref = self.new.provider
        assert ref is not None, f"{self.urn} has no provider"
        if is_denied(ref):
            message = f"Default provider for '{ref.urn.name}' disabled. '{self.urn}' must use an explicit provider."
            self.run.tell("error", message, self.urn)
            raise Bail
        plugin = self.providers.get(ref)
        if plugin is None:
            plugin = await self._provider_from_state(ref)
        return Custom(self.run, plugin)

    async def _provider_from_state(self, ref: ProviderRef) -> Plugin:
        held = self.run.holdings.olds.get(ref.urn)
        if held is None or held.state.id != ref.id:
            raise Fault(f"unknown provider '{ref}' for resource '{self.urn}'")
        plugin = await self.providers.ensure(ref)
        await keep_unregistered(self.run, ref.urn)
        return plugin

    def _is_import(self) -> bool:
        if not self.goal.custom or not self.goal.import_id:
            return False
        if self.old is None or self.old.state.external:
            return True
        return (self.old.state.import_id or self.old.state.id) != self.goal.import_id

    async def _import(self, life: Lifecycle, valid: bool) -> Registered:
        recreating = self.urn in self.run.decisions.deletes
        replaced = self.old if self.old is not None and not recreating else None
        self.run.decisions.imports.add(self.urn)
        async with self.run.slots:
            held = await import_by_option(self.run, life, self.new, replaced, self.goal.ignore_changes)
        self.old = held
        imported = held.state
        self.new = replace(
            self.new,
            inputs=self.goal.properties,
            id="",
            created=imported.created,
            modified=imported.modified,
            refresh_before_update=imported.refresh_before_update,
            replacement_trigger=None,
        )
        return await self._go_on(life, valid, imported=True)

    async def _go_on(self, life: Lifecycle, valid: bool, *, imported: bool) -> Registered:
        decisions = self.run.decisions
        recreating = self.urn in decisions.deletes
        targeted = self.run.scope.includes(self.new)
        if not (await self._check(life, recreating, targeted) and valid):
            raise Bail
        self._plan()
        if leads_to_failed(self.run, resources_needed(self.new)):
            decisions.failed.add(self.urn)
            return Registered(self.urn, failed=True)
        if targeted:
            await self._prepare_targeted()
        if recreating and self.old is not None:
            return await self._recreate(life, self.old)
        if self.old is not None and self.old.state.external:
            decisions.creates.add(self.urn)
            return await self._replace_by_creating(life, self.old, steps.NO_DIFF)
        if self.old is not None and targeted:
            return await self._compare(life, self.old, imported=imported)
        if self.old is not None:
            await self._must_know_provider(self.old.state)
            return self._answer(await keep_untargeted(self.run, self.old, self.urn))
        if not targeted:
            decisions.sames.add(self.urn)
            decisions.skipped_creates.add(self.urn)
            return self._answer(await steps.skip(self.run, self.new), unknown=True)
        decisions.creates.add(self.urn)
        async with self.run.slots:
            return self._answer((await steps.create(self.run, life, self.new)).state)

    def _plan(self) -> None:
        if self.run.planning is not None:
            old = self.old.state if self.old else None
            self.run.planning.take_goal(self.urn, self.goal, old, self.inputs, self.seed)

    async def _prepare_targeted(self) -> None:
        """What a targeted resource needs and the program or the user left out."""
        if not self.run.scope.is_everything:
            for urn in resources_needed(self.new):
                await keep_unregistered(self.run, urn)
        refuse_skipped_dependencies(self.run, self.new)

    async def _must_know_provider(self, old: Resource) -> None:
        if old.provider is None or self.providers.get(old.provider) is not None:
            return
        known = self.run.holdings.olds.get(old.provider.urn)
        if known is None or known.state.id != old.provider.id:
            raise Fault(f"could not find provider {old.provider} in old state")
        raise Fault(
            f"provider {old.provider} for resource {self.urn} has not been registered yet, this is due to a change of "
            "providers mixed with --target. Change your program back to the original providers"
        )

    # Inputs

    async def _check(self, life: Lifecycle, recreating: bool, targeted: bool) -> bool:
        """Settle the inputs. False when the provider refuses them; why was told."""
        old = self.old.state if self.old else None
        self.inputs = self.goal.properties
        if old is not None:
            self.inputs, failed = ignoring_changes(self.goal.ignore_changes, old.inputs, self.inputs)
            if failed:
                paths = ", ".join(failed)
                message = f'cannot ignore changes in added or removed elements of the path: "{paths}"'
                self.run.tell("info", message, self.urn)
        if not self.new.custom:
            return True
        self.proposal = self.run.namer.propose(self.urn, self.seed)
        if self.proposal.delete_first:
            self.delete_first = True
        if not targeted:
            self.inputs = old.inputs if old else EMPTY
            self.new = replace(self.new, inputs=self.inputs)
            return True
        fresh = old is None or recreating or old.external or self._is_replace_target()
        return await self._checked(life, None if fresh else old, self.goal.properties if fresh else self.inputs)

    async def _checked(self, life: Lifecycle, old: Resource | None, inputs: Map) -> bool:
        if not self.run.preview and has_unknowns(inputs):
            inputs = known(inputs)
        checked = await life.check(self.urn, old, inputs, self.seed, self.proposal)
        for line in explain(checked.failures, self.new.type, self.urn.name, self.new.inputs):
            self.run.tell("error", line, self.urn)
        self.inputs = checked.inputs
        self.new = replace(self.new, inputs=self.inputs)
        return not checked.failures

    def _is_replace_target(self) -> bool:
        return self.urn in self.run.replace_targets or (self.old is not None and self.old.state.taint)

    # Differences

    async def _compare(self, life: Lifecycle, old: Held, *, imported: bool) -> Registered:
        decisions = self.run.decisions
        trigger = self._trigger_fires(old.state)
        diff = SOME if trigger else await self._diff(life, old.state)
        broken = bool(old.state.init_errors)
        try:
            diff = replace_on_changes(diff, self.goal.replace_on_changes, has_init_errors=broken)
        except BadPath as error:
            raise Fault(str(error)) from error
        pending = old.state.pending_replacement
        if pending or trigger or (diff.changes == "some" and must_replace(diff)):
            return await self._replace(life, old, diff)
        if diff.changes == "some" or broken:
            decisions.updates.add(self.urn)
            async with self.run.slots:
                held = await steps.update(self.run, life, old, self.new, diff, self.goal.ignore_changes)
            return self._answer(held.state)
        if imported:
            return self._answer(old.state)
        decisions.sames.add(self.urn)
        return self._answer(await self._keep(life, old))

    async def _keep(self, life: Lifecycle, old: Held) -> Resource:
        async with self.run.slots:
            return (await steps.keep(self.run, life, old, self.new)).state

    def _trigger_fires(self, old: Resource) -> bool:
        new_trigger = self.new.replacement_trigger
        if not self.run.preview and has_unknowns(new_trigger):
            self.run.tell("error", f"replacement trigger contains unknowns for {self.urn}", self.urn)
            raise Bail
        if has_unknowns(new_trigger) or has_unknowns(old.replacement_trigger):
            return True
        was, now = unwrap(old.replacement_trigger), unwrap(new_trigger)
        return was is not None and now is not None and not same(was, now)

    async def _diff(self, life: Lifecycle, old: Resource) -> Differences:
        replaces = self.run.decisions.replaces
        if self._is_replace_target():
            return replacing("id")
        if any(urn in replaces for urn in self.new.replace_with):
            return replacing("replaceWith")
        if self.new.deleted_with and self.new.deleted_with in replaces:
            return replacing("deletedWith")
        if await self._has_other_provider(old):
            return replacing("provider")
        try:
            return await life.diff(old, self.urn, self.inputs, self.goal.ignore_changes)
        except DiffUnavailable:
            self.run.tell("warning", UNKNOWN_PROVIDER, self.urn)
            return SOME

    async def _has_other_provider(self, old: Resource) -> bool:
        """Whether the provider is another one, and that one says that it cannot take the resource over."""
        was, now = old.provider, self.new.provider
        if was == now:
            return False
        if was is None or now is None:
            return True
        if self.run.decisions.new_of.get(was.urn) == now.urn:
            return False
        held = self.run.holdings.olds.get(was.urn)
        if held is None:
            raise Fault(f"could not find provider {was} in old state")
        return must_replace(await self.providers.diff_from(now, held.state))

    # Replacing

    async def _replace(self, life: Lifecycle, old: Held, diff: Differences) -> Registered:
        self._may_replace(old.state, diff)
        self.run.decisions.replaces.add(self.urn)
        settled = not self.new.custom or self._is_replace_target()
        if not settled and not await self._checked(life, None, self.goal.properties):
            raise Bail
        first = diff.delete_before_replace if self.delete_first is None else self.delete_first
        if first:
            return await self._replace_by_deleting(life, old, diff)
        return await self._replace_by_creating(life, old, diff)

    def _may_replace(self, old: Resource, diff: Differences) -> None:
        if self.new.protect and old.protect and not self.run.options.ignore_protect:
            message = (
                f'unable to replace resource "{self.urn}"\nas it is currently marked for protection. To unprotect the '
                "resource, remove the `protect` flag from the resource in your Pulumi program and run `pulumi up`"
            )
            self.run.tell("error", message, self.urn)
            self.run.errors_seen = True
            if not self.run.preview:
                raise Bail
        if self.goal.import_id:
            changes = [f"{k}: {shown(old.inputs.get(k))} => {shown(self.new.inputs.get(k))}" for k in diff.replaces]
            message = IMPORTED + "\n".join(changes)
            if not self.run.preview:
                raise Fault(message)
            self.run.tell("warning", message, self.urn)

    async def _replace_by_creating(self, life: Lifecycle, old: Held, diff: Differences) -> Registered:
        async with self.run.slots:
            held = await steps.create(self.run, life, self.new, replaced=old, diff=diff, pend_delete=True)
            await steps.replace_marker(self.run, old, held.state, diff)
        return self._answer(held.state)

    async def _replace_by_deleting(self, life: Lifecycle, old: Held, diff: Differences) -> Registered:
        if not has_dependents(self.run, old, self.urn):
            return await self._delete_and_create(life, old, diff)
        async with self.run.deleting_first:
            return await self._delete_and_create(life, old, diff)

    async def _delete_and_create(self, life: Lifecycle, old: Held, diff: Differences) -> Registered:
        dependents = await dependents_to_delete(self.run, self.providers, old, self.urn)
        old_life = await lifecycle_of(self.run, self.providers, old.state)
        async with self.run.slots:
            await delete_dependents(self.run, self.providers, dependents)
            if not old.state.pending_replacement:
                self.run.decisions.deletes.add(old.state.urn)
                await steps.delete(self.run, old_life, old, replacing=True, pend_replacement=True)
            return await self._create_in_place_of(life, old, diff, diff)

    async def _recreate(self, life: Lifecycle, old: Held) -> Registered:
        """It was deleted because of what it depends on; that it is registered means that it is replaced."""
        decisions = self.run.decisions
        decisions.deletes.discard(self.urn)
        decisions.replaces.add(self.urn)
        why = Differences("some", replaces=decisions.replace_keys.get(self.urn, ()))
        async with self.run.slots:
            return await self._create_in_place_of(life, old, steps.NO_DIFF, why)

    async def _create_in_place_of(
        self, life: Lifecycle, old: Held, marked: Differences, created: Differences
    ) -> Registered:
        await steps.replace_marker(self.run, old, self.new, marked)
        held = await steps.create(self.run, life, self.new, replaced=old, diff=created)
        return self._answer(held.state)

    # Answering

    def _answer(self, state: Resource, *, unknown: bool = False) -> Registered:
        outputs = state.outputs if state.custom else EMPTY
        return Registered(state.urn, state.id, outputs, unknown=unknown)


def resources_needed(resource: Resource) -> list[URN]:
    """What a resource refers to, except its provider."""
    provider = resource.provider.urn if resource.provider else None
    return [urn for urn in dict.fromkeys(references(resource)) if urn != provider]
